package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;

/** Plain arrays as matrices and vectors of the engine. */
final class Matrices {
  private Matrices() {}

  /** Rows of one width, (N, D), owned by the manager. */
  static NDArray of(NDManager manager, float[][] rows) {
    int width = rows[0].length;
    float[] flat = new float[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * width, width);
    }
    try (NDArray window = manager.create(FloatBuffer.wrap(flat), new Shape(rows.length, width))) {
      return window.duplicate();
    }
  }

  /** A vector (N) in 64 bits, owned by the manager. */
  static NDArray of(NDManager manager, double[] values) {
    try (NDArray window = manager.create(values)) {
      return window.duplicate();
    }
  }
}
