package org.erasus.eval.metrics;

import java.util.Map;

/**
 * Share of the unseen rows D_u of the classes that are kept whose most likely class is theirs: for a forgotten class a right answer would be no merit.
 *
 * <p>All rows count; the interval is Wilson's.
 */
public record TestAccuracy() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return Accuracies.measure(
        "test-accuracy", evidence.network().unseenOfRetainClasses(), evidence);
  }
}
