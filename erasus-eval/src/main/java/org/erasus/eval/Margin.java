package org.erasus.eval;

import java.util.List;
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
 * <p>The errors are taken out of the spread: few rows must not buy a wider margin.
 *
 * @param gate its name
 * @param value in force
 * @param protocol the protocol's own
 * @param spread typical difference between two retrained networks, with two or more references
 */
public record Margin(String gate, double value, double protocol, Optional<Double> spread) {
  static Margin of(Gate gate, List<NetworkOutputs> references, double factor) {
    if (references.size() < 2) {
      return new Margin(gate.name(), gate.margin(), gate.margin(), Optional.empty());
    }
    double excess = 0;
    int pairs = 0;
    for (int i = 0; i < references.size(); i++) {
      for (int j = i + 1; j < references.size(); j++) {
        Estimate d = gate.difference(references.get(i), List.of(references.get(j)));
        excess += d.value() * d.value() - d.standardError() * d.standardError();
        pairs++;
      }
    }
    double spread = Math.sqrt(Math.max(0, excess / pairs));
    return new Margin(
        gate.name(), Math.max(gate.margin(), factor * spread), gate.margin(), Optional.of(spread));
  }

  /** Whether the references' spread is wider than the protocol's margin allows for. */
  public boolean isWidened() {
    return value > protocol;
  }
}
