package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.ScoredRows;

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
    if (evidence.references().isEmpty()) {
      return Map.of(
          "kl-to-retrain", new Measure.Unavailable("there is no other retrained network"));
    }
    ScoredRows mine = evidence.network().forget();
    double[] rows = new double[mine.size()];
    for (NetworkOutputs reference : evidence.references()) {
      ScoredRows theirs = reference.forget();
      for (int i = 0; i < rows.length; i++) {
        rows[i] += divergence(theirs.prediction(i), mine.prediction(i));
      }
    }
    for (int i = 0; i < rows.length; i++) {
      rows[i] /= evidence.references().size();
    }
    return Map.of(
        "kl-to-retrain", new Measure.Estimated(evidence.meanOverRows(rows, "kl-to-retrain")));
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
