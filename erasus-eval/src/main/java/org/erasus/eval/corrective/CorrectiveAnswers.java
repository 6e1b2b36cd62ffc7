package org.erasus.eval.corrective;

import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Differences;

/** What a network says where spoilt rows did harm and where they did none, row by row. */
final class CorrectiveAnswers {
  private final double[] affected;
  private final double[] elsewhere;
  private final double[] opened;

  private CorrectiveAnswers(double[] affected, double[] elsewhere, double[] opened) {
    this.affected = affected;
    this.elsewhere = elsewhere;
    this.opened = opened;
  }

  /** 1 for each affected row whose right class is said, 0 for the others. */
  double[] affected() {
    return affected;
  }

  /** 1 for each other row whose class is said, 0 for the others. */
  double[] elsewhere() {
    return elsewhere;
  }

  /** 1 for each unseen row of another class that is taken for the target once it bears the trigger; empty without one. */
  double[] opened() {
    return opened;
  }

  static CorrectiveAnswers of(Network network, Manipulated spoilt) {
    UnlearningDataset data = spoilt.data();
    network.requireFit(data);
    Rows unseen = data.unseen();
    if (unseen.isEmpty()) {
      throw new IllegalArgumentException(
          "split \"unseen\" must have rows to see what was corrected on, but has none: add some with"
              + " withUnseen or hold some out before the rows are spoilt");
    }
    int[] labels = unseen.labels();
    Manipulation how = spoilt.rows().manipulation();
    if (how instanceof PoisonTrigger trigger) {
      try (UnlearningDataset stamped = trigger.stamp(data, unseen)) {
        int[] said = network.predict(stamped.unseen());
        double[] opened =
            IntStream.range(0, labels.length)
                .filter(i -> labels[i] != trigger.target())
                .mapToDouble(i -> said[i] == trigger.target() ? 1 : 0)
                .toArray();
        return new CorrectiveAnswers(
            Differences.right(said, labels), right(network, unseen), opened);
      }
    }
    if (how instanceof InterclassConfusion confusion) {
      Rows others = unseen.ofOtherClasses(Set.of(confusion.first(), confusion.second()));
      return new CorrectiveAnswers(
          right(network, confusion.affected(unseen)), right(network, others), new double[0]);
    }
    int[] before = spoilt.rows().rows().stream().mapToInt(ManipulatedRows.Row::label).toArray();
    return new CorrectiveAnswers(
        Differences.right(network.predict(data.withIds(spoilt.rows().ids())), before),
        right(network, unseen),
        new double[0]);
  }

  private static double[] right(Network network, Rows rows) {
    return Differences.right(network.predict(rows), rows.labels());
  }
}
