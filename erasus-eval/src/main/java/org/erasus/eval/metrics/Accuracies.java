package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.Map;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Proportions;

/** Shares of right answers, shared by the three accuracies. */
final class Accuracies {
  private Accuracies() {}

  static Interval of(ScoredRows rows, double level) {
    long right = Math.round(Arrays.stream(rows.map(Differences::correct)).sum());
    return Proportions.wilson(right, rows.size(), level);
  }

  static Map<String, Measure> measure(String name, ScoredRows rows, Evidence evidence) {
    return Map.of(name, new Measure.Estimated(of(rows, evidence.level())));
  }
}
