package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Interval;

/**
 * AUS, adaptive unlearning score: what a network is still of use, divided by what it still knows.
 *
 * <pre>{@code
 * AUS = (1 − (A_original − A)) / (1 + Δ)                A accuracy on unseen rows of the kept classes
 * Δ   = accuracy on unseen rows of the forgotten classes        when no row of them is kept
 *       |accuracy on D_f − A|                                   otherwise
 * }</pre>
 *
 * <p>As its authors' code has it, class removal and homogeneous removal. It holds a network that is right about fewer forget
 * rows than unseen ones for as bad as one that is right about more, and 0 for the right accuracy on a forgotten class;
 * compare with the retrained network's. Above 1 when the network became better. The interval joins those of the parts, each
 * at level 1 − α/2 or 1 − α/3 (Bonferroni).
 *
 * @see <a href="https://arxiv.org/abs/2312.02052">Cotogni et al., 2023</a>
 */
public record Aus() implements Metric {
  private static final String METHOD = "joined-bonferroni";

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    NetworkOutputs network = evidence.network();
    boolean wholeClasses = !anyShared(network.forget(), network.retain());
    double each = 1 - (1 - evidence.level()) / (wholeClasses ? 2 : 3);
    Interval change = change(evidence, each);
    Interval known =
        wholeClasses
            ? Accuracies.of(network.unseenOfForgetClasses(), each)
            : distance(
                Accuracies.of(network.forget(), each),
                Accuracies.of(network.unseenOfRetainClasses(), each));
    return Map.of(
        "aus",
        new Measure.Estimated(
            new Interval(
                (1 + change.low()) / (1 + known.high()),
                (1 + change.estimate()) / (1 + known.estimate()),
                (1 + change.high()) / (1 + known.low()),
                evidence.level(),
                METHOD)));
  }

  /** A − A_original, row by row. */
  private static Interval change(Evidence evidence, double level) {
    double[] mine = evidence.network().unseenOfRetainClasses().map(Differences::correct);
    double[] before = evidence.original().unseenOfRetainClasses().map(Differences::correct);
    double mean =
        Arrays.stream(mine).average().orElseThrow() - Arrays.stream(before).average().orElseThrow();
    Interval paired =
        Differences.ofMean(
                evidence.network(),
                List.of(evidence.original()),
                NetworkOutputs::unseenOfRetainClasses,
                Differences::correct)
            .interval(level, METHOD);
    return new Interval(
        Math.max(-1, Math.min(paired.low(), mean)),
        mean,
        Math.max(paired.high(), mean),
        level,
        METHOD);
  }

  /** |a − b|; the smallest is 0 where the intervals meet. */
  private static Interval distance(Interval a, Interval b) {
    double low = Math.max(0, Math.max(a.low() - b.high(), b.low() - a.high()));
    double high = Math.max(a.high() - b.low(), b.high() - a.low());
    return new Interval(low, Math.abs(a.estimate() - b.estimate()), high, a.level(), METHOD);
  }

  private static boolean anyShared(ScoredRows forget, ScoredRows retain) {
    boolean[] kept = new boolean[retain.classes()];
    for (int i = 0; i < retain.size(); i++) {
      kept[retain.prediction(i).label()] = true;
    }
    return IntStream.range(0, forget.size()).anyMatch(i -> kept[forget.prediction(i).label()]);
  }
}
