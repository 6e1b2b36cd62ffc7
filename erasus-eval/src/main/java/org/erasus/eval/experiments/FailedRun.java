package org.erasus.eval.experiments;

import java.time.Instant;

/**
 * A run of an experiment that came to nothing.
 *
 * @param experiment its name
 * @param settings fingerprint, as in {@link ExperimentResult}
 * @param seed of the run
 * @param message of the failure
 * @param failed when
 */
public record FailedRun(
    String experiment, String settings, long seed, String message, Instant failed) {}
