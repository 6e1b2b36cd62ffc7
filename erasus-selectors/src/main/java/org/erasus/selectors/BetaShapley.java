package org.erasus.selectors;

import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Prefers the rows that add most to a utility, where sets of some sizes count more than others: Beta(α, β) semivalues.
 *
 * <pre>{@code
 * φ_i  = (1/N) Σ_{j=1}^N w(j)·Δ_j(i)              Δ_j(i): mean of v(S ∪ {i}) − v(S) over sets of j−1 other rows
 * w(j) = N·C(N−1, j−1)·B(j+β−1, N−j+α)/B(α, β)    (1/N) Σ_j w(j) = 1
 * φ̂_i = mean_t w(j_t)·(v(S_t ∪ {i}) − v(S_t))    i stands at place j_t of the t-th random order, behind S_t
 * }</pre>
 *
 * <p>Beta(1, 1) is the Shapley value; the larger α, the more small sets count, where the worth of a row shows best; the larger
 * β, the more large ones do. Truncation, standard errors and end are those of {@link DataShapley}; with other weights than (1, 1)
 * the values do not sum to v(D) − v(∅), and truncation may hide up to the tolerance times the largest weight left. The paper ends by the Gelman-Rubin statistic of several chains. Costs a training of the
 * utility's classifier for each row and order.
 *
 * @param alpha α, above 0
 * @param beta β, above 0
 * @param utility v
 * @param tolerance of the truncation, 0 or more, in units of the utility
 * @param sampling when to end, in orders
 * @see <a href="https://arxiv.org/abs/2110.14049">Kwon and Zou, 2022</a>
 */
public record BetaShapley(
    double alpha, double beta, Utility utility, double tolerance, Sampling sampling)
    implements Selector {
  /** Beta(16, 1), with which the paper finds wrong labels best; else as {@link DataShapley#DEFAULTS}. */
  public static final BetaShapley DEFAULTS =
      new BetaShapley(16, 1, TargetAccuracy.DEFAULTS, 0.01, Sampling.DEFAULTS);

  /** Checks the ranges. */
  public BetaShapley {
    Check.positive(alpha, "alpha");
    Check.positive(beta, "beta");
    Check.nonNegative(tolerance, "tolerance");
  }

  /** These settings with another α. */
  public BetaShapley withAlpha(double alpha) {
    return new BetaShapley(alpha, beta, utility, tolerance, sampling);
  }

  /** These settings with another β. */
  public BetaShapley withBeta(double beta) {
    return new BetaShapley(alpha, beta, utility, tolerance, sampling);
  }

  /** These settings with another utility. */
  public BetaShapley withUtility(Utility utility) {
    return new BetaShapley(alpha, beta, utility, tolerance, sampling);
  }

  /** These settings with another tolerance. */
  public BetaShapley withTolerance(double tolerance) {
    return new BetaShapley(alpha, beta, utility, tolerance, sampling);
  }

  /** These settings with another end. */
  public BetaShapley withSampling(Sampling sampling) {
    return new BetaShapley(alpha, beta, utility, tolerance, sampling);
  }

  /** The values of all candidates with their standard errors. */
  public RowValues values(SelectionTask task) {
    double[] weights = weights(task.candidates().size());
    return Semivalues.of(
        task,
        utility,
        sampling,
        displayName(),
        estimate -> estimate.overPermutations(weights, tolerance, task.seeds()));
  }

  @Override
  public Coreset choose(SelectionTask task) {
    return values(task).best(task, displayName());
  }

  /**
   * w(1) … w(N). w(j)/N is the probability of j − 1 under a beta-binomial law, so neighbours are in the ratio
   * (N−j)/j · (j−1+β)/(N−1−j+α) and the sum is N.
   */
  double[] weights(int n) {
    double[] logs = new double[n];
    double largest = 0;
    for (int j = 1; j < n; j++) {
      logs[j] = logs[j - 1] + Math.log((n - j) / (double) j * (j - 1 + beta) / (n - 1 - j + alpha));
      largest = Math.max(largest, logs[j]);
    }
    double[] weights = new double[n];
    double sum = 0;
    for (int j = 0; j < n; j++) {
      weights[j] = Math.exp(logs[j] - largest);
      sum += weights[j];
    }
    for (int j = 0; j < n; j++) {
      weights[j] *= n / sum;
    }
    return weights;
  }
}
