package org.erasus.eval.experiments;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.eval.Verdict;

/**
 * What one run of an experiment came to.
 *
 * @param experiment its name
 * @param settings fingerprint of everything that decides the result: data, network, settings and protocol, but not the name or the
 *     number of runs
 * @param seed of the run
 * @param verdict on the unlearned network
 * @param metrics by name: those of the benchmark that are single numbers or estimates, and {@code auc-} of each attack
 * @param finished when
 */
public record ExperimentResult(
    String experiment,
    String settings,
    long seed,
    Verdict.Outcome verdict,
    Map<String, Double> metrics,
    Instant finished) {
  /** Copies the map. */
  public ExperimentResult {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
  }
}
