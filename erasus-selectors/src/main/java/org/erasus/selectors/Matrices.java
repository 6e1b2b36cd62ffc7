package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.erasus.Probe;
import org.erasus.SelectionTask;
import org.erasus.engine.TorchOps;

/** Plain arrays as matrices and vectors of the engine. */
final class Matrices {
  private Matrices() {}

  /** Rows of one width, (N, D), owned by the manager. */
  static NDArray of(NDManager manager, float[][] rows) {
    return TorchOps.matrix(manager, rows);
  }

  /** Whole numbers, such as an index or classes, int64 (B). */
  static NDArray index(NDManager manager, int... rows) {
    try (NDArray window = manager.create(Arrays.stream(rows).asLongStream().toArray())) {
      return window.duplicate();
    }
  }

  /**
   * The features of the candidates, (N, D).
   *
   * @throws IllegalArgumentException when one is no finite number
   */
  static float[][] features(SelectionTask task) {
    return features(task.probe());
  }

  /** The features of the rows of a probe, (N, D), finite likewise. */
  static float[][] features(Probe probe) {
    float[][] features = probe.features();
    for (int i = 0; i < features.length; i++) {
      for (float value : features[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(
              "features must be finite, but row "
                  + probe.rows().data().id(probe.rows().position(i))
                  + " has one of "
                  + value
                  + ": look at the network's weights");
        }
      }
    }
    return features;
  }

  /** Rows less their mean: distances stay, and squares of numbers far from 0 do not swallow them in 32 bits. */
  static float[][] centred(float[][] rows) {
    return minus(rows, mean(rows));
  }

  /** Rows less a vector (D). */
  static float[][] minus(float[][] rows, double[] vector) {
    float[][] less = new float[rows.length][vector.length];
    for (int i = 0; i < rows.length; i++) {
      for (int d = 0; d < vector.length; d++) {
        less[i][d] = (float) (rows[i][d] - vector[d]);
      }
    }
    return less;
  }

  /** Mean of the rows, (D). */
  static double[] mean(float[][] rows) {
    double[] mean = new double[rows[0].length];
    for (float[] row : rows) {
      for (int d = 0; d < mean.length; d++) {
        mean[d] += row[d] / (double) rows.length;
      }
    }
    return mean;
  }

  /** A vector (N) in 64 bits, owned by the manager. */
  static NDArray of(NDManager manager, double[] values) {
    try (NDArray window = manager.create(values)) {
      return window.duplicate();
    }
  }
}
