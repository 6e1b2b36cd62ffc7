package org.erasus.zoo;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.pooling.Pool;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Sequential;

/** Pieces that several networks are made of. */
final class Layers {
  private Layers() {}

  static void checkDropout(double dropout) {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be in [0, 1), but was " + dropout);
    }
  }

  /** (B, …) → (B, D). */
  static NDArray flatten(NDArray x) {
    return x.reshape(x.getShape().get(0), -1);
  }

  /** The largest of each 2×2 square, (B, C, H, W) → (B, C, H/2, W/2). */
  static NDArray halve(NDArray x) {
    Shape two = new Shape(2, 2);
    return Pool.maxPool2d(x, two, two, new Shape(0, 0), false);
  }

  /**
   * {@link #halve}, then ReLU. Rectifying after pooling gives the same numbers as before it, for a quarter of the work and
   * memory.
   */
  static NDArray halveThenRelu(NDArray x) {
    try (NDArray halved = halve(x)) {
      return Activation.relu(halved);
    }
  }

  /** Convolution, batch normalisation and ReLU under the names conv and bn. */
  static Sequential convBnRelu(int filters) {
    return convBn(filters).apply(Activation::relu);
  }

  /** A 3×3 convolution that keeps the size, and batch normalisation, under the names conv and bn. */
  static Sequential convBn(int filters) {
    return new Sequential().add("conv", Conv2d.of(filters, 3, 1, 1)).add("bn", new BatchNorm2d());
  }
}
