package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.junit.jupiter.api.Test;

class LowRankTest implements StrategyContract {
  @Override
  public LowRank strategy() {
    return LowRank.DEFAULTS;
  }

  /** Adapters with values of the golden script. */
  private static Network given(Network network) {
    Network adapted = network.adapted(2, 1.5, 1);
    try (Weights drawn = adapted.weights()) {
      float[] values = drawn.toFloats();
      int first = (int) network.layout().parameters();
      for (int i = first; i < values.length; i++) {
        values[i] = (float) (0.2 * Math.sin(1.3 * (i - first + 1)));
      }
      try (Weights weights =
          Weights.of(adapted.layout(), values, drawn.statistics().toFloatArray())) {
        adapted.restore(weights);
      }
    }
    return adapted;
  }

  private static void assertSteps(LowRank.Outcome outcome, String name) {
    LowRank settings =
        LowRank.DEFAULTS
            .withOutcome(outcome)
            .withInner(new NegativeGradient(0.8, 0, GoldenRun.training(5, 0.05)));
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new Runs.Given(
            task -> {
              try (Network adapted = given(task.network())) {
                return settings.unlearn(task, adapted);
              }
            }),
        "layers",
        name);
  }

  @Test
  void stepsAsPyTorch() {
    assertSteps(LowRank.Outcome.MERGED, "low-rank");
    assertSteps(LowRank.Outcome.NEGATED, "low-rank-negated");
  }

  /**
   * W (2, 1) and rank 1: with A = (3) and B = (1, −2)ᵀ, s = 2, W + s·B·A = W + (6, −12)ᵀ; the bias stays.
   */
  @Test
  void mergesTheProductOfTheThinMatrices() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 1, -1, 0.5f, 0);
        Network adapted = network.adapted(1, 2, 7)) {
      assertThat(adapted.logits(data.rows())).isDeepEqualTo(network.logits(data.rows()));
      try (Weights values =
          Weights.of(adapted.layout(), new float[] {1, -1, 0.5f, 0, 3, 1, -2}, new float[0])) {
        adapted.restore(values);
      }
      try (Network merged = adapted.merged(1);
          Network negated = adapted.merged(-1);
          Network base = adapted.part("base")) {
        assertThat(merged.parameters().toFloatArray()).containsExactly(7, -13, 0.5f, 0);
        assertThat(negated.parameters().toFloatArray()).containsExactly(-5, 11, 0.5f, 0);
        assertThat(StrategyContract.fingerprint(base))
            .isEqualTo(StrategyContract.fingerprint(network));
        assertThat(adapted.logits(data.rows())).isDeepEqualTo(merged.logits(data.rows()));
      }
    }
  }

  /** Biases, normalisation and statistics are not adapted, and the change of W has the rank of the adapters. */
  @Test
  void onlyMatricesMove() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        Weights start = network.weights();
        Unlearned unlearned =
            strategy().withRank(1).withAlpha(1).unlearn(UnlearningTask.of(network, data));
        Weights end = unlearned.network().weights()) {
      for (WeightLayout.Tensor tensor : network.layout().tensors()) {
        boolean matrix = tensor.name().equals("conv.weight") || tensor.name().equals("head.weight");
        assertThat(Arrays.equals(start.values(tensor.name()), end.values(tensor.name())))
            .as(tensor.name())
            .isEqualTo(!matrix);
      }
      float[] before = start.values("head.weight");
      float[] after = end.values("head.weight");
      double[] way = new double[18];
      for (int i = 0; i < way.length; i++) {
        way[i] = after[i] - before[i];
      }
      assertThat(way[0] * way[7]).isCloseTo(way[1] * way[6], within(1e-6));
      assertThat(way[2] * way[15]).isCloseTo(way[3] * way[14], within(1e-6));
    }
  }

  @Test
  void keptAdaptersCanBeDropped() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned kept =
            strategy()
                .withOutcome(LowRank.Outcome.KEPT)
                .unlearn(UnlearningTask.of(network, data).withSeed(4));
        Unlearned merged = strategy().unlearn(UnlearningTask.of(network, data).withSeed(4));
        Network mergedLater = kept.network().merged(1);
        Network dropped = kept.network().part("base")) {
      assertThat(StrategyContract.fingerprint(dropped))
          .isEqualTo(StrategyContract.fingerprint(network));
      assertThat(StrategyContract.fingerprint(mergedLater))
          .isEqualTo(StrategyContract.fingerprint(merged.network()));
    }
  }

  /** The control: what adapters learned about the forget rows is missing when it is negated, and there when it is merged. */
  @Test
  void negatedKnowledgeIsForgotten() {
    double before = Runs.before(Runs::forgetLoss);
    LowRank learning =
        strategy()
            .withInner(
                new Expert(Toys.training().withOptimizer(Optimizer.Sgd.plain()).withMaxEpochs(40)));
    assertThat(Runs.after(learning, Runs::forgetLoss)).isLessThan(before);
    assertThat(Runs.after(learning.withOutcome(LowRank.Outcome.NEGATED), Runs::forgetLoss))
        .isGreaterThan(before);
    LowRank still = strategy().withInner(new Expert(Runs.oneStep().withLearningRate(1e-12)));
    assertThat(Runs.after(still, Runs::forgetLoss)).isCloseTo(before, within(1e-5));
  }

  /**
   * On matrices of 256 inputs a unit the defaults take a class out and leave the others, in fifty steps. The control is the same
   * by plain gradient descent, whose steps B = 0 makes some hundred times smaller.
   */
  @Test
  void theDefaultsForgetOnWideLayersAndPlainDescentDoesNot() {
    SimNpo inner = (SimNpo) LowRank.DEFAULTS.inner();
    LowRank adaptive =
        LowRank.DEFAULTS.withInner(inner.withTraining(inner.training().withBatchSize(12)));
    LowRank plain =
        LowRank.DEFAULTS.withInner(
            SimNpo.DEFAULTS.withTraining(SimNpo.DEFAULTS.training().withBatchSize(12)));
    try (UnlearningDataset data = wide();
        Network start =
            Network.of(
                new Sequential()
                    .add("hidden", new Linear(64))
                    .apply(Activation::relu)
                    .add("head", new Linear(3)),
                new Shape(256),
                1);
        Network network = Toys.train(start, data, 1);
        Unlearned forgot = adaptive.unlearn(UnlearningTask.of(network, data));
        Unlearned still = plain.unlearn(UnlearningTask.of(network, data))) {
      assertThat(forgot.network().accuracy(data.forget())).isLessThan(0.2);
      assertThat(forgot.network().accuracy(data.retain())).isGreaterThan(0.9);
      assertThat(still.network().accuracy(data.forget())).isGreaterThan(0.8);
    }
  }

  /** Three clouds of 60 rows with 256 values, the first to be forgotten. */
  private static UnlearningDataset wide() {
    SplittableRandom random = new SplittableRandom(3);
    float[] values = new float[180 * 256];
    int[] labels = new int[180];
    for (int i = 0; i < 180; i++) {
      labels[i] = i % 3;
      for (int k = 0; k < 256; k++) {
        values[i * 256 + k] = (float) (0.5 * (k % 3 == labels[i] ? 1 : 0) + random.nextGaussian());
      }
    }
    return UnlearningDataset.of(values, new Shape(256), labels, 3).markForgetClasses(0);
  }

  /** Strategies that look at a layer see it with its adapters. */
  @Test
  void layersCanBeLookedInto() {
    UnlearningStrategy inner = new Rmu(5, 1, Optional.of("hidden"), 1, Toys.training());
    try (UnlearningDataset data = data();
        Network network = network(data);
        Network adapted = given(network)) {
      assertThat(adapted.layerNames()).containsExactly("hidden", "head");
      try (Unlearned unlearned = inner.unlearn(UnlearningTask.of(adapted, data))) {
        assertThat(StrategyContract.fingerprint(unlearned.network()))
            .isNotEqualTo(StrategyContract.fingerprint(adapted));
      }
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowRank.DEFAULTS.withRank(0))
        .withMessage("rank must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowRank.DEFAULTS.withAlpha(0))
        .withMessage("alpha must be > 0 and finite, but was 0.0");
    try (UnlearningDataset data = data();
        Network network = network(data);
        Mask mask = LastLayers.mask(network, 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, data).withMask(mask)))
          .withMessageContaining("cannot leave masked weights as they are");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.merged(1))
          .withMessage("the network is not made of parts");
      assertThatThrownBy(
              () -> strategy().withInner(Ssd.DEFAULTS).unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("parameters");
    }
  }
}
