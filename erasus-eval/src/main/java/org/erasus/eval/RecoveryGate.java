package org.erasus.eval;

import java.util.List;
import org.erasus.Check;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.recovery.RowRecovery;
import org.erasus.eval.stats.Estimate;

/**
 * Compares how far the forget rows come back to networks under the same attempt: catches those that hide the rows, whatever
 * they answer.
 *
 * @param name in kebab case
 * @param margin above 0
 * @param how the rows are told, in words
 * @param recovery the attempt
 */
public record RecoveryGate(String name, double margin, String how, RowRecovery recovery)
    implements Gate {
  /** Checks the range. */
  public RecoveryGate {
    Check.positive(margin, "margin");
  }

  @Override
  public Aim aim() {
    return Aim.FORGETTING;
  }

  @Override
  public String rows() {
    return "forget rows, " + how;
  }

  @Override
  public long count(NetworkOutputs network) {
    return network.forget().size();
  }

  @Override
  public Estimate difference(NetworkOutputs network, List<NetworkOutputs> references) {
    return Differences.ofRows(known(network), references.stream().map(this::known).toList());
  }

  private double[] known(NetworkOutputs network) {
    List<Double> known = network.recovered().get(name);
    if (known == null) {
      throw new IllegalArgumentException(
          "gate \"" + name + "\" was not tried on network \"" + network.name() + "\"");
    }
    return known.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
