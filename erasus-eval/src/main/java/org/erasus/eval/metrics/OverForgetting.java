package org.erasus.eval.metrics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.PairedRows;

/**
 * What the kept classes lost: the largest loss of accuracy of any of them on unseen rows, against retrained networks.
 *
 * <pre>{@code
 * change_c        = accuracy of class c − its mean over the retrained networks        unseen rows of a kept class
 * over-forgetting = max over c of −change_c                                           below 0 when all gained
 * }</pre>
 *
 * <p>A mean over classes hides a class that was lost with the forgotten one. The intervals of all classes hold together
 * (Bonferroni), and so does that of the largest. Classes with fewer than two unseen rows are passed over.
 */
public record OverForgetting() implements Metric {
  private static final String METHOD = "paired-rows-bonferroni";

  /**
   * A kept class.
   *
   * @param label the class
   * @param rows unseen rows it rests on
   * @param change network − mean of the references
   */
  public record ClassChange(int label, int rows, Interval change) {}

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return Map.of("over-forgetting", largestLoss(evidence));
  }

  private static Measure largestLoss(Evidence evidence) {
    if (evidence.references().isEmpty()) {
      return new Measure.Unavailable("there is no other retrained network");
    }
    List<ClassChange> changes =
        changes(evidence.network(), evidence.references(), evidence.level());
    if (changes.isEmpty()) {
      return new Measure.Unavailable("no kept class has two unseen rows");
    }
    double low = Double.NEGATIVE_INFINITY;
    double middle = Double.NEGATIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (ClassChange c : changes) {
      low = Math.max(low, -c.change().high());
      middle = Math.max(middle, -c.change().estimate());
      high = Math.max(high, -c.change().low());
    }
    return new Measure.Estimated(new Interval(low, middle, high, evidence.level(), METHOD));
  }

  /**
   * The change of every kept class with at least two unseen rows, in the order of classes.
   *
   * @param references 1 or more networks, looked at on the same rows
   * @param level at which all intervals hold together
   */
  public static List<ClassChange> changes(
      NetworkOutputs network, List<NetworkOutputs> references, double level) {
    ScoredRows mine = network.unseenOfRetainClasses();
    List<double[]> theirs =
        references.stream().map(r -> r.unseenOfRetainClasses().map(Differences::correct)).toList();
    double[] differences = Differences.paired(mine.map(Differences::correct), theirs);
    int[] labels = IntStream.range(0, mine.size()).map(i -> mine.prediction(i).label()).toArray();
    List<int[]> classes =
        IntStream.range(0, mine.classes())
            .mapToObj(c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
            .filter(rows -> rows.length >= 2)
            .toList();
    double each = 1 - (1 - level) / Math.max(1, classes.size());
    List<ClassChange> changes = new ArrayList<>();
    for (int[] rows : classes) {
      double[] d = Arrays.stream(rows).mapToDouble(i -> differences[i]).toArray();
      double mean = Arrays.stream(d).average().orElseThrow();
      Interval interval = PairedRows.bounded(d).interval(each, METHOD);
      changes.add(
          new ClassChange(
              labels[rows[0]],
              rows.length,
              new Interval(
                  Math.min(interval.low(), mean),
                  mean,
                  Math.max(interval.high(), mean),
                  level,
                  METHOD)));
    }
    return changes;
  }

  /**
   * Where the predictions of rows go: how many of each class are taken for each. On D_f it is the semantic shift.
   *
   * @return [class][predicted class], (C, C)
   */
  public static int[][] confusion(ScoredRows rows) {
    int[][] counts = new int[rows.classes()][rows.classes()];
    for (int i = 0; i < rows.size(); i++) {
      counts[rows.prediction(i).label()][rows.prediction(i).top()]++;
    }
    return counts;
  }
}
