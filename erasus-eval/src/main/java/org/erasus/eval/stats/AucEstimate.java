package org.erasus.eval.stats;

/**
 * An AUC with what is known about it.
 *
 * @param estimate the AUC and its standard error, ready for {@link Tost}; when the data show no spread the error is
 *     the one that matches the exact interval, never zero
 * @param interval by {@link DeLong}
 */
public record AucEstimate(Estimate estimate, Interval interval) {
  /** The area under the curve, from 0 to 1. */
  public double auc() {
    return estimate.value();
  }
}
