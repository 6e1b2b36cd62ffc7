package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.eval.stats.Interval;

/**
 * NoMUS, normalised machine unlearning score: the mean of what a network is of use and of how little an attack can do.
 *
 * <pre>{@code
 * NoMUS = ½ accuracy on unseen rows + ½ (1 − 2 |MIA − ½|)                in [0, 1], 1 is best
 * }</pre>
 *
 * <p>As its authors' code ("Final Score") has it. MIA as in {@link Indiscernibility}; the unseen rows are those of the
 * classes that are kept. It asks for an attack that is blind, which a retrained network need not make it: compare with
 * theirs. The interval joins both parts', each at level 1 − α/2 (Bonferroni).
 *
 * @see <a href="https://arxiv.org/abs/2311.02240">Choi and Na, 2023</a>
 */
public record Nomus() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    double each = 1 - (1 - evidence.level()) / 2;
    return Map.of(
        "nomus",
        new Measure.Estimated(
            of(
                Accuracies.of(evidence.network().unseenOfRetainClasses(), each),
                Indiscernibility.of(evidence, each),
                evidence.level())));
  }

  static Interval of(Interval accuracy, Interval indiscernibility, double level) {
    return new Interval(
        (accuracy.low() + indiscernibility.low()) / 2,
        (accuracy.estimate() + indiscernibility.estimate()) / 2,
        (accuracy.high() + indiscernibility.high()) / 2,
        level,
        "joined-bonferroni");
  }
}
