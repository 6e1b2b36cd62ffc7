package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.attacks.Prediction;
import org.erasus.eval.attacks.ScoredRows;

/**
 * ZRF, zero-retrain forgetting: how close the predictions on forget rows are to those of networks that never learned
 * anything.
 *
 * <pre>{@code
 * JS(p, q) = ½ KL(p‖m) + ½ KL(q‖m),   m = (p + q)/2                  natural log, from 0 to log 2
 * zrf      = 1 − mean over D_f of JS(p, q) / log 2                   q random weights; in [0, 1]
 * }</pre>
 *
 * <p>1 means as ignorant as random weights, which is not the goal: compare it with the retrained network's. Unlike the
 * paper it is divided by log 2, to fill [0, 1], and averaged over several random networks. The interval is over rows.
 *
 * @param form the paper's text or its authors' code
 * @see <a href="https://arxiv.org/abs/2205.08096">Chundawat et al., 2023</a>
 */
public record Zrf(Form form) implements Metric {
  /** Normalised to [0, 1]. */
  public static final Zrf DEFAULTS = new Zrf(Form.NORMALISED);

  /** Which formula. */
  public enum Form {
    /** As above. */
    NORMALISED,
    /** As the authors' code: both divergences reversed, KL(m‖p), and divided by the number of classes. */
    AS_PUBLISHED
  }

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    String name = form == Form.NORMALISED ? "zrf" : "zrf-as-published";
    if (evidence.incompetent().isEmpty()) {
      return Map.of(name, new Measure.Unavailable("no network of random weights was drawn"));
    }
    ScoredRows mine = evidence.network().forget();
    double[] rows = new double[mine.size()];
    for (ScoredRows random : evidence.incompetent()) {
      for (int i = 0; i < rows.length; i++) {
        rows[i] += score(mine.prediction(i), random.prediction(i)) / evidence.incompetent().size();
      }
    }
    return Map.of(name, new Measure.Estimated(evidence.meanOverRows(rows, name)));
  }

  private double score(Prediction p, Prediction q) {
    if (form == Form.NORMALISED) {
      return 1 - JsToRetrain.divergence(p, q);
    }
    double sum = 0;
    for (int c = 0; c < p.classes(); c++) {
      double logP = p.logProbability(c);
      double logQ = q.logProbability(c);
      double logM = JsToRetrain.logMean(logP, logQ);
      sum += Math.exp(logM) * (2 * logM - logP - logQ);
    }
    return 1 - sum / 2 / p.classes();
  }
}
