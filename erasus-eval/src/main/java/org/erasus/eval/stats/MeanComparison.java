package org.erasus.eval.stats;

/**
 * What comparing two means gave.
 *
 * @param estimate the difference a − b, its standard error and degrees of freedom
 * @param difference the interval of the difference
 * @param t the difference in standard errors
 * @param pValue two-sided, of the claim that the means are equal
 */
public record MeanComparison(Estimate estimate, Interval difference, double t, double pValue) {
  MeanComparison(Estimate estimate, double level, String method) {
    this(
        estimate,
        estimate.interval(level, method),
        estimate.value() / estimate.standardError(),
        estimate.pValue());
  }
}
