package org.erasus.eval.attacks;

import org.erasus.Check;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.CholeskyDecomposition;

/**
 * Predicts from a row itself how confident the network would be had it not been trained on it, and accuses rows it is more
 * confident about. No reference network is needed.
 *
 * <pre>{@code
 * φ = log(p_y / (1 − p_y))
 * min over w, b of Σ ρ_τ(φᵢ − w·xᵢ − b)          calibration non-members; ρ_τ(r) = r (τ − [r < 0])
 * score(x) = φ − w·x − b                         at or above 0 for a share of about 1 − τ of other non-members
 * }</pre>
 *
 * <p>Unlike the paper, the prediction is linear in given features (x standardised), not a network on the input, and one
 * quantile serves all rates of false alarms. Solved by majorisation (Hunter and Lange, 2000) until the loss falls by less
 * than 1e-10 of itself; residuals below 1e-6 of the mean |φ| count as such, and a ridge of 1e-6 a row keeps steps solvable.
 *
 * @param features of each row, from anything but the attacked network, (D)
 * @param quantile τ, above 0 and below 1
 * @see <a href="https://arxiv.org/abs/2307.03694">Bertran et al., 2023</a>
 * @see <a href="https://doi.org/10.1080/10618600.2000.10474866">Hunter and Lange, 2000, on the solver</a>
 */
public record QuantileRegression(RowTable features, double quantile) implements Attack {
  private static final double DEFAULT_QUANTILE = 0.9;
  private static final int MOST_STEPS = 2000;
  private static final double SMALL = 1e-6;

  /** Checks the range. */
  public QuantileRegression {
    Check.inOpen(quantile, 0, 1, "quantile");
  }

  /** The quantile 0.9. */
  public static QuantileRegression of(RowTable features) {
    return new QuantileRegression(features, DEFAULT_QUANTILE);
  }

  /** The same with another quantile. */
  public QuantileRegression withQuantile(double other) {
    return new QuantileRegression(features, other);
  }

  @Override
  public String name() {
    return "quantile-regression";
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    int width = features.width();
    if (nonMembers.size() <= width + 1) {
      throw new IllegalArgumentException(
          "split \""
              + nonMembers.split()
              + "\": attack \"quantile-regression\" needs more calibration rows than the "
              + (width + 1)
              + " coefficients of "
              + width
              + " features, but has "
              + nonMembers.size());
    }
    double[][] raw = features.of(nonMembers, name());
    double[] means = new double[width];
    double[] deviations = new double[width];
    for (int d = 0; d < width; d++) {
      for (double[] row : raw) {
        means[d] += row[d];
      }
      means[d] /= raw.length;
      for (double[] row : raw) {
        deviations[d] += Math.pow(row[d] - means[d], 2) / raw.length;
      }
      double deviation = Math.sqrt(deviations[d]);
      // Rounding leaves a constant a tiny deviation.
      deviations[d] = deviation > SMALL * Math.abs(means[d]) ? deviation : 0;
    }
    double[] phi = ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(nonMembers);
    double[] weights = fit(design(raw, means, deviations), phi, quantile);
    return rows -> {
      double[][] x = design(features.of(rows, name()), means, deviations);
      double[] scores = ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(rows);
      for (int i = 0; i < scores.length; i++) {
        scores[i] -= dot(x[i], weights);
      }
      return scores;
    };
  }

  /** Standardised features and a one; features that are constant on the calibration rows become 0. */
  private static double[][] design(double[][] raw, double[] means, double[] deviations) {
    double[][] x = new double[raw.length][means.length + 1];
    for (int i = 0; i < raw.length; i++) {
      for (int d = 0; d < means.length; d++) {
        x[i][d] = deviations[d] > 0 ? (raw[i][d] - means[d]) / deviations[d] : 0;
      }
      x[i][means.length] = 1;
    }
    return x;
  }

  /** The coefficients of the τ-quantile of y given x. */
  static double[] fit(double[][] x, double[] y, double quantile) {
    double scale = 0;
    for (double value : y) {
      scale += Math.abs(value) / y.length;
    }
    double least = SMALL * Math.max(scale, SMALL);
    double[] weights = new double[x[0].length];
    double loss = Double.POSITIVE_INFINITY;
    for (int step = 0; step < MOST_STEPS; step++) {
      double[] next = majorised(x, y, weights, quantile, least);
      double nextLoss = loss(x, y, next, quantile);
      if (!(nextLoss < loss * (1 - 1e-10))) {
        return nextLoss < loss ? next : weights;
      }
      weights = next;
      loss = nextLoss;
    }
    return weights;
  }

  /** The minimum of the parabolas that touch ρ_τ at the present residuals. */
  private static double[] majorised(
      double[][] x, double[] y, double[] weights, double quantile, double least) {
    int width = weights.length;
    double[][] curvature = new double[width][width];
    double[] right = new double[width];
    for (int i = 0; i < y.length; i++) {
      double steep = 1 / (least + Math.abs(y[i] - dot(x[i], weights)));
      for (int a = 0; a < width; a++) {
        right[a] += x[i][a] * (steep * y[i] + 2 * quantile - 1);
        for (int b = 0; b <= a; b++) {
          curvature[a][b] += steep * x[i][a] * x[i][b];
        }
      }
    }
    for (int a = 0; a < width; a++) {
      for (int b = 0; b < a; b++) {
        curvature[b][a] = curvature[a][b];
      }
      curvature[a][a] += SMALL * SMALL * y.length / least;
    }
    return new CholeskyDecomposition(new Array2DRowRealMatrix(curvature, false), SMALL, 0)
        .getSolver()
        .solve(new ArrayRealVector(right, false))
        .toArray();
  }

  private static double loss(double[][] x, double[] y, double[] weights, double quantile) {
    double sum = 0;
    for (int i = 0; i < y.length; i++) {
      double residual = y[i] - dot(x[i], weights);
      sum += residual * (residual < 0 ? quantile - 1 : quantile);
    }
    return sum;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
