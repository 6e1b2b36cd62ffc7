package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.attacks.Prediction;

/**
 * How different the predictions on forget rows are from a retrained network's, from 0, the same, to 1, sure of different
 * classes.
 *
 * <pre>{@code
 * JS(p, q) = (½ KL(p‖m) + ½ KL(q‖m)) / log 2,   m = (p + q)/2             in [0, 1]
 * js-to-retrain = mean over D_f of JS(p, p*)                             p* retrained, p this network
 * }</pre>
 *
 * <p>With several retrained networks a row counts its mean over them. The interval is a bootstrap over rows.
 *
 * @see <a href="https://doi.org/10.1109/18.61115">Lin, 1991</a>
 */
public record JsToRetrain() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return RowComparison.measure("js-to-retrain", evidence, JsToRetrain::divergence);
  }

  static double divergence(Prediction p, Prediction q) {
    double sum = 0;
    for (int c = 0; c < p.classes(); c++) {
      double logP = p.logProbability(c);
      double logQ = q.logProbability(c);
      double logM = logMean(logP, logQ);
      sum += Math.exp(logP) * (logP - logM) + Math.exp(logQ) * (logQ - logM);
    }
    return Math.min(1, Math.max(0, sum / 2 / Math.log(2)));
  }

  /** log((p + q)/2) of a class. */
  static double logMean(double logP, double logQ) {
    double larger = Math.max(logP, logQ);
    return larger + Math.log((Math.exp(logP - larger) + Math.exp(logQ - larger)) / 2);
  }
}
