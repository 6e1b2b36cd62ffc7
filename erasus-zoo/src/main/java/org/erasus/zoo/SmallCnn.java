package org.erasus.zoo;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import org.erasus.Check;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;

/**
 * A small convolutional network, trained in seconds on a CPU; for images of 28×28 or 32×32, grey or coloured.
 *
 * <pre>{@code
 * conv1 3×3 → max-pool 2 → ReLU                          (B, F₁, H/2, W/2)
 * conv2 3×3 → max-pool 2 → ReLU                          (B, F₂, H/4, W/4)
 * flatten → fc1 → ReLU → dropout → fc2                   (B, C)
 * }</pre>
 *
 * <p>With the defaults and 10 classes it has 206,922 parameters for 1×28×28 and 268,650 for 3×32×32. In PyTorch it tells
 * 99.2 % of MNIST's test images right after 3 epochs, and 91.7 % of Fashion-MNIST's after 5. Twice as fast with {@link
 * org.erasus.nn.MemoryLayout#CHANNELS_LAST}. Pooling comes before ReLU, which gives the same numbers for less work.
 *
 * @param filters1 F₁, filters of the first convolution, 1 or more
 * @param filters2 F₂, filters of the second convolution, 1 or more
 * @param hidden units of fc1, 1 or more
 * @param dropout probability of zeroing an entry before fc2 while training, in [0, 1)
 */
public record SmallCnn(int filters1, int filters2, int hidden, double dropout)
    implements NetworkDesign {
  /** 16 and 32 filters, 128 hidden units, no dropout. */
  public static final SmallCnn DEFAULTS = new SmallCnn(16, 32, 128);

  /** Checks the sizes. */
  public SmallCnn {
    Check.atLeast(1, filters1, "filters1");
    Check.atLeast(1, filters2, "filters2");
    Check.atLeast(1, hidden, "hidden");
    Layers.checkDropout(dropout);
  }

  /** These sizes without dropout. */
  public SmallCnn(int filters1, int filters2, int hidden) {
    this(filters1, filters2, hidden, 0);
  }

  /** These choices with another number of filters in the first convolution. */
  public SmallCnn withFilters1(int filters1) {
    return new SmallCnn(filters1, filters2, hidden, dropout);
  }

  /** These choices with another number of filters in the second convolution. */
  public SmallCnn withFilters2(int filters2) {
    return new SmallCnn(filters1, filters2, hidden, dropout);
  }

  /** These choices with another number of hidden units. */
  public SmallCnn withHidden(int hidden) {
    return new SmallCnn(filters1, filters2, hidden, dropout);
  }

  /** These choices with another probability of dropout. */
  public SmallCnn withDropout(double dropout) {
    return new SmallCnn(filters1, filters2, hidden, dropout);
  }

  @Override
  public Block block(int classes) {
    Sequential block =
        new Sequential()
            .add("conv1", Conv2d.withBias(filters1, 3, 1, 1))
            .apply(Layers::halveThenRelu)
            .add("conv2", Conv2d.withBias(filters2, 3, 1, 1))
            .apply(Layers::halveThenRelu)
            .apply(Layers::flatten)
            .add("fc1", new Linear(hidden))
            .apply(Activation::relu);
    if (dropout > 0) {
      block.add("dropout", new Dropout(dropout));
    }
    return block.add("fc2", new Linear(classes));
  }
}
