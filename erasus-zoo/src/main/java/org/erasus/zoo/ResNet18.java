package org.erasus.zoo;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import org.erasus.Check;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;

/**
 * ResNet-18 as used for CIFAR: torchvision's, but the first convolution is 3×3 with stride 1, and no pooling follows it.
 *
 * <pre>{@code
 * conv1 3×3 → bn1 → ReLU                                  (B, w, 32, 32)
 * layer1    2 blocks                                      (B, w, 32, 32)
 * layer2    2 blocks, the first with stride 2             (B, 2w, 16, 16)
 * layer3    2 blocks, the first with stride 2             (B, 4w, 8, 8)
 * layer4    2 blocks, the first with stride 2             (B, 8w, 4, 4)
 * block     ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + downsample(x))
 * fc        mean over all positions → linear              (B, C)
 * }</pre>
 *
 * <p>With w = 64, RGB and 10 classes it has 11,173,962 parameters.
 *
 * @param width w, filters of the first layer, 1 or more
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al., 2015</a>
 */
public record ResNet18(int width) implements NetworkDesign {
  /** The original width, 64. */
  public static final ResNet18 DEFAULTS = new ResNet18(64);

  /** Checks the width. */
  public ResNet18 {
    Check.atLeast(1, width, "width");
  }

  /** These choices with another width. */
  public ResNet18 withWidth(int width) {
    return new ResNet18(width);
  }

  @Override
  public Block block(int classes) {
    return new Sequential()
        .add("conv1", Conv2d.of(width, 3, 1, 1))
        .add("bn1", new BatchNorm2d())
        .apply(Activation::relu)
        .add("layer1", new Sequential().add(same(width)).add(same(width)))
        .add("layer2", stage(2 * width))
        .add("layer3", stage(4 * width))
        .add("layer4", stage(8 * width))
        .apply(TorchOps::globalAverage)
        .add("fc", new Linear(classes));
  }

  private static Block stage(int filters) {
    Block projection = new Sequential().add(Conv2d.of(filters, 1, 2, 0)).add(new BatchNorm2d());
    Block first = Residual.of(body(filters, 2), "downsample", projection);
    return new Sequential().add(rectified(first)).add(same(filters));
  }

  private static Block same(int filters) {
    return rectified(Residual.of(body(filters, 1)));
  }

  private static Block rectified(Block residual) {
    return new Sequential().add("", residual).apply(Activation::relu);
  }

  private static Block body(int filters, int stride) {
    return new Sequential()
        .add("conv1", Conv2d.of(filters, 3, stride, 1))
        .add("bn1", new BatchNorm2d())
        .apply(Activation::relu)
        .add("conv2", Conv2d.of(filters, 3, 1, 1))
        .add("bn2", new BatchNorm2d());
  }
}
