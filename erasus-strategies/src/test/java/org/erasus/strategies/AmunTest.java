package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AmunTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Amun.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /**
   * Logits (x, −x): the boundary is at 0, and a row of class 0 at 0.1 walks down. Balls of radius 0.04 and 0.08 do not reach it;
   * in the one of 0.16 the steps of 0.016 end at 0.1 − 7·0.016 = −0.012, class 1. Losses are log(1 + e^{∓2x}).
   */
  @Test
  void anExampleIsTheFirstInputOfAnotherClassInTheFirstBallThatHoldsOne() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0.1f, 1, 1}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      double row = softplus(-0.2);
      double example = softplus(2 * -0.012);
      double retain = softplus(2) + softplus(-2);
      Amun amun = Amun.DEFAULTS.withTraining(Runs.oneStep());
      assertThat(Runs.firstEpoch(amun, network, data).retainLoss().orElseThrow())
          .isCloseTo((row + example + retain) / 4, within(1e-6));
      assertThat(
              Runs.firstEpoch(amun.withData(Amun.Data.FORGET_ROWS), network, data)
                  .forgetLoss()
                  .orElseThrow())
          .isCloseTo((row + example) / 2, within(1e-6));
      // rows that went through: 11 looks, then 11, then 8 for the attacks; 3 rows and an example
      // for
      // the step and again for the record
      assertThat(rowsForwardBackward(amun.withSteps(10), network, data))
          .isEqualTo(11 + 11 + 8 + 4 + 4);
    }
  }

  private static double softplus(double x) {
    return Math.log(1 + Math.exp(x));
  }

  private static long rowsForwardBackward(Amun amun, Network network, UnlearningDataset data) {
    try (Unlearned unlearned = amun.unlearn(UnlearningTask.of(network, data))) {
      return unlearned.record().rowsForwardBackward();
    }
  }

  /** A row that the network takes for class 1 although it is of class 0 is taught both, whatever ε. */
  @Test
  void aRowTheNetworkGetsWrongIsItsOwnExample() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {-2, 1, 1}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      assertThat(
              Runs.firstEpoch(
                      Amun.DEFAULTS.withData(Amun.Data.FORGET_ROWS).withTraining(Runs.oneStep()),
                      network,
                      data)
                  .forgetLoss()
                  .orElseThrow())
          .isCloseTo((softplus(4) + softplus(-4)) / 2, within(1e-6));
    }
  }

  /** In a coreset of weight 3 the row and its example count three times, so the retain rows count less. */
  @Test
  void anExampleHasTheWeightOfItsRow() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0.1f, 1, 1}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 1, -1, 0, 0);
        Unlearned unlearned =
            Amun.DEFAULTS
                .withTraining(Runs.oneStep())
                .unlearn(
                    UnlearningTask.of(network, data)
                        .withForgetCoreset(
                            Coreset.of(data.forget().ids(), "heavy")
                                .withWeights(new double[] {3})))) {
      assertThat(unlearned.record().epochs().get(0).retainLoss().orElseThrow())
          .isCloseTo(
              (3 * softplus(-0.2) + 3 * softplus(-0.024) + softplus(2) + softplus(-2)) / 8,
              within(1e-6));
    }
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Amun(Amun.Data.ALL_ROWS, 0.1, 20, GoldenRun.training(5, 0.05)), "gradients", "amun");
  }

  @Test
  void stepsOnBatchStatisticsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new Amun(Amun.Data.FORGET_ROWS, 0.1, 20, GoldenRun.training(5, 0.05)),
        "gradients",
        "amun-forget");
  }

  /** The control: without examples it is training on the forget rows, which lowers the forget loss. */
  @Test
  void theExamplesRaiseTheForgetLoss() {
    Amun amun = Amun.DEFAULTS.withData(Amun.Data.FORGET_ROWS).withTraining(Runs.fewEpochs());
    assertThat(Runs.after(amun, Runs::forgetLoss))
        .isGreaterThan(Runs.before(Runs::forgetLoss) + 0.01);
    assertThat(Runs.after(new Expert(Runs.fewEpochs()), Runs::forgetLoss))
        .isLessThan(Runs.before(Runs::forgetLoss));
  }

  @Test
  void aRunKilledAfterAnyStepEndsTheSame(@TempDir Path folder) {
    Runs.assertGoesOnAfterAnyStep(strategy(), 4, folder);
  }

  @Test
  void frozenWeightsStayBitIdentical() {
    Runs.assertFrozenWeightsStay(strategy());
  }

  @Test
  void readsForgetRowsAloneWhenToldSo() {
    assertThat(Amun.DEFAULTS.withData(Amun.Data.FORGET_ROWS).needs())
        .containsExactly(Need.FORGET_ROWS);
  }

  @Test
  void aRowWithoutAnExampleIsNamed() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0.1f, 1, 1}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 0, 0, 1, 0)) {
      assertThatThrownBy(() -> Amun.DEFAULTS.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("of row 0 is of another class to the network")
          .hasMessageContaining("raise epsilon or steps");
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Amun.DEFAULTS.withEpsilon(0))
        .withMessage("epsilon must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Amun.DEFAULTS.withSteps(0))
        .withMessageContaining("steps");
  }
}
