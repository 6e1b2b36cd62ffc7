package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Prefers the rows that add most to a utility, on average over all orders in which rows could join: Shapley values, by truncated
 * Monte Carlo.
 *
 * <pre>{@code
 * φ_i  = (1/N) Σ_{S ⊆ D∖{i}} C(N−1, |S|)⁻¹ (v(S ∪ {i}) − v(S))
 * φ̂_i = mean_t (v(S_t ∪ {i}) − v(S_t))            S_t: the rows before i in the t-th random order
 * }</pre>
 *
 * <p>An order ends once |v(D) − v(S)| is below the tolerance; the rows that would come then are taken to add nothing. So the
 * values sum to v(D) − v(∅) but for less than the tolerance, exactly with tolerance 0. Each has the standard error of a mean over
 * orders, which says nothing of what truncation hides. The paper ends when values move little in a hundred orders; here {@link
 * Sampling} says when, and a choice made before that says so in {@link Coreset#madeBy}. Costs a training of the utility's
 * classifier for each row and order.
 *
 * @param utility v
 * @param tolerance of the truncation, 0 or more, in units of the utility
 * @param sampling when to end, in orders
 * @see <a href="https://arxiv.org/abs/1904.02868">Ghorbani and Zou, 2019</a>, Algorithm 1
 */
public record DataShapley(Utility utility, double tolerance, Sampling sampling)
    implements Selector {
  /** Accuracy of the nearest mean on validation rows, tolerance 0.01. */
  public static final DataShapley DEFAULTS =
      new DataShapley(TargetAccuracy.DEFAULTS, 0.01, Sampling.DEFAULTS);

  /** Checks the range. */
  public DataShapley {
    Check.nonNegative(tolerance, "tolerance");
  }

  /** These settings with another utility. */
  public DataShapley withUtility(Utility utility) {
    return new DataShapley(utility, tolerance, sampling);
  }

  /** These settings with another tolerance. */
  public DataShapley withTolerance(double tolerance) {
    return new DataShapley(utility, tolerance, sampling);
  }

  /** These settings with another end. */
  public DataShapley withSampling(Sampling sampling) {
    return new DataShapley(utility, tolerance, sampling);
  }

  /** The values of all candidates with their standard errors. */
  public RowValues values(SelectionTask task) {
    double[] alike = new double[task.candidates().size()];
    Arrays.fill(alike, 1);
    return Semivalues.of(
        task,
        utility,
        sampling,
        displayName(),
        estimate -> estimate.overPermutations(alike, tolerance, task.seeds()));
  }

  @Override
  public Coreset choose(SelectionTask task) {
    return values(task).best(task, displayName());
  }
}
