package org.erasus.eval.metrics;

import java.util.Map;

/**
 * Turns what networks said about rows into named numbers. Pure: equal evidence, equal numbers; no network is run.
 *
 * <p>A metric whose evidence is not there gives {@link Measure.Unavailable} with the reason.
 */
public interface Metric {
  /** Computes the numbers, named in kebab case, in the order of reports. */
  Map<String, Measure> measure(Evidence evidence);
}
