package org.erasus.eval.corrective;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.Network;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Proportions;

/**
 * Whether a network got over spoilt rows: {@code corrected-accuracy} where they did harm, {@code accuracy-elsewhere} where
 * they did none, and {@code backdoor-success} of a trigger.
 *
 * <pre>{@code
 * harm is done    by a trigger          on unseen rows that bear it
 *                 by a confusion        on unseen rows of the two classes
 *                 by random labels      on the spoilt rows themselves
 * accuracy        share of rows whose most likely class is their right one
 * backdoor        share of unseen rows of other classes that are taken for the target once they bear the trigger
 * }</pre>
 *
 * <p>Right classes are those from before the rows were spoilt. Compare with a network that was trained without any spoilt row.
 * The intervals are Wilson's.
 *
 * @see <a href="https://arxiv.org/abs/2402.14015">Goel et al., 2024</a>
 */
public final class CorrectiveMetrics {
  private CorrectiveMetrics() {}

  /**
   * Measures a network.
   *
   * @param network borrowed
   * @param spoilt what it was trained on before it was corrected
   * @param level of the intervals, above 0 and below 1
   * @throws IllegalArgumentException when there are no unseen rows
   */
  public static Map<String, Measure> of(Network network, Manipulated spoilt, double level) {
    return of(CorrectiveAnswers.of(network, spoilt), level);
  }

  static Map<String, Measure> of(CorrectiveAnswers answers, double level) {
    Map<String, Measure> found = new LinkedHashMap<>();
    found.put(
        "corrected-accuracy",
        share(
            answers.affected(),
            level,
            "there are no unseen rows of the classes that were confused"));
    found.put(
        "accuracy-elsewhere",
        share(answers.elsewhere(), level, "there are no unseen rows of other classes"));
    found.put(
        "backdoor-success",
        share(
            answers.opened(),
            level,
            "no trigger was put on rows of other classes than its target"));
    return found;
  }

  private static Measure share(double[] rows, double level, String otherwise) {
    return rows.length == 0
        ? new Measure.Unavailable(otherwise)
        : new Measure.Estimated(
            Proportions.wilson((long) Arrays.stream(rows).sum(), rows.length, level));
  }
}
