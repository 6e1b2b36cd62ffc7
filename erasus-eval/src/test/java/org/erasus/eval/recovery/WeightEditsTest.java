package org.erasus.eval.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.number;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.erasus.Network;
import org.erasus.Weights;
import org.erasus.eval.Golden;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WeightEditsTest {
  static List<JsonNode> quantised() {
    return cases("quantised");
  }

  static List<JsonNode> pruned() {
    return cases("pruned");
  }

  private static List<JsonNode> cases(String what) {
    return StreamSupport.stream(Golden.cases("recovery").get(what).spliterator(), false).toList();
  }

  private static float[] floats(JsonNode c, String field) {
    double[] values = array(c, field);
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i] + 0f; // a mask leaves −0 of a negative weight
    }
    return floats;
  }

  @ParameterizedTest
  @MethodSource("quantised")
  void roundedWeightsAreThoseOfPyTorch(JsonNode c) {
    int bits = (int) number(c, "bits");
    float[] whole = floats(c, "weights");
    Quantise.round(whole, 0, 15, bits);
    float[] rows = floats(c, "weights");
    for (int row = 0; row < 3; row++) {
      Quantise.round(rows, 5 * row, 5, bits);
    }

    assertThat(whole).containsExactly(floats(c, "perTensor"), within(1e-6f));
    assertThat(rows).containsExactly(floats(c, "perChannel"), within(1e-6f));
  }

  @ParameterizedTest
  @MethodSource("pruned")
  void prunedWeightsAreThoseOfPyTorch(JsonNode c) {
    double share = number(c, "share");
    int first = (int) number(c, "first");
    float[] all = floats(c, "weights");
    Prune.zero(all, IntStream.range(0, all.length).toArray(), share);
    float[] layers = floats(c, "weights");
    Prune.zero(layers, IntStream.range(0, first).toArray(), share);
    Prune.zero(layers, IntStream.range(first, layers.length).toArray(), share);

    assertThat(all).containsExactly(floats(c, "global"));
    assertThat(layers).containsExactly(floats(c, "perTensor"));
  }

  /** Three bits: a step is 0.9 / 3 = 0.3; −0.5 is 1⅔ steps, 0.1 a third of one. */
  @Test
  void threeBitsAreDoneByHand() {
    float[] values = {5, 0.9f, -0.5f, 0.1f, 5};
    Quantise.round(values, 1, 3, 3);

    assertThat(values).containsExactly(new float[] {5, 0.9f, -0.6f, 0, 5}, within(1e-7f));
    float[] zeros = new float[2];
    Quantise.round(zeros, 0, 2, 3);
    assertThat(zeros).containsExactly(0, 0);
  }

  @Test
  void ofEqualsTheFirstGoes() {
    float[] values = {2, -1, 1, 1, 3};
    Prune.zero(values, new int[] {0, 1, 2, 3, 4}, 0.4);
    assertThat(values).containsExactly(2, 0, 0, 1, 3);
  }

  /** Of a network, weights are edited and biases are not; each output unit has a scale of its own. */
  @Test
  void biasesStay() {
    try (Network network =
        Network.of(new Sequential().add("head", new Linear(2)), new Shape(2), 1)) {
      set(network, 1, 0.3f, 100, 30, 0.01f, 0.02f);
      Quantise.DEFAULTS.apply(network, 2);
      assertThat(get(network)).containsExactly(1, 0, 100, 0, 0.01f, 0.02f);

      set(network, 1, 0.3f, 100, 30, 0.01f, 0.02f);
      Quantise.DEFAULTS.withGranularity(Quantise.Granularity.PER_TENSOR).apply(network, 2);
      assertThat(get(network)).containsExactly(0, 0, 100, 0, 0.01f, 0.02f);

      set(network, 1, 0.3f, 100, 30, 0.01f, 0.02f);
      Prune.DEFAULTS.apply(network, 0.5);
      assertThat(get(network)).containsExactly(0, 0, 100, 30, 0.01f, 0.02f);
    }
  }

  @Test
  void scopesDifferOverLayers() {
    Sequential layers = new Sequential().add("a", new Linear(1)).add("b", new Linear(2));
    try (Network network = Network.of(layers, new Shape(2), 1)) {
      set(network, 1, 2, 5, 10, 20, 6, 7);
      Prune.DEFAULTS.apply(network, 0.5);
      assertThat(get(network)).containsExactly(0, 0, 5, 10, 20, 6, 7);

      set(network, 1, 2, 5, 10, 20, 6, 7);
      Prune.DEFAULTS.withScope(Prune.Scope.PER_TENSOR).apply(network, 0.5);
      assertThat(get(network)).containsExactly(0, 2, 5, 0, 20, 6, 7);
    }
  }

  static void set(Network network, float... parameters) {
    try (Weights weights = Weights.of(network.layout(), parameters, new float[0])) {
      network.restore(weights);
    }
  }

  private static float[] get(Network network) {
    try (Weights weights = network.weights()) {
      return weights.toFloats();
    }
  }

  @Test
  void rangesAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantise.DEFAULTS.withBits(List.of(1)))
        .withMessageContaining("bits must be in [2.0, 16.0], but was 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Prune.DEFAULTS.withShares(List.of(0.5, 1.0)))
        .withMessageContaining("share must be in (0.0, 1.0), but was 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Prune.DEFAULTS.withShares(List.of()))
        .withMessageContaining("number of shares must be at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Treatment("prune", "share", List.of(0.5, 0.5)))
        .withMessageContaining("strengths of prune must differ");
  }
}
