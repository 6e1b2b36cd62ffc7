package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.stats.Interval;

/**
 * UA, 1 − accuracy on the forget rows: compare it with the retrained network's, which is not 1 for rows of classes that are
 * kept.
 *
 * <p>All rows count; the interval is Wilson's.
 *
 * @see <a href="https://arxiv.org/abs/2310.12508">Fan et al., 2024</a>
 */
public record UnlearningAccuracy() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    Interval right = Accuracies.of(evidence.network().forget(), evidence.level());
    return Map.of(
        "unlearning-accuracy",
        new Measure.Estimated(
            new Interval(
                1 - right.high(),
                1 - right.estimate(),
                1 - right.low(),
                right.level(),
                right.method())));
  }
}
