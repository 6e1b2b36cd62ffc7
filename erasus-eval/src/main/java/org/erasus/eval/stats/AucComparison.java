package org.erasus.eval.stats;

import java.util.Optional;

/**
 * Two AUCs of the same rows and their difference.
 *
 * @param aucA the first AUC
 * @param aucB the second AUC
 * @param difference interval of {@code aucA − aucB}, symmetric
 * @param z the difference in standard errors
 * @param pValue two-sided, of the claim that the AUCs are equal
 */
public record AucComparison(
    double aucA, double aucB, Interval difference, double z, double pValue) {
  /** The difference ready for {@link Tost}; empty when both scores place every row alike, as nothing varies then. */
  public Optional<Estimate> estimate() {
    if (difference.isDegenerate()) {
      return Optional.empty();
    }
    double quantile = Distributions.normalQuantile((1 + difference.level()) / 2);
    return Optional.of(Estimate.normal(difference.estimate(), difference.halfWidth() / quantile));
  }
}
