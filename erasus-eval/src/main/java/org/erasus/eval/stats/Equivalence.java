package org.erasus.eval.stats;

/**
 * What a test for equivalence gave.
 *
 * @param estimate the difference δ that was tested
 * @param margin the largest harmless |δ|
 * @param alpha level of the test
 * @param pBelow p-value against δ ≤ −margin; alone, it is a test of not being worse
 * @param pAbove p-value against δ ≥ +margin
 * @param pDifferent p-value against |δ| ≤ margin: small when a difference beyond the margin is shown; both directions
 *     are paid for
 */
public record Equivalence(
    Estimate estimate,
    double margin,
    double alpha,
    double pBelow,
    double pAbove,
    double pDifferent) {

  /** What the data show. */
  public enum Decision {
    /** The difference is smaller than the margin. */
    EQUIVALENT,
    /** The difference is larger than the margin. */
    DIFFERENT,
    /** Neither is shown: {@link SampleSize} says how many rows or seeds would decide. */
    INCONCLUSIVE
  }

  /** The larger of the two one-sided p-values: small when equivalence is shown. */
  public double pValue() {
    return Math.max(pBelow, pAbove);
  }

  /** The interval that lies within ±margin exactly when equivalence is shown, of level 1 − 2α. */
  public Interval interval() {
    return estimate.interval(1 - 2 * alpha, "tost");
  }

  /** The verdict of this test taken alone; for several tests see {@link #decision(double, double)}. */
  public Decision decision() {
    return decision(pValue(), pDifferent);
  }

  /**
   * The verdict when this test is one of several.
   *
   * @param adjustedEquivalent {@link #pValue()} after {@link Holm}
   * @param adjustedDifferent {@link #pDifferent()} after {@link Holm}
   */
  public Decision decision(double adjustedEquivalent, double adjustedDifferent) {
    if (adjustedEquivalent <= alpha) {
      return Decision.EQUIVALENT;
    }
    return adjustedDifferent <= alpha ? Decision.DIFFERENT : Decision.INCONCLUSIVE;
  }
}
