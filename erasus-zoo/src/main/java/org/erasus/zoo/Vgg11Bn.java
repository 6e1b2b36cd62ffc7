package org.erasus.zoo;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import java.util.List;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;

/**
 * VGG-11 with batch normalisation as used for CIFAR, for images of 32×32: torchvision's, with a head for the 1×1 positions
 * that are left.
 *
 * <pre>{@code
 * features    conv 3×3 → bn → ReLU with 64, 128, 256, 256, 512, 512, 512, 512 filters;
 *             max-pool 2 after number 1, 2, 4, 6 and 8    (B, 512, 1, 1)
 * classifier  linear 512 → ReLU → dropout → linear 512 → ReLU → dropout → linear    (B, C)
 * }</pre>
 *
 * <p>With RGB and 10 classes it has 9,756,426 parameters. Unlike torchvision's, which takes 224×224, there is no adaptive
 * pooling to 7×7, and the head is 512 wide, not 4096; its weights are {@code classifier.0}, {@code .3} and {@code .6}.
 *
 * @param dropout probability of zero in the head, in [0, 1)
 * @see <a href="https://arxiv.org/abs/1409.1556">Simonyan and Zisserman, 2014</a>
 */
public record Vgg11Bn(double dropout) implements NetworkDesign {
  /** The original probability, a half. */
  public static final Vgg11Bn DEFAULTS = new Vgg11Bn(0.5);

  private static final int HIDDEN = 512;
  private static final int POOL = 0;
  private static final List<Integer> FEATURES =
      List.of(64, POOL, 128, POOL, 256, 256, POOL, 512, 512, POOL, 512, 512, POOL);

  /** Checks the probability. */
  public Vgg11Bn {
    Layers.checkDropout(dropout);
  }

  /** These choices with another probability. */
  public Vgg11Bn withDropout(double dropout) {
    return new Vgg11Bn(dropout);
  }

  @Override
  public Block block(int classes) {
    Sequential features = new Sequential();
    for (int filters : FEATURES) {
      if (filters == POOL) {
        features.apply(Layers::halve);
      } else {
        features
            .add(Conv2d.withBias(filters, 3, 1, 1))
            .add(new BatchNorm2d())
            .apply(Activation::relu);
      }
    }
    Sequential classifier =
        new Sequential()
            .add(new Linear(HIDDEN))
            .apply(Activation::relu)
            .add(new Dropout(dropout))
            .add(new Linear(HIDDEN))
            .apply(Activation::relu)
            .add(new Dropout(dropout))
            .add(new Linear(classes));
    return new Sequential()
        .add("features", features)
        .apply(Layers::flatten)
        .add("classifier", classifier);
  }
}
