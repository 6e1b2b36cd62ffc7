package org.erasus.selectors;

/**
 * Takes the mean μ of some rows off features, and makes their variance σ² over those rows 1; features that do not vary become
 * 0:
 *
 * <pre>{@code
 * σ ≤ 10⁻⁶ |μ|                                 eight units of the last place of a 32-bit float
 * }</pre>
 *
 * <p>scikit-learn's StandardScaler has σ² ≤ n·ε·σ² + (n·ε·μ)² with ε of 64 bits, the error of its own sums, and features in 64
 * bits. What it finds constant is so here. Features are 32-bit numbers that a network made, whose rounding alone is some
 * hundred million times as large, and would pass there for a variance.
 */
final class Scaling {
  private static final double ROUNDING = 1e-6;

  private final double[] mean;
  private final double[] factors;

  private Scaling(double[] mean, double[] factors) {
    this.mean = mean;
    this.factors = factors;
  }

  /** By mean and variance of rows (N, D). */
  static Scaling of(float[][] rows) {
    return of(rows, true);
  }

  /** By the mean of rows (N, D), with their variance as it is. */
  static Scaling centring(float[][] rows) {
    return of(rows, false);
  }

  private static Scaling of(float[][] rows, boolean unit) {
    int width = rows[0].length;
    double[] mean = Matrices.mean(rows);
    double[] factors = new double[width];
    for (int d = 0; d < width; d++) {
      double squares = 0;
      for (float[] row : rows) {
        squares += (row[d] - mean[d]) * (row[d] - mean[d]);
      }
      double deviation = Math.sqrt(squares / rows.length);
      boolean constant = deviation <= ROUNDING * Math.abs(mean[d]);
      factors[d] = constant ? 0 : unit ? 1 / deviation : 1;
    }
    return new Scaling(mean, factors);
  }

  /** The scaled rows, with room for more columns behind, which are 0. */
  float[][] apply(float[][] rows, int more) {
    float[][] scaled = new float[rows.length][mean.length + more];
    for (int i = 0; i < rows.length; i++) {
      for (int d = 0; d < mean.length; d++) {
        scaled[i][d] = (float) ((rows[i][d] - mean[d]) * factors[d]);
      }
    }
    return scaled;
  }
}
