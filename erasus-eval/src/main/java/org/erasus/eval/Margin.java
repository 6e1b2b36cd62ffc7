package org.erasus.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Estimate;

/**
 * The largest harmless difference of a gate, and where it comes from.
 *
 * <pre>{@code
 * spread² = mean over pairs of references of (d² − standardError²)        0 when negative
 * value   = max(protocol, factor · spread)
 * }</pre>
 *
 * <p>The errors are taken out of the spread: few rows must not buy a wider margin. Nor must references that disagree buy leave
 * to lose use: a gate of utility whose margin is more than twice the protocol's never shows that a difference is harmless.
 *
 * @param gate its name
 * @param value in force
 * @param protocol the protocol's own
 * @param spread typical difference between two retrained networks, with two or more references
 */
public record Margin(String gate, double value, double protocol, Optional<Double> spread) {
  /** What a margin of a gate of utility may grow to, in margins of the protocol. */
  private static final double MOST = 2;

  static Margin of(Gate gate, List<NetworkOutputs> references, double factor) {
    if (references.size() < 2) {
      return new Margin(gate.name(), gate.margin(), gate.margin(), Optional.empty());
    }
    List<Estimate> pairs = new ArrayList<>();
    for (int i = 0; i < references.size(); i++) {
      for (int j = i + 1; j < references.size(); j++) {
        pairs.add(gate.difference(references.get(i), List.of(references.get(j))));
      }
    }
    double spread = Estimate.spread(pairs);
    return new Margin(
        gate.name(), Math.max(gate.margin(), factor * spread), gate.margin(), Optional.of(spread));
  }

  /** Whether the references' spread is wider than the protocol's margin allows for. */
  public boolean isWidened() {
    return value > protocol;
  }

  /** Why the gate cannot show that a difference is harmless, when it cannot. */
  Optional<String> doubt(Gate.Aim aim) {
    return aim == Gate.Aim.UTILITY && value > MOST * protocol
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "the references disagree, by %.3f, so that what does no harm would be more than twice the protocol's"
                    + " %.3f; compare with networks that were retrained alike, and long enough",
                spread.orElseThrow(),
                protocol))
        : Optional.empty();
  }

  /** What a reader must know of a margin that is not the protocol's. */
  Optional<String> warning(Gate.Aim aim) {
    return isWidened()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "gate %s: the retrained networks differ among themselves by %.3f, so the margin is %.3f, where the"
                    + " protocol has %.3f%s",
                gate,
                spread.orElseThrow(),
                value,
                protocol,
                doubt(aim).isPresent() ? "; too wide to show that no use was lost" : ""))
        : Optional.empty();
  }
}
