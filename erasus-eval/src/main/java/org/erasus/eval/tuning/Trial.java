package org.erasus.eval.tuning;

import java.util.List;
import java.util.Optional;
import org.erasus.UnlearningStrategy;

/**
 * Settings that were tried, and what became of each run.
 *
 * @param strategy the settings
 * @param runs in order, one or more
 */
public record Trial(UnlearningStrategy strategy, List<Run> runs) {
  /** Copies the list. */
  public Trial {
    runs = List.copyOf(runs);
  }

  /**
   * One run.
   *
   * @param request its number among the requests of the search, from 0
   * @param seed of the run
   * @param behaviour of the result; absent when the run failed
   * @param gap to the retrained network, from 0 to 1; absent when the run failed
   * @param failure what was said when it diverged, or what came of it says something that is not finite
   * @param seconds it took
   */
  public record Run(
      int request,
      long seed,
      Optional<Behaviour> behaviour,
      Optional<Double> gap,
      Optional<String> failure,
      double seconds) {}

  /** The mean gap over the runs; infinite when one of them failed. */
  public double gap() {
    return runs.stream()
        .mapToDouble(run -> run.gap().orElse(Double.POSITIVE_INFINITY))
        .average()
        .orElse(Double.POSITIVE_INFINITY);
  }
}
