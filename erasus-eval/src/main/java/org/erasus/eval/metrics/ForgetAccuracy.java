package org.erasus.eval.metrics;

import java.util.Map;

/**
 * Share of the forget rows D_f whose most likely class is theirs: compare it with the retrained network's, which is not 0 for rows of classes that are kept.
 *
 * <p>All rows count; the interval is Wilson's.
 */
public record ForgetAccuracy() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return Accuracies.measure("forget-accuracy", evidence.network().forget(), evidence);
  }
}
