package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.erasus.Combination.WeightedLogits;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Compute;
import org.erasus.nn.Linear;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks with something beside their weights: steering, a class more, low-rank adapters. */
class ExtendedNetworkTest {
  private static final Map<String, UnaryOperator<Network>> KINDS =
      Map.of(
          "steered", network -> network.steered("conv", new float[] {1, -2, 0, 3, 0, 1}),
          "steered near",
              network -> network.steered("bn", new float[] {1, -2, 0, 3, 0, 1}, new float[6], 0.5f),
          "widened", network -> network.widened(3),
          "adapted", network -> network.adapted(2, 0.5, 3));

  static Stream<String> kinds() {
    return KINDS.keySet().stream();
  }

  private static Network extend(String kind, Network network) {
    return KINDS.getOrDefault(kind, Network::copy).apply(network);
  }

  /** Rows for a network that may have a class more. */
  private static Rows rows(Network network, UnlearningDataset data) {
    return data.withClasses(network.classes()).rows();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isCopiedSavedAndLoaded(String kind, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1);
        Network other = Toys.convolution(2);
        Network extended = extend(kind, network);
        Network copy = extended.copy();
        Network base = copy.part("base");
        Network loaded = extend(kind, other)) {
      float[][] says = extended.logits(rows(extended, data));
      assertThat(copy.logits(rows(copy, data))).isDeepEqualTo(says);
      assertThat(StrategyContract.fingerprint(base))
          .isEqualTo(StrategyContract.fingerprint(network));
      extended.save(file);
      assertThat(loaded.logits(rows(loaded, data))).isNotEqualTo(says);
      loaded.load(file);
      assertThat(loaded.logits(rows(loaded, data))).isDeepEqualTo(says);
      assertThatThrownBy(() -> network.load(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("unexpected");
    }
  }

  /** Training moves what is trainable, running statistics too, and never what steers. */
  @ParameterizedTest
  @MethodSource("kinds")
  void isTrainedLikeAnyOther(String kind) {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1);
        Network extended = extend(kind, network);
        Weights before = extended.weights()) {
      UnlearningDataset rows = data.withClasses(extended.classes());
      double loss = Probe.of(extended, rows.trained()).meanLoss();
      Toys.train(extended, rows, 1);
      assertThat(Probe.of(extended, rows.trained()).meanLoss()).isLessThan(loss - 0.1);
      try (Weights after = extended.weights()) {
        for (WeightLayout.Tensor tensor : extended.layout().tensors()) {
          boolean same =
              java.util.Arrays.equals(after.values(tensor.name()), before.values(tensor.name()));
          assertThat(same).as(tensor.name()).isEqualTo(tensor.name().startsWith("steering."));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aFreshOneHasNewWeightsOfItsSeed(String kind) {
    try (Network network = Toys.convolution(1);
        Network extended = extend(kind, network);
        Network once = extended.fresh(5);
        Network again = extended.fresh(5)) {
      assertThat(StrategyContract.fingerprint(once))
          .isEqualTo(StrategyContract.fingerprint(again))
          .isNotEqualTo(StrategyContract.fingerprint(extended));
    }
  }

  /** In 32 bits where something is added in 32 bits, in half precision where the base could be, too. */
  @ParameterizedTest
  @MethodSource("kinds")
  void computesAsItsBaseDoes(String kind) {
    Compute fast = new Compute(Precision.BF16, MemoryLayout.CHANNELS_LAST);
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1)) {
      float[][] exact;
      try (Network extended = extend(kind, network)) {
        exact = extended.logits(rows(extended, data));
      }
      network.compute(fast);
      try (Network extended = extend(kind, network)) {
        boolean steered = kind.startsWith("steered");
        assertThat(extended.compute())
            .isEqualTo(steered ? fast.withPrecision(Precision.FP32) : fast);
        float[][] says = extended.logits(rows(extended, data));
        for (int i = 0; i < says.length; i++) {
          assertThat(says[i]).containsExactly(exact[i], within(steered ? 1e-5f : 0.05f));
        }
      }
    }
  }

  private static Network residual() {
    Sequential body =
        new Sequential().add(new Linear(9)).apply(Activation::relu).add(new Linear(9));
    return Network.of(
        new Sequential()
            .add("first", new Linear(9))
            .add("block", Residual.of(body))
            .apply(Activation::relu)
            .add("head", new Linear(3)),
        new Shape(Toys.WIDTH),
        1);
  }

  /** Beside what its base leaves, the logits: what the last layer took, the extra logit, and all logits. */
  @Test
  void aWidenedNetworkLeavesNoActivationsBehind() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = residual();
        Network wide = network.widened(3)) {
      assertThat(left(wide, data)).isEqualTo(left(network, data) + 3);
    }
  }

  /** Arrays that a pass leaves until its batch is closed. */
  private static int left(Network network, UnlearningDataset data) {
    try (Batch batch = rows(network, data).load(network.device());
        GradMode on = GradMode.on()) {
      int before = EngineRuntime.openArrays();
      network.forward(batch, Network.Mode.TRAIN, 0);
      return EngineRuntime.openArrays() - before;
    }
  }

  /** As with a pass that keeps everything. */
  @Test
  void whatAWidenedNetworkFreesIsNotMissedByItsGradient() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = residual();
        Network wide = network.widened(3);
        Batch batch = rows(wide, data).load(wide.device());
        GradMode on = GradMode.on()) {
      float[] kept = gradient(wide, wide.record(batch).logits());
      assertThat(kept[kept.length - 1]).isNotZero();
      assertThat(gradient(wide, wide.forward(batch, Network.Mode.EVALUATE, 0))).isEqualTo(kept);
    }
  }

  private static float[] gradient(Network network, NDArray logits) {
    return TorchOps.flatGradient(logits.square().sum(), network.trainable()).toFloatArray();
  }

  /** What is added is seen by whoever looks at the layer. */
  @Test
  void aSteeredNetworkIsSteeredOnceMore() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      String layer = network.layerNames().get(0);
      float[] first = new float[network.units(layer)];
      float[] second = new float[first.length];
      float[] both = new float[first.length];
      for (int i = 0; i < first.length; i++) {
        first[i] = 0.5f;
        second[i] = i % 2;
        both[i] = first[i] + second[i];
      }
      try (Network once = network.steered(layer, first);
          Network twice = once.steered(layer, second);
          Network together = network.steered(layer, both)) {
        float[][] expected = together.logits(data.rows());
        float[][] found = twice.logits(data.rows());
        for (int i = 0; i < expected.length; i++) {
          assertThat(found[i]).containsExactly(expected[i], within(1e-5f));
        }
      }
    }
  }

  @Test
  void adaptersOnAdaptersAreRefused() {
    try (Network network = Toys.perceptron(1);
        Network adapted = network.adapted(2, 1, 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> adapted.adapted(2, 1, 1))
          .withMessageContaining("merge them, or drop them");
    }
  }

  /** B starts at 0: set to ones, it shows whether the adapter of the class more is at work. */
  @Test
  void adaptersOfAWidenedNetworkActAsTheyAreMerged() {
    try (UnlearningDataset data = Toys.clouds(1).withClasses(Toys.CLASSES + 1);
        Network network = Toys.perceptron(1);
        Network wide = network.widened(1);
        Network adapted = wide.adapted(2, 0.5, 1)) {
      try (Weights weights = adapted.weights()) {
        float[] values = weights.toFloats();
        for (WeightLayout.Tensor tensor : weights.layout().trainable()) {
          if (tensor.name().endsWith(".b")) {
            Arrays.fill(values, (int) tensor.offset(), (int) (tensor.offset() + tensor.size()), 1);
          }
        }
        try (Weights moved = Weights.of(weights.layout(), values, new float[0])) {
          adapted.restore(moved);
        }
      }
      try (Network merged = adapted.merged(1)) {
        float[][] expected = merged.logits(data.rows().first(5));
        float[][] found = adapted.logits(data.rows().first(5));
        for (int i = 0; i < expected.length; i++) {
          assertThat(found[i]).containsExactly(expected[i], within(1e-4f));
        }
      }
    }
  }

  @Test
  void theActivationOfASteeredLayerIsThatWithTheVector() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1);
        Network steered = network.steered("conv", new float[] {1, 2, 3, 4, 5, 6});
        Batch batch = data.rows().first(3).load(network.device());
        GradMode off = GradMode.off()) {
      NDArray plain = network.activation(batch, Network.Mode.EVALUATE, 0, "conv");
      NDArray pushed = steered.activation(batch, Network.Mode.EVALUATE, 0, "conv");
      float[] means = TorchOps.overPositions(pushed.sub(plain)).toFloatArray();
      for (int i = 0; i < means.length; i++) {
        assertThat(means[i]).isCloseTo(i % 6 + 1, within(1e-5f));
      }
      assertThat(network.layerNames()).containsExactly("conv", "bn", "head");
      assertThat(network.units("conv")).isEqualTo(6);
    }
  }

  /** In the mode of training a layer gives what it gives while the network trains: by the statistics of the batch. */
  @Test
  void anActivationIsOfTheModeAskedFor() {
    SequentialBlock djl =
        new SequentialBlock()
            .add(BatchNorm.builder().build())
            .add(ai.djl.nn.core.Linear.builder().setUnits(3).build());
    try (Network network = Network.of(djl, new Shape(Toys.WIDTH), 1);
        UnlearningDataset data = Toys.clouds(1);
        Batch batch = data.rows().load(network.device());
        GradMode off = GradMode.off()) {
      String layer = network.layerNames().get(0);
      float[] start = network.statistics().toFloatArray();
      NDArray fixed = network.activation(batch, Network.Mode.EVALUATE, 0, layer);
      assertThat(network.statistics().toFloatArray()).isEqualTo(start);
      NDArray ofBatch = network.activation(batch, Network.Mode.TRAIN, 0, layer);
      assertThat(network.statistics().toFloatArray()).isNotEqualTo(start);
      assertThat(fixed.mean(new int[] {0}).abs().max().getFloat()).isGreaterThan(0.1f);
      assertThat(ofBatch.mean(new int[] {0}).abs().max().getFloat()).isLessThan(1e-5f);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    Linear shared = new Linear(Toys.WIDTH);
    try (Network network = Toys.convolution(1);
        Network combined =
            Network.combined(WeightedLogits.of(Map.of("a", 1.0)), Map.of("a", network));
        Network wide = network.widened(1);
        Network twice =
            Network.of(
                new Sequential().add("one", shared).add("two", shared).add("head", new Linear(3)),
                new Shape(Toys.WIDTH),
                1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.steered("cnv", new float[6]))
          .withMessage("the network has no layer \"cnv\"; known: conv, bn, head");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.steered("conv", new float[6], new float[5], 1))
          .withMessage("centre must be as long as the direction, 6, but was 5");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.steered("conv", new float[6], new float[6], -1))
          .withMessage("radius must be >= 0 and finite, but was -1.0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> twice.units("one"))
          .withMessage("layer one is used twice in a pass");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> wide.part("top"))
          .withMessage("no part is named \"top\"; known: base");
      assertThatThrownBy(combined::layerNames)
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("combination");
      assertThatThrownBy(() -> combined.adapted(1, 1, 1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("combination");
    }
  }
}
