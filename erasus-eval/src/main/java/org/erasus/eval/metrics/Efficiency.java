package org.erasus.eval.metrics;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What making a network took, and as a share of retraining; below 1 is a saving.
 *
 * <p>One run each, so without an interval. Rows forward and backward do not depend on the machine or on what else it did.
 */
public record Efficiency() implements Metric {
  private static final double NANOS = 1e9;

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    Optional<Cost> mine = evidence.network().cost();
    List<Cost> retraining = evidence.references().stream().flatMap(r -> r.cost().stream()).toList();
    Map<String, Measure> found = new LinkedHashMap<>();
    if (mine.isEmpty()) {
      Measure none = new Measure.Unavailable("no record says what this network took");
      for (String name :
          List.of("wall-seconds", "wall-ratio", "rows-forward-backward", "rows-ratio")) {
        found.put(name, none);
      }
      return found;
    }
    double wall = mine.get().wall().toNanos() / NANOS;
    double rows = mine.get().rowsForwardBackward();
    found.put("wall-seconds", new Measure.Single(wall));
    found.put(
        "wall-ratio",
        ratio(
            wall,
            retraining.stream().map(Cost::wall).mapToDouble(Duration::toNanos).average().orElse(0)
                / NANOS));
    found.put("rows-forward-backward", new Measure.Single(rows));
    found.put(
        "rows-ratio",
        ratio(rows, retraining.stream().mapToLong(Cost::rowsForwardBackward).average().orElse(0)));
    return found;
  }

  private static Measure ratio(double mine, double retraining) {
    return retraining > 0
        ? new Measure.Single(mine / retraining)
        : new Measure.Unavailable("no record says what retraining took");
  }
}
