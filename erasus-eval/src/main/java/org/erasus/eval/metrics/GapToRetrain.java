package org.erasus.eval.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.Interval;

/**
 * How far a network is from retraining in the four usual numbers, and in one product.
 *
 * <pre>{@code
 * gap-to-retrain = (|ΔUA| + |ΔRA| + |ΔTA| + |ΔMIA|) / 4          Δ = network − mean of the retrained networks
 * tug-of-war     = (1 − |ΔFA|)(1 − |ΔRA|)(1 − |ΔTA|)             1 is best
 * }</pre>
 *
 * <p>UA = 1 − forget accuracy. Unlike the papers, MIA is the AUC of the loss attack on forget against unseen rows, so no
 * row that was trained on poses as a non-member. The differences are taken row by row; the interval joins theirs, each at
 * level 1 − α/4 (Bonferroni), and is wide rather than wrong.
 *
 * @see <a href="https://arxiv.org/abs/2310.12508">Fan et al., 2024, on the average gap</a>
 * @see <a href="https://arxiv.org/abs/2406.01257">Zhao et al., 2024, on the tug of war</a>
 */
public record GapToRetrain() implements Metric {
  private static final String METHOD = "joined-bonferroni";

  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    Map<String, Measure> found = new LinkedHashMap<>();
    if (evidence.references().isEmpty()) {
      Measure none = new Measure.Unavailable("there is no other retrained network");
      found.put("gap-to-retrain", none);
      found.put("tug-of-war", none);
      return found;
    }
    NetworkOutputs network = evidence.network();
    List<NetworkOutputs> references = evidence.references();
    List<Interval> gaps =
        List.of(
            gap(
                Differences.ofMean(
                    network, references, NetworkOutputs::forget, Differences::correct),
                evidence),
            gap(
                Differences.ofMean(
                    network, references, NetworkOutputs::retain, Differences::correct),
                evidence),
            gap(
                Differences.ofMean(
                    network,
                    references,
                    NetworkOutputs::unseenOfRetainClasses,
                    Differences::correct),
                evidence),
            gap(Differences.ofAuc(network, references, ThresholdAttacks.LOSS), evidence));
    found.put("gap-to-retrain", new Measure.Estimated(mean(gaps, evidence.level())));
    found.put("tug-of-war", new Measure.Estimated(product(gaps.subList(0, 3), evidence.level())));
    return found;
  }

  /** |Δ|; the smallest is 0 when the interval of Δ holds 0. */
  private static Interval gap(Estimate difference, Evidence evidence) {
    double level = 1 - (1 - evidence.level()) / 4;
    Interval d = difference.interval(level, METHOD);
    double low = d.contains(0) ? 0 : Math.min(Math.abs(d.low()), Math.abs(d.high()));
    double high = Math.min(1, Math.max(Math.abs(d.low()), Math.abs(d.high())));
    return new Interval(low, Math.abs(d.estimate()), high, level, METHOD);
  }

  private static Interval mean(List<Interval> gaps, double level) {
    double low = 0;
    double middle = 0;
    double high = 0;
    for (Interval gap : gaps) {
      low += gap.low() / gaps.size();
      middle += gap.estimate() / gaps.size();
      high += gap.high() / gaps.size();
    }
    return new Interval(low, middle, high, level, METHOD);
  }

  private static Interval product(List<Interval> gaps, double level) {
    double low = 1;
    double middle = 1;
    double high = 1;
    for (Interval gap : gaps) {
      low *= 1 - gap.high();
      middle *= 1 - gap.estimate();
      high *= 1 - gap.low();
    }
    return new Interval(low, middle, high, level, METHOD);
  }
}
