package org.erasus.eval.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Jackknife;

/**
 * Linear centred kernel alignment: how alike two networks represent the same rows, whatever the order, the rotation and the
 * scale of their features.
 *
 * <pre>{@code
 * CKA(X, Y) = ‖YᵀX‖²_F / (‖XᵀX‖_F ‖YᵀY‖_F)       X (N, D), Y (N, E), columns centred; in [0, 1], 1 is alike
 * }</pre>
 *
 * <p>With fewer rows than features it is biased towards 1: take several times as many. The interval leaves out blocks of
 * rows ({@link Jackknife}), cut at 0 and 1.
 *
 * @see <a href="https://arxiv.org/abs/1905.00414">Kornblith et al., 2019</a>
 */
public final class LinearCka {
  private static final int BLOCKS = 20;

  private LinearCka() {}

  /** Of what goes into the last linear layers of two networks, on some rows. */
  public static Interval of(Network a, Network b, Rows rows, double level) {
    return of(Probe.of(a, rows).features(), Probe.of(b, rows).features(), level);
  }

  /**
   * Of two sets of features.
   *
   * @param x (N, D), at least 4 rows, finite
   * @param y (N, E) of the same rows
   * @param level of the interval
   * @throws IllegalArgumentException when the rows are not paired, or a feature is not finite, or one side does not vary
   */
  public static Interval of(float[][] x, float[][] y, double level) {
    if (x.length != y.length || x.length < 4) {
      throw new IllegalArgumentException(
          "x and y must be features of the same rows, at least 4, but hold "
              + x.length
              + " and "
              + y.length);
    }
    Interval found =
        Jackknife.interval(x.length, BLOCKS, rows -> value(take(x, rows), take(y, rows)), level);
    return new Interval(
        Math.max(0, found.low()),
        found.estimate(),
        Math.min(1, Math.max(found.estimate(), found.high())),
        level,
        found.method());
  }

  private static float[][] take(float[][] x, int[] rows) {
    return IntStream.of(rows).mapToObj(i -> x[i]).toArray(float[][]::new);
  }

  static double value(float[][] x, float[][] y) {
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager()) {
      NDArray a = centred(scope, x, "x");
      NDArray b = centred(scope, y, "y");
      double cross = squares(b.transpose().matMul(a));
      double own = Math.sqrt(squares(a.transpose().matMul(a)));
      double other = Math.sqrt(squares(b.transpose().matMul(b)));
      if (own == 0 || other == 0) {
        throw new IllegalArgumentException(
            "features must vary between rows, but those of "
                + (own == 0 ? "x" : "y")
                + " are the same for all");
      }
      return Math.min(1, cross / own / other);
    }
  }

  private static double squares(NDArray matrix) {
    double sum = 0;
    for (float v : matrix.toFloatArray()) {
      sum += (double) v * v;
    }
    return sum;
  }

  /** Columns with mean 0, all divided by one number so that 32 bits suffice. */
  private static NDArray centred(NDManager manager, float[][] x, String name) {
    int width = x[0].length;
    double[] mean = new double[width];
    for (float[] row : x) {
      for (int d = 0; d < width; d++) {
        if (!Float.isFinite(row[d])) {
          throw new IllegalArgumentException(
              "features must be finite, but feature " + d + " of " + name + " is " + row[d]);
        }
        mean[d] += row[d] / (double) x.length;
      }
    }
    double largest = 0;
    double[][] shifted = new double[x.length][width];
    for (int i = 0; i < x.length; i++) {
      for (int d = 0; d < width; d++) {
        shifted[i][d] = x[i][d] - mean[d];
        // What rounding of the mean leaves of a constant is nothing.
        if (Math.abs(shifted[i][d]) <= 1e-12 * Math.abs(mean[d])) {
          shifted[i][d] = 0;
        }
        largest = Math.max(largest, Math.abs(shifted[i][d]));
      }
    }
    float[] flat = new float[Math.multiplyExact(x.length, width)];
    for (int i = 0; largest > 0 && i < flat.length; i++) {
      flat[i] = (float) (shifted[i / width][i % width] / largest);
    }
    try (NDArray window = manager.create(FloatBuffer.wrap(flat), new Shape(x.length, width))) {
      return window.duplicate();
    }
  }
}
