package org.erasus.eval.corrective;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
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
    UnlearningDataset data = spoilt.data();
    network.requireFit(data);
    Rows unseen = data.unseen();
    if (unseen.isEmpty()) {
      throw new IllegalArgumentException(
          "split \"unseen\" must have rows to see what was corrected on, but has none: add some with"
              + " withUnseen or hold some out before the rows are spoilt");
    }
    Map<String, Measure> found = new LinkedHashMap<>();
    Manipulation how = spoilt.rows().manipulation();
    if (how instanceof PoisonTrigger trigger) {
      try (UnlearningDataset stamped = trigger.stamp(data, unseen)) {
        int[] said = network.predict(stamped.unseen());
        int[] labels = unseen.labels();
        found.put("corrected-accuracy", share(said, labels, level));
        found.put("accuracy-elsewhere", accuracy(network, unseen, level));
        found.put("backdoor-success", backdoor(said, labels, trigger.target(), level));
      }
      return found;
    }
    if (how instanceof InterclassConfusion confusion) {
      int[] labels = unseen.labels();
      found.put("corrected-accuracy", accuracy(network, confusion.affected(unseen), level));
      found.put(
          "accuracy-elsewhere",
          accuracy(
              network,
              unseen.where(i -> labels[i] != confusion.first() && labels[i] != confusion.second()),
              level));
    } else {
      int[] right = spoilt.rows().rows().stream().mapToInt(ManipulatedRows.Row::label).toArray();
      found.put(
          "corrected-accuracy",
          share(network.predict(data.withIds(spoilt.rows().ids())), right, level));
      found.put("accuracy-elsewhere", accuracy(network, unseen, level));
    }
    found.put("backdoor-success", new Measure.Unavailable("no trigger was put on rows"));
    return found;
  }

  private static Measure accuracy(Network network, Rows rows, double level) {
    return share(network.predict(rows), rows.labels(), level);
  }

  private static Measure share(int[] said, int[] labels, double level) {
    if (labels.length == 0) {
      return new Measure.Unavailable("there are no unseen rows of these classes");
    }
    long right = IntStream.range(0, said.length).filter(i -> said[i] == labels[i]).count();
    return new Measure.Estimated(Proportions.wilson(right, labels.length, level));
  }

  private static Measure backdoor(int[] said, int[] labels, int target, double level) {
    int[] others = IntStream.range(0, labels.length).filter(i -> labels[i] != target).toArray();
    if (others.length == 0) {
      return new Measure.Unavailable("all unseen rows are of the target's class");
    }
    long opened = IntStream.of(others).filter(i -> said[i] == target).count();
    return new Measure.Estimated(Proportions.wilson(opened, others.length, level));
  }
}
