package org.erasus.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.RowGradients;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZooTest {
  static List<String> names() {
    return Zoo.networks().names();
  }

  @Test
  void namesNeverChange() {
    assertThat(names())
        .containsExactly("mlp", "small-cnn", "resnet9", "resnet18", "vgg11-bn", "mobilenet-v2");
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyNetworkTellsAsManyClassesApartAsAskedFor(String name) {
    try (Network network = Network.of(Zoo.networks().get(name).block(7), new Shape(3, 32, 32), 1)) {
      assertThat(network.classes()).isEqualTo(7);
    }
  }

  /** VGG halves the image five times: 28, 14, 7, 3, 1, nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"mlp", "small-cnn", "resnet9", "resnet18", "mobilenet-v2"})
  void greyImagesOfMnistFitAllButVgg(String name) {
    try (Network network =
        Network.of(Zoo.networks().get(name).block(10), new Shape(1, 28, 28), 1)) {
      assertThat(network.classes()).isEqualTo(10);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vgg11-bn", "mobilenet-v2"})
  void dropoutFollowsTheSeedWhileTrainingAndIsAbsentOtherwise(String name) {
    try (UnlearningDataset data = GoldenNetwork.data(new Shape(3, 32, 32), 1, 2);
        Network network = Network.of(Zoo.networks().get(name).block(10), new Shape(3, 32, 32), 1);
        Batch batch = data.rows().load(network.device());
        GradMode off = GradMode.off()) {
      float[] once = logits(network, batch, Network.Mode.TRAIN_FIXED_STATISTICS, 5);
      assertThat(logits(network, batch, Network.Mode.TRAIN_FIXED_STATISTICS, 5)).isEqualTo(once);
      assertThat(logits(network, batch, Network.Mode.TRAIN_FIXED_STATISTICS, 6)).isNotEqualTo(once);
      assertThat(logits(network, batch, Network.Mode.EVALUATE, 5))
          .isEqualTo(logits(network, batch, Network.Mode.EVALUATE, 6))
          .isNotEqualTo(once);
    }
  }

  private static float[] logits(Network network, Batch batch, Network.Mode mode, long seed) {
    try (NDArray logits = network.forward(batch, mode, seed)) {
      return logits.toFloatArray();
    }
  }

  /** Against the gradient of the first row; the oracle is a backward pass for every row. */
  @ParameterizedTest
  @MethodSource("names")
  void gradientsOfRowsAgainstAVectorAreThoseOfSingleBackwardPasses(String name) {
    try (UnlearningDataset data = GoldenNetwork.data(new Shape(3, 32, 32), 1, 2, 3);
        Network network = Network.of(Zoo.networks().get(name).block(10), new Shape(3, 32, 32), 1);
        NDManager scope = EngineRuntime.newManager()) {
      NDArray v = network.lossGradient(data.rows().first(1), scope);
      double[] dots = RowGradients.dots(network, data.rows(), v);
      for (int i = 0; i < dots.length; i++) {
        NDArray g = network.lossGradient(data.rows().take(i), scope);
        double expected = wide(g).dot(wide(v)).getDouble();
        double sizes = g.norm().getFloat() * v.norm().getFloat();
        assertThat(dots[i])
            .as("row %d of size %s", i, sizes)
            .isCloseTo(expected, within(1e-5 * sizes));
      }
      assertThat(dots[0]).isPositive().isNotCloseTo(dots[1], within(1e-2 * dots[0]));
    }
  }

  private static NDArray wide(NDArray x) {
    return x.toType(DataType.FLOAT64, true);
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    assertThatThrownBy(() -> Zoo.networks().get("resnet-18"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "no network named \"resnet-18\"; did you mean \"resnet18\"? known: mlp, small-cnn,"
                + " resnet9, resnet18, vgg11-bn, mobilenet-v2");
  }

  /** Dropout adds no parameters, says the same in evaluation, and something else in every step. */
  @Test
  void aSmallCnnDropsOutWhileItTrainsAlone() {
    float[] white = new float[28 * 28];
    Arrays.fill(white, 1);
    Shape image = new Shape(1, 28, 28);
    try (Network plain = Network.of(SmallCnn.DEFAULTS.block(10), image, 3);
        Network dropped = Network.of(SmallCnn.DEFAULTS.withDropout(0.5).block(10), image, 3);
        UnlearningDataset one = UnlearningDataset.of(white, image, new int[] {0}, 10)) {
      try (Weights same = plain.weights();
          Weights own = dropped.weights()) {
        assertThat(own.fingerprint()).isEqualTo(same.fingerprint());
      }
      assertThat(dropped.logits(one.rows())).isDeepEqualTo(plain.logits(one.rows()));
      assertThat(step(plain, one, 1)).isEqualTo(step(plain, one, 2));
      assertThat(step(dropped, one, 1)).isNotEqualTo(step(dropped, one, 2));
    }
  }

  private static float[] step(Network network, UnlearningDataset one, long seed) {
    try (GradMode off = GradMode.off();
        Batch batch = one.rows().load(network.device())) {
      return network.forward(batch, Network.Mode.TRAIN, seed).toFloatArray();
    }
  }

  @Test
  void sizesAreChecked() {
    assertThatThrownBy(() -> new Mlp(List.of(16, 0)))
        .hasMessage("hidden units must be at least 1, but was 0");
    assertThatThrownBy(() -> new SmallCnn(16, 0, 128))
        .hasMessage("filters2 must be at least 1, but was 0");
    assertThatThrownBy(() -> SmallCnn.DEFAULTS.withDropout(1))
        .hasMessageStartingWith("dropout must be in [0, 1)");
    assertThatThrownBy(() -> new Vgg11Bn(1)).hasMessageStartingWith("dropout must be in [0, 1)");
    assertThatThrownBy(() -> new MobileNetV2(-0.1))
        .hasMessageStartingWith("dropout must be in [0, 1)");
  }
}
