package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MuMisTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return MuMis.DEFAULTS.withTraining(MuMis.DEFAULTS.training().withBatchSize(8).withMaxEpochs(2));
  }

  /**
   * The logits of a linear layer are (2x, −3x), their gradients 2 and −3, whatever x: of a row of class 0 the loss is 4 − 9λ, and
   * a plain step of 0.1 leads to 2 − 0.1·2·2 and −3 − 0.1·λ·2·3; no bias moves.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.5, 1})
  void aStepOnALinearLayerScalesItsWeights(double lambda) {
    MuMis strategy = new MuMis(lambda, Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {0.7f, 1, 1}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 2, -3, 0.5f, 0.25f)) {
      assertThat(Runs.firstEpoch(strategy, network, data).forgetLoss().orElseThrow())
          .isCloseTo(4 - 9 * lambda, within(1e-6));
      assertThat(Runs.weightsAfter(strategy, network, data))
          .containsExactly(
              new float[] {1.6f, (float) (-3 - 0.6 * lambda), 0.5f, 0.25f}, within(1e-6f));
    }
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        new MuMis(0.7, GoldenRun.training(5, 0.02)), "gradients", "mu-mis");
  }

  @Test
  void stepsThroughConvolutionAndNormalisationAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new MuMis(0.7, GoldenRun.training(5, 2).withStatistics(Statistics.FREEZE)),
        "gradients",
        "mu-mis-convolution");
  }

  /** The control: without the loss, decay alone forgets nothing. */
  @Test
  void raisesTheForgetLoss() {
    MuMis strategy =
        MuMis.DEFAULTS.withTraining(
            MuMis.DEFAULTS.training().withMaxEpochs(20).withLearningRate(0.05));
    double before = Runs.before(Runs::forgetLoss);
    assertThat(Runs.after(strategy, Runs::forgetLoss)).isGreaterThan(before + 0.1);
    MuMis off = strategy.withTraining(strategy.training().withForgetWeight(0));
    assertThat(Runs.after(off, Runs::forgetLoss)).isLessThan(before + 0.01);
  }

  @Test
  void aRunKilledAfterAnyStepEndsTheSame(@TempDir Path folder) {
    Runs.assertGoesOnAfterAnyStep(strategy(), 6, folder);
  }

  @Test
  void frozenWeightsStayBitIdentical() {
    Runs.assertFrozenWeightsStay(strategy());
  }

  /** 18 rows: two gradients of inputs and the one of the weights, in the step and once more for the record. */
  @Test
  void countsThreePassesARow() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            MuMis.DEFAULTS.withTraining(Runs.oneStep()).unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.record().rowsForwardBackward()).isEqualTo(3 * (18 + 16));
    }
  }

  @Test
  void refusesANegativeWeight() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MuMis.DEFAULTS.withIrrelevantWeight(-1))
        .withMessage("irrelevantWeight must be >= 0 and finite, but was -1.0");
  }
}
