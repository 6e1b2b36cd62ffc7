package org.erasus.zoo;

import ai.djl.nn.Block;
import java.util.List;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;

/**
 * MobileNet V2 as used for CIFAR, for images of 28×28 to 32×32: torchvision's, but the first convolution and the stage of
 * 24 filters have stride 1 instead of 2.
 *
 * <pre>{@code
 * features.0       conv 3×3 → bn → ReLU6                  (B, 32, 32, 32)
 * features.1–17    expand 1×1 → bn → ReLU6 → depthwise 3×3 → bn → ReLU6 → project 1×1 → bn,
 *                  + x where the shape stays the same     (B, 320, 4, 4)
 * features.18      conv 1×1 → bn → ReLU6                  (B, 1280, 4, 4)
 * classifier       mean over all positions → dropout → linear    (B, C)
 *
 * expansion    1   6   6   6   6   6   6
 * filters     16  24  32  64  96 160 320
 * blocks       1   2   3   4   3   3   1
 * stride       1   1   2   2   1   2   1                  torchvision: 1 2 2 2 1 2 1, after a stem of stride 2
 * }</pre>
 *
 * <p>With RGB and 10 classes it has 2,236,682 parameters.
 *
 * @param dropout probability of zero before the last layer, in [0, 1)
 * @see <a href="https://arxiv.org/abs/1801.04381">Sandler et al., 2018</a>
 */
public record MobileNetV2(double dropout) implements NetworkDesign {
  /** The original probability, a fifth. */
  public static final MobileNetV2 DEFAULTS = new MobileNetV2(0.2);

  private static final int STEM = 32;
  private static final int LAST = 1280;

  private record Stage(int expansion, int filters, int blocks, int stride) {}

  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 16, 1, 1),
          new Stage(6, 24, 2, 1),
          new Stage(6, 32, 3, 2),
          new Stage(6, 64, 4, 2),
          new Stage(6, 96, 3, 1),
          new Stage(6, 160, 3, 2),
          new Stage(6, 320, 1, 1));

  /** Checks the probability. */
  public MobileNetV2 {
    Layers.checkDropout(dropout);
  }

  /** These choices with another probability. */
  public MobileNetV2 withDropout(double dropout) {
    return new MobileNetV2(dropout);
  }

  @Override
  public Block block(int classes) {
    Sequential features = new Sequential().add(activated(Conv2d.of(STEM, 3, 1, 1)));
    int channels = STEM;
    for (Stage stage : STAGES) {
      for (int i = 0; i < stage.blocks(); i++) {
        int stride = i == 0 ? stage.stride() : 1;
        features.add(invertedResidual(channels, stage.filters(), stage.expansion(), stride));
        channels = stage.filters();
      }
    }
    features.add(activated(Conv2d.of(LAST, 1, 1, 0)));
    return new Sequential()
        .add("features", features)
        .apply(TorchOps::globalAverage)
        .add("classifier", new Sequential().add(new Dropout(dropout)).add(new Linear(classes)));
  }

  private static Block invertedResidual(int channels, int filters, int expansion, int stride) {
    int inner = channels * expansion;
    Sequential conv = new Sequential();
    if (expansion != 1) {
      conv.add(activated(Conv2d.of(inner, 1, 1, 0)));
    }
    conv.add(activated(Conv2d.depthwise(inner, 3, stride, 1)))
        .add(Conv2d.of(filters, 1, 1, 0))
        .add(new BatchNorm2d());
    Block body = new Sequential().add("conv", conv);
    return stride == 1 && channels == filters ? Residual.of(body) : body;
  }

  private static Block activated(Conv2d convolution) {
    return new Sequential().add(convolution).add(new BatchNorm2d()).apply(TorchOps::relu6);
  }
}
