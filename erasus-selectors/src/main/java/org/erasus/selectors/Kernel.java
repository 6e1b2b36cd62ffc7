package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.erasus.engine.TorchOps;

/**
 * Rows made ready for a {@link Similarity}: of length 1 for cosines, around their mean for distances, which it leaves as they
 * are and spares them digits. Held by a manager.
 */
final class Kernel {
  private final Similarity similarity;
  private final NDArray x;
  private final NDArray squaredNorms;
  private final float[] norms;
  private final double scale;

  private Kernel(NDManager manager, float[][] rows, Similarity similarity) {
    this.similarity = similarity;
    x = Matrices.of(manager, rows);
    norms = new float[rows.length];
    double sum = 0;
    for (int i = 0; i < norms.length; i++) {
      double norm = squaredNorm(rows[i]);
      norms[i] = (float) norm;
      sum += norm;
    }
    try (NDArray window = manager.create(norms)) {
      squaredNorms = window.duplicate();
    }
    scale = sum > 0 ? 2 * sum / norms.length : 1;
  }

  static Kernel of(NDManager manager, float[][] rows, Similarity similarity) {
    return new Kernel(
        manager,
        switch (similarity) {
          case DOT -> rows;
          case COSINE -> Arrays.stream(rows).map(Kernel::ofLengthOne).toArray(float[][]::new);
          case EUCLIDEAN, RBF -> Matrices.centred(rows);
        },
        similarity);
  }

  private static double squaredNorm(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += (double) value * value;
    }
    return sum;
  }

  private static float[] ofLengthOne(float[] row) {
    double length = Math.sqrt(squaredNorm(row));
    float[] unit = new float[row.length];
    for (int d = 0; d < unit.length && length > 0; d++) {
      unit[d] = (float) (row[d] / length);
    }
    return unit;
  }

  int size() {
    return norms.length;
  }

  /**
   * Rows {@code from} … {@code to} with all rows, (to − from, N), owned by {@code manager}. For {@link Similarity#EUCLIDEAN}
   * −‖x − y‖₂: the largest distance is the caller's to add.
   */
  NDArray block(NDManager manager, long from, long to) {
    return switch (similarity) {
      case COSINE, DOT -> TorchOps.rowProducts(manager, x, from, to);
      case EUCLIDEAN -> TorchOps.negativeDistances(manager, x, squaredNorms, from, to);
      case RBF -> TorchOps.gaussian(manager, x, squaredNorms, from, to, scale);
    };
  }

  /** A row with itself, as {@link #block} has it but for rounding. */
  double self(int row) {
    return switch (similarity) {
      case COSINE -> norms[row] > 0 ? 1 : 0;
      case DOT -> norms[row];
      case EUCLIDEAN -> 0;
      case RBF -> 1;
    };
  }
}
