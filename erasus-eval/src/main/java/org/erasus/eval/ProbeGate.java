package org.erasus.eval;

import java.util.List;
import org.erasus.Check;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.recovery.LinearProbe;
import org.erasus.eval.stats.Estimate;

/**
 * Compares what a new last layer on the frozen features knows of the forget rows: catches networks that forget in their last
 * layer or at their output only, whatever they answer.
 *
 * @param name in kebab case
 * @param margin above 0
 * @param probe how the new layer is fitted
 */
public record ProbeGate(String name, double margin, LinearProbe probe) implements Gate {
  /** Checks the range. */
  public ProbeGate {
    Check.positive(margin, "margin");
  }

  @Override
  public Aim aim() {
    return Aim.FORGETTING;
  }

  @Override
  public String rows() {
    return "forget rows, told by a new last layer";
  }

  @Override
  public long count(NetworkOutputs network) {
    return network.forget().size();
  }

  @Override
  public Estimate difference(NetworkOutputs network, List<NetworkOutputs> references) {
    return Differences.ofRows(known(network), references.stream().map(ProbeGate::known).toList());
  }

  private static double[] known(NetworkOutputs network) {
    return network
        .probed()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "the features of network \"" + network.name() + "\" were not probed"))
        .stream()
        .mapToDouble(Double::doubleValue)
        .toArray();
  }
}
