package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.erasus.Combination.MajorityVote;
import org.erasus.Combination.MeanProbability;
import org.erasus.Combination.WeightedLogits;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Compute;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CombinedNetworkTest {
  /** A network of three classes that says the same about every row. */
  private static Network constant(double... logits) {
    Network network = Network.of(new Sequential().add(new Linear(3)), new Shape(Toys.WIDTH), 1);
    float[] weights = new float[3 * Toys.WIDTH + 3];
    for (int c = 0; c < 3; c++) {
      weights[3 * Toys.WIDTH + c] = (float) logits[c];
    }
    try (Weights values = Weights.of(network.layout(), weights, new float[0])) {
      network.restore(values);
    }
    return network;
  }

  private static Map<String, Network> parts(Network... networks) {
    Map<String, Network> parts = new LinkedHashMap<>();
    for (Network network : networks) {
      parts.put(Integer.toString(parts.size()), network);
    }
    return parts;
  }

  private static float[] logits(Combination combination, Network... networks) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network whole = Network.combined(combination, parts(networks))) {
      return whole.logits(data.rows().first(1))[0];
    }
  }

  /** A map in another order is the same network. */
  @Test
  void theOrderOfTheMapDoesNotMatter() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network b = Toys.perceptron(2)) {
      Map<String, Network> forth = new LinkedHashMap<>();
      forth.put("a", a);
      forth.put("b", b);
      Map<String, Network> back = new LinkedHashMap<>();
      back.put("b", b);
      back.put("a", a);
      WeightedLogits factors = WeightedLogits.of(Map.of("b", -1.0, "a", 2.0));
      try (Network one = Network.combined(factors, forth);
          Network other = Network.combined(factors, back);
          Weights weights = one.weights();
          Weights same = other.weights()) {
        assertThat(weights.fingerprint()).isEqualTo(same.fingerprint());
        assertThat(one.logits(data.rows())).isDeepEqualTo(other.logits(data.rows()));
      }
    }
  }

  private static double log(double x) {
    return Math.log(x);
  }

  /** Probabilities (½, ¼, ¼) and (¼, ¼, ½). */
  @Test
  void combinesAsTheFormulasSay() {
    try (Network a = constant(log(2), 0, 0);
        Network b = constant(0, 0, log(2));
        Network c = constant(0, 3, 1)) {
      assertThat(logits(WeightedLogits.of(Map.of("0", 3.0, "1", -2.0)), a, b))
          .containsExactly(
              new float[] {(float) (3 * log(2)), 0, (float) (-2 * log(2))}, within(1e-6f));
      // (½ + ¼)/2, ¼, (¼ + ½)/2
      assertThat(logits(new MeanProbability(), a, b))
          .containsExactly(
              new float[] {(float) log(0.375), (float) log(0.25), (float) log(0.375)},
              within(1e-6f));
      // two votes for class 0 and one for class 1, each class one more: 3/6, 2/6, 1/6
      assertThat(logits(new MajorityVote(), a, c, a))
          .containsExactly(
              new float[] {(float) log(3 / 6.0), (float) log(2 / 6.0), (float) log(1 / 6.0)},
              within(1e-6f));
    }
  }

  /** A logit so far below that its probability is 0 in 32 bits. */
  @Test
  void theMeanOfProbabilitiesStaysFinite() {
    try (Network a = constant(0, -500, -500)) {
      assertThat(logits(new MeanProbability(), a, a))
          .containsExactly(new float[] {0, -500, -500}, within(1e-3f));
    }
  }

  @Test
  void weightsAreThoseOfThePartsAndComeBackBitForBit() {
    try (Network a = Toys.convolution(1);
        Network b = Toys.convolution(2);
        Network whole = Network.combined(new MeanProbability(), parts(a, b));
        Network copy = whole.copy();
        Network first = copy.part("0");
        Network second = copy.part("1")) {
      assertThat(whole.layout().parameters()).isEqualTo(2 * a.layout().parameters());
      assertThat(whole.layout().tensors().stream().map(WeightLayout.Tensor::name))
          .startsWith("0.conv.weight")
          .contains("0.bn.running_mean", "1.bn.running_mean")
          .endsWith("1.head.bias");
      assertThat(StrategyContract.fingerprint(first)).isEqualTo(StrategyContract.fingerprint(a));
      assertThat(StrategyContract.fingerprint(second)).isEqualTo(StrategyContract.fingerprint(b));
      assertThat(StrategyContract.fingerprint(first))
          .isNotEqualTo(StrategyContract.fingerprint(second));
    }
  }

  /** The running statistics of both parts move, and only the free part's weights. */
  @Test
  void isTrainedLikeAnyOtherAndAMaskKeepsAPart() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network a = Toys.convolution(1);
        Network b = Toys.convolution(2);
        Network whole =
            Network.combined(WeightedLogits.of(Map.of("0", 1.0, "1", 0.5)), parts(a, b))) {
      double before = Probe.of(whole, data.trained()).meanLoss();
      Toys.train(whole, data, 1);
      assertThat(Probe.of(whole, data.trained()).meanLoss()).isLessThan(before - 0.1);
      try (Network first = whole.part("0");
          Network second = whole.part("1")) {
        for (Network[] pair : new Network[][] {{first, a}, {second, b}}) {
          assertThat(pair[0].parameters().toFloatArray())
              .isNotEqualTo(pair[1].parameters().toFloatArray());
          assertThat(pair[0].statistics().toFloatArray())
              .isNotEqualTo(pair[1].statistics().toFloatArray());
        }
      }
    }
  }

  @Test
  void theGradientIsThatOfTheFormula() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network zero = constant(0, 0, 0);
        Network whole =
            Network.combined(WeightedLogits.of(Map.of("0", 1.0, "1", 2.0)), parts(a, zero));
        Batch batch = data.rows().first(20).load(a.device())) {
      float[] together;
      float[] alone;
      try (GradMode on = GradMode.on()) {
        together = gradient(whole, batch);
        alone = gradient(a, batch);
      }
      assertThat(Stream.of(together).map(g -> java.util.Arrays.copyOf(g, alone.length)))
          .containsExactly(alone);
    }
  }

  private static float[] gradient(Network network, Batch batch) {
    return TorchOps.flatGradient(
            TorchOps.crossEntropy(network.forward(batch, Network.Mode.TRAIN, 3), batch.labels()),
            network.trainable())
        .toFloatArray();
  }

  @Test
  void savesAndLoads(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("ensemble.safetensors");
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network b = constant(1, 2, 3);
        Network c = Toys.perceptron(2);
        Network whole = Network.combined(new MeanProbability(), parts(a, b));
        Network other = Network.combined(new MeanProbability(), parts(c, b));
        Network vote = Network.combined(new MajorityVote(), parts(a, b))) {
      whole.save(file);
      assertThat(other.logits(data.rows())).isNotEqualTo(whole.logits(data.rows()));
      other.load(file);
      assertThat(other.logits(data.rows())).isDeepEqualTo(whole.logits(data.rows()));
      assertThatThrownBy(() -> vote.load(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("other layers");
    }
  }

  /** Two parts of one architecture drop different entries, or they would be no ensemble while they train. */
  @Test
  void partsDropOutEachOnItsOwn() {
    Network dropping =
        Network.of(
            new Sequential().add(new Dropout(0.5)).add("head", new Linear(3)),
            new Shape(Toys.WIDTH),
            1);
    try (dropping;
        UnlearningDataset data = Toys.clouds(1);
        Network whole =
            Network.combined(
                WeightedLogits.of(Map.of("0", 1.0, "1", -1.0)), parts(dropping, dropping));
        Batch batch = data.rows().first(4).load(dropping.device());
        GradMode off = GradMode.off()) {
      assertThat(whole.forward(batch, Network.Mode.EVALUATE, 1).abs().max().getFloat()).isZero();
      assertThat(whole.forward(batch, Network.Mode.TRAIN, 1).abs().max().getFloat()).isPositive();
    }
  }

  /** While the whole is trained no dropout and no batch statistics, and its own statistics stay; the other part has all of it. */
  @Test
  void aStillPartIsEvaluatedWhateverTheMode() {
    Network a =
        Network.of(
            new Sequential()
                .add(new Dropout(0.5))
                .add("conv", Conv2d.of(4, 1, 1, 0))
                .add("bn", new BatchNorm2d())
                .apply(TorchOps::globalAverage)
                .add("head", new Linear(3)),
            new Shape(2, 2, 2),
            1);
    WeightedLogits difference = WeightedLogits.of(Map.of("0", 1.0, "1", -1.0));
    try (a;
        UnlearningDataset data = Toys.pictures(1);
        Network alone =
            Network.combined(WeightedLogits.of(Map.of("0", 1.0)), parts(a), Set.of("0"));
        Network both = Network.combined(difference, parts(a, a), Set.of("0"));
        Network copy = both.copy();
        Network free = Network.combined(difference, parts(a, a));
        Batch batch = data.rows().first(8).load(a.device());
        GradMode off = GradMode.off()) {
      float[] evaluated = a.forward(batch, Network.Mode.EVALUATE, 1).toFloatArray();
      assertThat(alone.forward(batch, Network.Mode.TRAIN, 1).toFloatArray()).isEqualTo(evaluated);
      float[] trained = copy.forward(batch, Network.Mode.TRAIN, 1).toFloatArray();
      try (Network still = copy.part("0");
          Network moving = copy.part("1")) {
        assertThat(StrategyContract.fingerprint(still)).isEqualTo(StrategyContract.fingerprint(a));
        assertThat(StrategyContract.fingerprint(moving))
            .isNotEqualTo(StrategyContract.fingerprint(a));
      }
      assertThat(trained).isNotEqualTo(free.forward(batch, Network.Mode.TRAIN, 1).toFloatArray());
      assertThat(both.architectureFingerprint()).isNotEqualTo(free.architectureFingerprint());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Network.combined(difference, parts(a, a), Set.of("base")))
          .withMessage("parts that stay still must be among the parts [0, 1], but were [base]");
    }
  }

  /** Of two equal parts, it says what one says when it computes alike. */
  @Test
  void computesInHalfPrecisionAndChannelsLast() {
    Compute fast = new Compute(Precision.BF16, MemoryLayout.CHANNELS_LAST);
    try (UnlearningDataset data = Toys.pictures(1);
        Network a = Toys.train(Toys.convolution(1), data, 1)) {
      float[][] exact = a.logits(data.rows());
      a.compute(fast);
      try (Network whole =
          Network.combined(WeightedLogits.of(Map.of("0", 0.5, "1", 0.5)), parts(a, a))) {
        assertThat(whole.compute()).isEqualTo(fast);
        assertThat(whole.logits(data.rows()))
            .isDeepEqualTo(a.logits(data.rows()))
            .isNotEqualTo(exact);
      }
    }
  }

  @Test
  void aCombinationCanBePartOfAnother() {
    try (Network a = constant(log(2), 0, 0);
        Network b = constant(0, 0, log(2));
        Network mean = Network.combined(new MeanProbability(), parts(a, b))) {
      assertThat(logits(WeightedLogits.of(Map.of("0", 1.0, "1", 1.0)), mean, a))
          .containsExactly(
              new float[] {(float) log(0.75), (float) log(0.25), (float) log(0.375)},
              within(1e-6f));
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network pictures = Toys.convolution(1);
        Network two = Network.of(new Sequential().add(new Linear(2)), new Shape(Toys.WIDTH), 1);
        Network whole = Network.combined(new MeanProbability(), parts(a))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> logits(WeightedLogits.of(Map.of("0", 1.0)), a, a))
          .withMessage(
              "there must be a factor for each part, but the factors are of [0] and the parts [0, 1]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> logits(new MeanProbability()))
          .withMessage("number of networks must be at least 1, but was 0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> logits(new MeanProbability(), a, pictures))
          .withMessage(
              "the parts must have rows of shape in common, but part \"1\" has (2, 2, 2) and the first (8)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> logits(new MeanProbability(), a, two))
          .withMessageContaining("a number of classes in common");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Network.combined(new MeanProbability(), Map.of("a.b", a)))
          .withMessageContaining("was \"a.b\"");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> whole.part("1"))
          .withMessage("no part is named \"1\"; known: 0");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> a.part("0"))
          .withMessage("the network is not made of parts");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> WeightedLogits.of(Map.of("0", Double.NaN)))
          .withMessage("factor of 0 must be finite, but was NaN");
      assertThatThrownBy(() -> Probe.of(whole, data.forget()).features())
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("Network.part");
    }
  }

  /** Also as a part of another. */
  @Test
  void aMajorityVoteIsNotTrained() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network vote = Network.combined(new MajorityVote(), parts(a, a));
        Network mean = Network.combined(new MeanProbability(), parts(vote, a));
        Network soft = Network.combined(new MeanProbability(), parts(a, a))) {
      for (Network network : List.of(vote, mean)) {
        String before = StrategyContract.fingerprint(network);
        assertThatThrownBy(() -> Toys.train(network, data, 1))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageStartingWith("a majority vote has no gradient");
        assertThat(StrategyContract.fingerprint(network)).isEqualTo(before);
      }
      soft.requireGradient();
    }
  }

  /** Training a whole ensemble twice gives the same bits. */
  @Test
  void aFreshCombinationIsDeterministic() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network a = Toys.perceptron(1);
        Network whole = Network.combined(new MeanProbability(), parts(a, a));
        Network once = whole.fresh(3);
        Network again = whole.fresh(3);
        Network first = once.part("0");
        Network second = once.part("1")) {
      assertThat(StrategyContract.fingerprint(first))
          .isNotEqualTo(StrategyContract.fingerprint(second));
      for (Network network : List.of(once, again)) {
        new Supervised(Toys.training().withMaxEpochs(2))
            .train(network, data.markRetain(data.trained()), 1);
      }
      assertThat(StrategyContract.fingerprint(once)).isEqualTo(StrategyContract.fingerprint(again));
    }
  }
}
