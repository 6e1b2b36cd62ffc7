package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.attacks.Prediction;

/**
 * How different the predictions on forget rows are from a retrained network's, 0 when they are the same.
 *
 * <pre>{@code
 * mean over D_f of Σ_c p*_c (log p*_c − log p_c)        p* retrained, p this network; natural log, in nats
 * }</pre>
 *
 * <p>With several retrained networks a row counts its mean over them. The interval is a bootstrap over rows.
 */
public record KlToRetrain() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return RowComparison.measure(
        "kl-to-retrain", evidence, (mine, theirs) -> divergence(theirs, mine));
  }

  /** KL(p‖q). */
  static double divergence(Prediction p, Prediction q) {
    double sum = 0;
    for (int c = 0; c < p.classes(); c++) {
      double log = p.logProbability(c);
      sum += Math.exp(log) * (log - q.logProbability(c));
    }
    // Rounding may leave a tiny negative number where the two agree.
    return Math.max(0, sum);
  }
}
