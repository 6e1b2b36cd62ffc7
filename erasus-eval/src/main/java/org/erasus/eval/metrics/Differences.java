package org.erasus.eval.metrics;

import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.RowAttack;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.DeLong;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.PairedRows;

/**
 * How far a network lies from the mean of the references, measured on the same rows, so what the rows have in common is taken
 * out of the difference.
 */
public final class Differences {
  private Differences() {}

  /** 1 for a right answer, 0 for a wrong one. */
  public static double correct(Prediction p) {
    return p.top() == p.label() ? 1 : 0;
  }

  /** p(y|x). */
  public static double likelihood(Prediction p) {
    return Math.exp(p.logProbability(p.label()));
  }

  /**
   * The difference of a mean over rows, network − mean of the references.
   *
   * @param split the rows, at least 2
   * @param value from 0 to 1
   */
  public static Estimate ofMean(
      NetworkOutputs network,
      List<NetworkOutputs> references,
      Function<NetworkOutputs, ScoredRows> split,
      ToDoubleFunction<Prediction> value) {
    return ofRows(
        split.apply(network).map(value),
        references.stream().map(reference -> split.apply(reference).map(value)).toList());
  }

  /**
   * The difference of a mean over rows, network − mean of the references.
   *
   * @param network a number from 0 to 1 of each row, at least 2
   * @param references those of the same rows
   */
  public static Estimate ofRows(double[] network, List<double[]> references) {
    double[] differences = network.clone();
    for (double[] theirs : references) {
      for (int i = 0; i < differences.length; i++) {
        differences[i] -= theirs[i] / references.size();
      }
    }
    for (int i = 0; i < differences.length; i++) {
      // Thirds do not add up to one exactly.
      differences[i] = Math.max(-1, Math.min(1, differences[i]));
    }
    return PairedRows.bounded(differences);
  }

  /** The difference of an attack's AUC on forget against unseen rows, network − mean of the references. */
  public static Estimate ofAuc(
      NetworkOutputs network, List<NetworkOutputs> references, RowAttack attack) {
    return DeLong.difference(
        attack.scores(network.forget()),
        attack.scores(network.unseenOfForgetClasses()),
        references.stream().map(r -> attack.scores(r.forget())).toList(),
        references.stream().map(r -> attack.scores(r.unseenOfForgetClasses())).toList());
  }
}
