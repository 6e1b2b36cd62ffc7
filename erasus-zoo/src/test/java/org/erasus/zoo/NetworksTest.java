package org.erasus.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.io.PyTorchStateDict;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.testkit.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every network against the same network in PyTorch; {@code src/test/golden/networks.py} made the values. */
class NetworksTest {
  /** A network of a golden file. */
  record Known(String file, NetworkDesign design) {
    GoldenNetwork load() {
      return GoldenNetwork.of(file, design);
    }

    @Override
    public String toString() {
      return file;
    }
  }

  /** Without dropout, whose choices differ from PyTorch's. */
  static List<Known> networks() {
    return List.of(
        new Known("mlp", Mlp.DEFAULTS),
        new Known("small-cnn", SmallCnn.DEFAULTS),
        new Known("small-cnn-colour", SmallCnn.DEFAULTS),
        new Known("resnet9", ResNet9.DEFAULTS),
        new Known("resnet18", ResNet18.DEFAULTS),
        new Known("vgg11-bn", Vgg11Bn.DEFAULTS.withDropout(0)),
        new Known("mobilenet-v2", MobileNetV2.DEFAULTS.withDropout(0)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void weightsHaveTheNamesShapesAndOrderOfPyTorchs(Known known) {
    GoldenNetwork golden = known.load();
    try (Network network = Network.of(known.design.block(10), golden.rowShape(), 1)) {
      Map<String, List<Long>> state = new LinkedHashMap<>();
      for (WeightLayout.Tensor tensor : network.layout().tensors()) {
        state.put(
            tensor.name(), Arrays.stream(tensor.shape().getShape()).boxed().toList());
      }
      assertThat(state).containsExactlyEntriesOf(golden.state());
      assertThat(network.layout().trainable().stream().map(WeightLayout.Tensor::name))
          .containsExactlyElementsOf(golden.gradientNorms().keySet());
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void logitsAreThoseOfPyTorch(Known known) {
    GoldenNetwork golden = known.load();
    try (Network network = golden.network();
        UnlearningDataset data = golden.data()) {
      double difference = difference(network.logits(data.rows()), golden.logits("evaluate"));
      report(known, "logits", difference);
      assertThat(difference).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void logitsAreThoseOfPyTorchWithChannelsInnermost(Known known) {
    GoldenNetwork golden = known.load();
    try (Network network = golden.network();
        UnlearningDataset data = golden.data()) {
      network.compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
      double difference = difference(network.logits(data.rows()), golden.logits("evaluate"));
      report(known, "logits, channels last", difference);
      assertThat(difference).isLessThan(1e-4);
    }
  }

  /** bf16 keeps 8 bits, 0.4 % of a value; over dozens of layers that comes to some per cent of the largest logit. */
  @ParameterizedTest
  @MethodSource("networks")
  void logitsInHalfPrecisionAreNearTheOthersButNotEqual(Known known) {
    GoldenNetwork golden = known.load();
    try (Network network = golden.network();
        UnlearningDataset data = golden.data()) {
      network.compute(new Compute(Precision.BF16, MemoryLayout.CHANNELS_LAST));
      double[][] expected = golden.logits("evaluate");
      double largest = Arrays.stream(expected).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
      double difference = difference(network.logits(data.rows()), expected);
      report(known, "logits, bf16, relative", difference / largest);
      assertThat(difference).isBetween(1e-4 * largest, 0.03 * largest);
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void aTrainingPassGivesTheLogitsStatisticsAndGradientsOfPyTorch(Known known) {
    GoldenNetwork golden = known.load();
    try (Network network = golden.network();
        UnlearningDataset data = golden.data();
        Batch batch = data.rows().load(network.device());
        GradMode on = GradMode.on()) {
      NDArray logits = network.forward(batch, Network.Mode.TRAIN, 0);
      NDArray loss = TorchOps.crossEntropy(logits, batch.labels());
      float[] gradient = TorchOps.flatGradient(loss, network.trainable()).toFloatArray();

      double difference = difference(rows(logits.toFloatArray()), golden.logits("train"));
      report(known, "training logits", difference);
      assertThat(difference).isLessThan(1e-3);
      assertStatistics(known, network, golden);
      assertGradients(known, network, gradient, golden);
    }
  }

  private static void assertStatistics(Known known, Network network, GoldenNetwork golden) {
    try (Weights weights = network.weights()) {
      double largest = 0;
      for (Map.Entry<String, double[]> wanted : golden.statistics().entrySet()) {
        float[][] found = {weights.values(wanted.getKey())};
        largest = Math.max(largest, difference(found, new double[][] {wanted.getValue()}));
      }
      report(known, "running statistics", largest);
      assertThat(largest).isLessThan(1e-5);
    }
  }

  /** Where batch normalisation follows a bias, its gradient is 0 but for rounding: hence a part of the whole norm. */
  private static void assertGradients(
      Known known, Network network, float[] gradient, GoldenNetwork golden) {
    Map<String, Double> expected = golden.gradientNorms();
    double whole = Math.sqrt(expected.values().stream().mapToDouble(n -> n * n).sum());
    report(known, "gradient, relative", Math.abs(norm(gradient, 0, gradient.length) / whole - 1));
    assertThat(norm(gradient, 0, gradient.length)).isCloseTo(whole, within(1e-3 * whole));
    for (WeightLayout.Tensor tensor : network.layout().trainable()) {
      double norm = Objects.requireNonNull(expected.get(tensor.name()));
      assertThat(norm(gradient, (int) tensor.offset(), (int) tensor.size()))
          .as("gradient of %s", tensor.name())
          .isCloseTo(norm, within(1e-3 * norm + 1e-5 * whole));
    }
  }

  @Test
  void aStateDictSavedByTorchLoadsAsItIs() throws Exception {
    assertLoads("mlp", new Mlp(List.of(16)));
    assertLoads("small-cnn", new SmallCnn(4, 8, 16));
  }

  private static void assertLoads(String name, NetworkDesign design)
      throws IOException, URISyntaxException {
    Shape grey = new Shape(1, 28, 28);
    Golden golden = Golden.load(NetworksTest.class, name + "-pt");
    Path file =
        Path.of(
            Objects.requireNonNull(NetworksTest.class.getResource("/golden/" + name + ".pt"))
                .toURI());
    try (Network network = Network.of(design.block(GoldenNetwork.CLASSES), grey, 1);
        UnlearningDataset data = GoldenNetwork.data(grey, 0, 1, 2, 3)) {
      network.load(PyTorchStateDict.read(file));
      double difference = difference(network.logits(data.rows()), golden.table("/evaluate"));
      assertThat(difference).as(name).isLessThan(1e-5);
    }
  }

  private static float[][] rows(float[] flat) {
    List<float[]> rows = new ArrayList<>();
    for (int i = 0; i < flat.length; i += GoldenNetwork.CLASSES) {
      rows.add(Arrays.copyOfRange(flat, i, i + GoldenNetwork.CLASSES));
    }
    return rows.toArray(float[][]::new);
  }

  /** The largest absolute difference of two tables of one size; NaN if there is a NaN. */
  private static double difference(float[][] found, double[][] expected) {
    assertThat(found).hasDimensions(expected.length, expected[0].length);
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected[i].length; j++) {
        largest = Math.max(largest, Math.abs(found[i][j] - expected[i][j]));
      }
    }
    return largest;
  }

  private static double norm(float[] values, int from, int size) {
    double sum = 0;
    for (int i = from; i < from + size; i++) {
      sum += (double) values[i] * values[i];
    }
    return Math.sqrt(sum);
  }

  private static void report(Known known, String what, double difference) {
    System.out.printf("AGREE %-17s %-24s %.2g%n", known.file, what, difference);
  }
}
