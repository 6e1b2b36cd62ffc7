package org.erasus.eval.metrics;

import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Check;
import org.erasus.Seeds;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.eval.stats.Interval;

/**
 * What a metric may look at: one network, and what it is compared with.
 *
 * @param network the network to judge
 * @param references networks trained without the forget rows; the network itself is not among them
 * @param original the network before unlearning
 * @param incompetent outputs of networks with random weights on the forget rows, one a draw
 * @param bootstrap how intervals over rows are made
 * @param seed of their draws
 */
public record Evidence(
    NetworkOutputs network,
    List<NetworkOutputs> references,
    NetworkOutputs original,
    List<ScoredRows> incompetent,
    Bootstrap bootstrap,
    long seed) {
  /** Copies the lists and checks that all networks tell the same classes apart. */
  public Evidence {
    references = List.copyOf(references);
    incompetent = List.copyOf(incompetent);
    int classes = network.forget().classes();
    references.forEach(r -> same(classes, r.forget(), "reference \"" + r.name() + "\""));
    same(classes, original.forget(), "the original");
    incompetent.forEach(rows -> same(classes, rows, "a network of random weights"));
  }

  private static void same(int classes, ScoredRows theirs, String whose) {
    if (theirs.classes() != classes) {
      throw new IllegalArgumentException(
          "split \"forget\": all networks must tell the same classes apart, but the network has "
              + classes
              + " and "
              + whose
              + " has "
              + theirs.classes());
    }
  }

  /** The level of all intervals. */
  public double level() {
    return bootstrap.level();
  }

  /**
   * Bounds a mean over rows by the bootstrap (BCa).
   *
   * @param values one a row, at least 2
   * @param metric each metric draws from a stream of its own
   */
  public Interval meanOverRows(double[] values, String metric) {
    Check.atLeast(2, values.length, "number of rows of " + metric);
    SplittableRandom random = new Seeds(seed).stream("bootstrap-" + metric);
    return bootstrap.bca(
        values.length,
        rows -> {
          double sum = 0;
          for (int row : rows) {
            sum += values[row];
          }
          return sum / rows.length;
        },
        random);
  }
}
