package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Statistics;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class DeltaUnlearningTest implements StrategyContract {
  @Override
  public DeltaUnlearning strategy() {
    return DeltaUnlearning.DEFAULTS
        .withInner(
            new NegativeGradient(0.5, 0, Runs.fewEpochs().withOptimizer(Optimizer.Sgd.plain())))
        .withHidden(8)
        .withSmall(Toys.training());
  }

  /** The perceptron of the golden script. */
  private static Network small() {
    Network small =
        Network.of(
            new Sequential()
                .apply(Blocks::batchFlatten)
                .add(new Linear(4))
                .apply(Activation::tanh)
                .add(new Linear(2)),
            GoldenRun.CONVOLUTION.rowShape(),
            1);
    float[] values = new float[(int) small.layout().parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.4 * Math.sin(2.1 * (i + 1)));
    }
    try (Weights weights = Weights.of(small.layout(), values, new float[0])) {
      small.restore(weights);
    }
    return small;
  }

  @Test
  void saysTheSameAsPyTorchWithAGivenNetwork() {
    DeltaUnlearning settings =
        strategy()
            .withScale(1.5)
            .withInner(new NegativeGradient(0.8, 0, GoldenRun.training(5, 0.05)));
    try (Network small = small()) {
      GoldenRun.CONVOLUTION.assertSaysTheSame(
          new Runs.Given(task -> settings.unlearn(task, small)), "layers", "delta-unlearning");
    }
  }

  /** At the start the offset is 0, so the first losses are those of the original. */
  @Test
  void startsAsTheOriginal() {
    double forget = Runs.before(Runs::forgetLoss);
    DeltaUnlearning oneStep = strategy().withInner(new NegativeGradient(0.5, 0, Runs.oneStep()));
    double first =
        Runs.record(oneStep).epochs().stream()
            .filter(epoch -> epoch.forgetLoss().isPresent())
            .findFirst()
            .orElseThrow()
            .forgetLoss()
            .orElseThrow();
    assertThat(Math.abs(first)).isCloseTo(0.5 * forget, within(1e-4));
  }

  @Test
  void onlyTheCopyOfTheSmallNetworkMoves() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data));
        Network base = unlearned.network().part("base");
        Network offset = unlearned.network().part("offset");
        Network small = unlearned.network().part("small")) {
      assertThat(StrategyContract.fingerprint(base))
          .isEqualTo(StrategyContract.fingerprint(network));
      assertThat(StrategyContract.fingerprint(offset))
          .isNotEqualTo(StrategyContract.fingerprint(small));
      assertThat(small.accuracy(data.trained())).isGreaterThan(0.5);
      assertThat(small.rowShape()).isEqualTo(network.rowShape());
    }
  }

  /** z = z₀ in training, too: neither base nor small network drops out, and the copy has no dropout. */
  @Test
  void startsAsTheOriginalInTrainingWhateverItDropsOut() {
    Network dropping =
        Network.of(
            new Sequential().add(new Dropout(0.5)).add("head", new Linear(Toys.CLASSES)),
            new Shape(Toys.WIDTH),
            1);
    try (dropping;
        UnlearningDataset data = data()) {
      Runs.Given looking =
          new Runs.Given(
              task -> {
                try (GradMode off = GradMode.off();
                    Batch batch = task.forgetRows().load(dropping.device())) {
                  float[] before = dropping.forward(batch, Network.Mode.EVALUATE, 7).toFloatArray();
                  assertThat(dropping.forward(batch, Network.Mode.TRAIN, 7).toFloatArray())
                      .isNotEqualTo(before);
                  assertThat(task.network().forward(batch, Network.Mode.TRAIN, 7).toFloatArray())
                      .containsExactly(before, within(1e-5f));
                }
                return new FineTune(Runs.oneStep()).unlearn(task);
              });
      strategy().withInner(looking).unlearn(UnlearningTask.of(dropping, data)).close();
    }
  }

  /** The inner strategy moves running statistics; of the three parts only those of the copy. */
  @Test
  void runningStatisticsOfBaseAndSmallNetworkStay() {
    Training update = Runs.oneStep().withStatistics(Statistics.UPDATE);
    DeltaUnlearning strategy = strategy().withInner(new NegativeGradient(0.5, 0, update));
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        Network given = Toys.train(Toys.convolution(2), data, 2);
        Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data), given);
        Network base = unlearned.network().part("base");
        Network small = unlearned.network().part("small");
        Network offset = unlearned.network().part("offset")) {
      assertThat(StrategyContract.fingerprint(base))
          .isEqualTo(StrategyContract.fingerprint(network));
      assertThat(StrategyContract.fingerprint(small))
          .isEqualTo(StrategyContract.fingerprint(given));
      assertThat(offset.statistics().toFloatArray())
          .isNotEqualTo(given.statistics().toFloatArray());
    }
  }

  /** The control: an inner strategy that hardly moves leaves the answers as they were. */
  @Test
  void theInnerStrategyIsWhatMakesItForget() {
    double before = Runs.before(Runs::forgetLoss);
    DeltaUnlearning still =
        strategy().withInner(new NegativeGradient(0.5, 0, Runs.oneStep().withLearningRate(1e-12)));
    assertThat(Runs.after(still, Runs::forgetLoss)).isCloseTo(before, within(1e-5));
    assertThat(Runs.after(strategy(), Runs::forgetLoss)).isGreaterThan(2 * before);
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeltaUnlearning.DEFAULTS.withHidden(0))
        .withMessage("hidden must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeltaUnlearning.DEFAULTS.withScale(-1))
        .withMessage("scale must be > 0 and finite, but was -1.0");
    try (UnlearningDataset data = data();
        Network network = network(data);
        Network other = small()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, data), other))
          .withMessageContaining("part \"offset\"");
      assertThatThrownBy(
              () -> strategy().withInner(Ssd.DEFAULTS).unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("combination");
    }
  }
}
