package org.erasus.train;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What happened in an epoch.
 *
 * @param epoch from 0
 * @param steps taken in the whole run so far
 * @param forgetLoss mean over the forget steps, as minimised and before weighting
 * @param retainLoss mean over the retain or union steps
 * @param learningRate of the last step
 * @param gradientNorm ‖∇L‖₂ at the end of the epoch, over the parameters that may move, of the losses that were minimised in
 *     it, on the first rows of each, a batch but no more than 16
 * @param gradientCosine cosine of the angle between the forget and the retain gradient there, over the same parameters,
 *     where there are both
 * @param watched numbers computed at the end of the epoch
 */
public record EpochRecord(
    int epoch,
    long steps,
    Optional<Double> forgetLoss,
    Optional<Double> retainLoss,
    double learningRate,
    double gradientNorm,
    Optional<Double> gradientCosine,
    Map<Monitor, Double> watched) {
  /** Copies the map, in the order of {@link Monitor}, so that equal records are written alike. */
  public EpochRecord {
    watched = Collections.unmodifiableMap(new TreeMap<>(watched));
  }
}
