package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.eval.metrics.Differences;

/**
 * A test that changes the weights at once and looks at D_f: each strength acts on a fresh copy.
 *
 * @param name of the test
 * @param unit of the strengths
 * @param strengths in the order of reports, all different
 */
record Treatment(String name, String unit, List<Double> strengths) {
  Treatment {
    if (new HashSet<>(strengths).size() < strengths.size()) {
      throw new IllegalArgumentException(
          "strengths of " + name + " must differ, but were " + strengths);
    }
  }

  /** Changes a network in place. */
  @FunctionalInterface
  interface Act {
    void on(Network network, double strength);
  }

  /** Changes the parameters θ, of which the tensors are those to be changed. */
  @FunctionalInterface
  interface Edit {
    void of(float[] parameters, List<WeightLayout.Tensor> tensors);
  }

  RecoveryReport run(RecoveryCase networks, Act act) {
    networks.require(name);
    List<Double> at = new ArrayList<>(List.of(0.0));
    at.addAll(strengths);
    List<Traces.Trace> traces = new ArrayList<>();
    networks
        .networks()
        .forEach(
            (name, network) -> traces.add(trace(name, network, networks.data().forget(), act)));
    return new Traces(at, unit, networks.margin().orElse(RecoveryCase.MARGIN), networks.level())
        .judge(name, networks, traces);
  }

  private Traces.Trace trace(String network, Network before, Rows rows, Act act) {
    List<double[]> known = new ArrayList<>(List.of(known(before, rows)));
    for (double strength : strengths) {
      try (Network copy = before.copy()) {
        act.on(copy, strength);
        known.add(known(copy, rows));
      }
    }
    return new Traces.Trace(network, known, Map.of());
  }

  /** 1 for each row answered right, 0 for the others. */
  static double[] known(Network network, Rows rows) {
    return Differences.right(network.predict(rows), rows.labels());
  }

  /** Edits the trainable tensors of two or more dimensions: weights, not biases or normalisation. */
  static void edit(Network network, Edit edit) {
    List<WeightLayout.Tensor> tensors =
        network.layout().trainable().stream().filter(t -> t.shape().dimension() >= 2).toList();
    try (Weights before = network.weights()) {
      float[] values = before.toFloats();
      edit.of(values, tensors);
      try (Weights after =
          Weights.of(network.layout(), values, before.statistics().toFloatArray())) {
        network.restore(after);
      }
    }
  }
}
