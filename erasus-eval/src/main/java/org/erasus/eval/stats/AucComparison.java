package org.erasus.eval.stats;

/**
 * Two AUCs of the same rows and their difference.
 *
 * @param aucA the first AUC
 * @param aucB the second AUC
 * @param difference interval of {@code aucA − aucB}
 * @param z the difference in standard errors
 * @param pValue two-sided, of the claim that the AUCs are equal
 */
public record AucComparison(
    double aucA, double aucB, Interval difference, double z, double pValue) {}
