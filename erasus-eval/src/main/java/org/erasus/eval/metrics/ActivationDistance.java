package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.attacks.Prediction;

/**
 * How far the probabilities of forget rows are from a retrained network's.
 *
 * <pre>{@code
 * mean over D_f of ‖p − p*‖₂                             p* retrained, p this network; in [0, √2]
 * }</pre>
 *
 * <p>With several retrained networks a row counts its mean over them. The interval is a bootstrap over rows.
 */
public record ActivationDistance() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return RowComparison.measure("activation-distance", evidence, ActivationDistance::distance);
  }

  private static double distance(Prediction p, Prediction q) {
    double squares = 0;
    for (int c = 0; c < p.classes(); c++) {
      double d = Math.exp(p.logProbability(c)) - Math.exp(q.logProbability(c));
      squares += d * d;
    }
    return Math.sqrt(squares);
  }
}
