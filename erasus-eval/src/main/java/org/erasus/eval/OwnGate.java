package org.erasus.eval;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Equivalence;
import org.erasus.eval.stats.Estimate;

/**
 * A gate asked without a retrained network: the network's forget rows are compared with its own unseen rows, and its use with
 * that of the original, which is the only reference it is given.
 *
 * @param gate of the protocol
 * @param against what the difference is taken from
 * @param rows which rows it is measured on
 * @param measure the difference
 */
record OwnGate(
    Gate gate,
    String against,
    String rows,
    BiFunction<NetworkOutputs, List<NetworkOutputs>, Estimate> measure)
    implements Gate {
  static OwnGate ofUse(Gate gate) {
    return new OwnGate(gate, "the original", gate.rows(), gate::difference);
  }

  static OwnGate ofForgetting(Gate gate, Function<NetworkOutputs, Estimate> toUnseen) {
    return new OwnGate(
        gate,
        "unseen rows",
        "forget rows, with unseen rows in proportion",
        (network, original) -> toUnseen.apply(network));
  }

  @Override
  public String name() {
    return gate.name();
  }

  @Override
  public Aim aim() {
    return gate.aim();
  }

  @Override
  public double margin() {
    return gate.margin();
  }

  @Override
  public long count(NetworkOutputs network) {
    return gate.count(network);
  }

  @Override
  public Estimate difference(NetworkOutputs network, List<NetworkOutputs> references) {
    return measure.apply(network, references);
  }

  @Override
  public Equivalence test(Estimate difference, double allowed, double alpha) {
    return gate.test(difference, allowed, alpha);
  }
}
