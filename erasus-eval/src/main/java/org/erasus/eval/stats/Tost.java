package org.erasus.eval.stats;

import org.erasus.Check;

/**
 * Two one-sided tests: shows that a difference is small, rather than failing to show that it is large.
 *
 * <pre>{@code
 * H₀ below: δ ≤ −margin      p = P(T ≥ (estimate + margin) / standardError)
 * H₀ above: δ ≥ +margin      p = P(T ≤ (estimate − margin) / standardError)
 * }</pre>
 *
 * <p>Both must be rejected, so the p-value is the larger one. That is the same as asking whether the interval of level
 * 1 − 2α lies within ±margin.
 *
 * @see <a href="https://doi.org/10.1007/BF01068419">Schuirmann, 1987</a>
 */
public final class Tost {
  private Tost() {}

  /**
   * Tests any estimate against a margin.
   *
   * @param estimate a difference; for an AUC {@code auc.estimate().minus(0.5)}
   * @param margin the largest difference that does no harm, above 0
   * @param alpha chance of calling unequal things equal, above 0 and below one half
   */
  public static Equivalence test(Estimate estimate, double margin, double alpha) {
    Check.positive(margin, "margin");
    if (!(alpha > 0 && alpha < 0.5)) {
      throw new IllegalArgumentException("alpha must be > 0 and < 0.5, but was " + alpha);
    }
    double df = estimate.degreesOfFreedom();
    double fromBelow = (estimate.value() + margin) / estimate.standardError();
    double fromAbove = (estimate.value() - margin) / estimate.standardError();
    return new Equivalence(
        estimate,
        margin,
        alpha,
        Distributions.tCdf(-fromBelow, df),
        Distributions.tCdf(fromAbove, df),
        Math.min(1, 2 * Distributions.tCdf(Math.min(fromBelow, -fromAbove), df)));
  }

  /**
   * Tests whether two means over seeds differ by less than the margin, when the seeds of the two are unrelated.
   *
   * @param a one value per seed, at least 2
   * @param b one value per seed, at least 2
   * @throws IllegalArgumentException if neither set varies
   */
  public static Equivalence welch(double[] a, double[] b, double margin, double alpha) {
    return test(Means.welchEstimate(a, b), margin, alpha);
  }

  /**
   * Tests whether two means over the same seeds differ by less than the margin.
   *
   * @param a one value per seed, at least 2
   * @param b as many values, in the same order
   * @throws IllegalArgumentException if the differences do not vary
   */
  public static Equivalence paired(double[] a, double[] b, double margin, double alpha) {
    return test(Means.pairedEstimate(a, b), margin, alpha);
  }
}
