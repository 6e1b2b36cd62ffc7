package org.erasus.eval.stats;

/**
 * How many positives are caught at a limited rate of false alarms.
 *
 * @param maxFpr the limit that was asked for
 * @param threshold rows with a score at or above it are called positive
 * @param fpr rate of false alarms reached, not above {@code maxFpr}
 * @param tpr rate of true positives at the threshold, with its interval
 * @param resolved whether there are enough negatives to see a rate as small as the limit; if not, the point allows no
 *     false alarm at all and the rate is a lower bound
 */
public record OperatingPoint(
    double maxFpr, double threshold, double fpr, Interval tpr, boolean resolved) {}
