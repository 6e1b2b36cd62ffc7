package org.erasus.zoo;

import ai.djl.nn.Block;
import ai.djl.nn.pooling.Pool;
import org.erasus.Check;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;

/**
 * The nine-layer residual network that won DAWNBench on CIFAR-10, for images of 28×28 to 32×32.
 *
 * <pre>{@code
 * prep      conv 3×3 → bn → ReLU                          (B, w, 32, 32)
 * layer1    conv → bn → max-pool 2 → ReLU → + residual    (B, 2w, 16, 16)
 * layer2    conv → bn → max-pool 2 → ReLU                 (B, 4w, 8, 8)
 * layer3    conv → bn → max-pool 2 → ReLU → + residual    (B, 8w, 4, 4)
 * residual  x + [conv → bn → ReLU, conv → bn → ReLU](x)
 * linear    max over all positions → linear → · 0.125     (B, C)
 * }</pre>
 *
 * <p>With w = 64, RGB and 10 classes it has 6,573,130 parameters. Unlike the original, the last layer has a bias, and ReLU
 * is after pooling, which gives the same numbers.
 *
 * @param width w, filters of the first layer, 1 or more
 * @see <a href="https://github.com/davidcpage/cifar10-fast">Page, How to train your ResNet, 2018</a>
 */
public record ResNet9(int width) implements NetworkDesign {
  /** The original width, 64. */
  public static final ResNet9 DEFAULTS = new ResNet9(64);

  private static final float LOGIT_SCALE = 0.125f;

  /** Checks the width. */
  public ResNet9 {
    Check.atLeast(1, width, "width");
  }

  /** These choices with another width. */
  public ResNet9 withWidth(int width) {
    return new ResNet9(width);
  }

  @Override
  public Block block(int classes) {
    return new Sequential()
        .add("prep", Layers.convBnRelu(width))
        .add("layer1", halving(2 * width).add("residual", residual(2 * width)))
        .add("layer2", halving(4 * width))
        .add("layer3", halving(8 * width).add("residual", residual(8 * width)))
        .apply(Pool::globalMaxPool2d)
        .add("linear", new Linear(classes))
        .apply(logits -> TorchOps.scale(logits, LOGIT_SCALE));
  }

  private static Sequential halving(int filters) {
    return Layers.convBn(filters).apply(Layers::halveThenRelu);
  }

  private static Block residual(int filters) {
    return Residual.of(
        new Sequential()
            .add("res1", Layers.convBnRelu(filters))
            .add("res2", Layers.convBnRelu(filters)));
  }
}
