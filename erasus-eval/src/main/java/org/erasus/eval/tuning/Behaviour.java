package org.erasus.eval.tuning;

import java.util.Arrays;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Roc;

/**
 * What a network does in four numbers, each from 0 to 1.
 *
 * @param forgetAccuracy on the forget rows
 * @param retainAccuracy on the retain rows looked at
 * @param validationAccuracy on the validation rows of classes that remain
 * @param lossAuc of the loss attack that tells forget rows from validation rows of their classes; 0.5 when it cannot
 */
public record Behaviour(
    double forgetAccuracy, double retainAccuracy, double validationAccuracy, double lossAuc) {

  /** That of a network by its outputs; what they call unseen rows is taken for the validation rows. */
  public static Behaviour of(NetworkOutputs outputs) {
    return new Behaviour(
        accuracy(outputs.forget()),
        accuracy(outputs.retain()),
        accuracy(outputs.unseenOfRetainClasses()),
        Roc.of(
                ThresholdAttacks.LOSS.scores(outputs.forget()),
                ThresholdAttacks.LOSS.scores(outputs.unseenOfForgetClasses()))
            .auc());
  }

  private static double accuracy(ScoredRows rows) {
    return Arrays.stream(rows.map(Differences::correct)).average().orElseThrow();
  }

  /** The mean of the four absolute differences, as {@link org.erasus.eval.metrics.GapToRetrain} takes it on unseen rows. */
  public double gapTo(Behaviour other) {
    return (Math.abs(forgetAccuracy - other.forgetAccuracy)
            + Math.abs(retainAccuracy - other.retainAccuracy)
            + Math.abs(validationAccuracy - other.validationAccuracy)
            + Math.abs(lossAuc - other.lossAuc))
        / 4;
  }
}
