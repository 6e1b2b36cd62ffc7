package org.erasus.eval.metrics;

import java.util.Map;

/**
 * Share of the retain rows D_r whose most likely class is theirs: what is kept must still work.
 *
 * <p>All rows count; the interval is Wilson's.
 */
public record RetainAccuracy() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return Accuracies.measure("retain-accuracy", evidence.network().retain(), evidence);
  }
}
