package org.erasus.selectors;

/** Takes the mean of some rows off features, and makes their variance over those rows 1; features that do not vary become 0. */
final class Scaling {
  private final double[] mean;
  private final double[] factors;

  private Scaling(double[] mean, double[] factors) {
    this.mean = mean;
    this.factors = factors;
  }

  /** By mean and variance of rows (N, D). */
  static Scaling of(float[][] rows) {
    int width = rows[0].length;
    double[] mean = Matrices.mean(rows);
    double[] factors = new double[width];
    for (int d = 0; d < width; d++) {
      double squares = 0;
      for (float[] row : rows) {
        squares += (row[d] - mean[d]) * (row[d] - mean[d]);
      }
      double deviation = Math.sqrt(squares / rows.length);
      // what 32 bits cannot tell from a constant is one
      factors[d] = deviation <= 1e-6 * Math.abs(mean[d]) ? 0 : 1 / deviation;
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
