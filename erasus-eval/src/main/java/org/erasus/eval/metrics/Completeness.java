package org.erasus.eval.metrics;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Proportions;

/**
 * Share of the forget rows on which a network and a retrained one choose the same class, 1 when they always agree.
 *
 * <pre>{@code
 * mean over D_f of [argmax p = argmax p*]
 * }</pre>
 *
 * <p>Two retrained networks do not agree everywhere either: compare with theirs. The interval is Wilson's; with several
 * retrained networks a row counts its mean over them, and the interval is a bootstrap over rows.
 *
 * @see <a href="https://doi.org/10.1109/SP.2015.35">Cao and Yang, 2015</a>
 */
public record Completeness() implements Metric {
  private static final String NAME = "completeness";

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    List<NetworkOutputs> references = evidence.references();
    if (references.size() != 1) {
      return RowComparison.measure(NAME, evidence, (p, q) -> p.top() == q.top() ? 1 : 0);
    }
    ScoredRows mine = evidence.network().forget();
    ScoredRows theirs = references.get(0).forget();
    long agreed =
        IntStream.range(0, mine.size())
            .filter(i -> mine.prediction(i).top() == theirs.prediction(i).top())
            .count();
    return Map.of(
        NAME, new Measure.Estimated(Proportions.wilson(agreed, mine.size(), evidence.level())));
  }
}
