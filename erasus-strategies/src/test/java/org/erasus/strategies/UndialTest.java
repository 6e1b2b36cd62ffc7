package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Need;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.EpochRecord;
import org.junit.jupiter.api.Test;

class UndialTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Undial.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /**
   * Logits (log 3, 0) for every row of class 0, so p = (¾, ¼). β = log 3 takes the lead away, q = (½, ½), and
   * CE = −½ log ¾ − ½ log ¼ = ½ log 16/3. Its gradient by b is p − q = (¼, −¼).
   */
  @Test
  void teachesWhatTheOriginalSaidWithTheOwnClassMadeLessLikely() {
    Undial strategy = new Undial(Math.log(3), 0, Runs.oneStep());
    float log3 = (float) Math.log(3);
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, log3, 0)) {
      EpochRecord first = Runs.firstEpoch(strategy, network, data);
      assertThat(first.forgetLoss().orElseThrow()).isCloseTo(Math.log(16 / 3.0) / 2, within(1e-6));
      assertThat(Runs.weightsAfter(strategy, network, data))
          .containsExactly(new float[] {0, 0, log3 - 0.025f, 0.025f}, within(1e-6f));
    }
  }

  /** The target is that of the original throughout, so the run ends at it: at logits (log 3 − β, 0) but for a constant. */
  @Test
  void theTargetDoesNotMoveWithTheStudent() {
    Undial strategy = new Undial(2, 0, Runs.oneStep().withMaxEpochs(200).withLearningRate(1));
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, (float) Math.log(3), 0)) {
      float[] weights = Runs.weightsAfter(strategy, network, data);
      assertThat(weights[2] - weights[3]).isCloseTo((float) (Math.log(3) - 2), within(1e-4f));
    }
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Undial(4, 0.7, GoldenRun.training(5, 0.05)), "losses", "undial");
  }

  @Test
  void readsNoRetainRowsWithoutARetainTerm() {
    assertThat(Undial.DEFAULTS.withRetainWeight(0).needs()).containsExactly(Need.FORGET_ROWS);
  }

  /** The control: without the forget term, or with next to nothing taken off, the loss on forget rows does not rise. */
  @Test
  void theForgetTermRaisesTheForgetLoss() {
    Undial strategy = Undial.DEFAULTS.withTraining(Runs.fewEpochs());
    Undial off = strategy.withTraining(Runs.fewEpochs().withForgetWeight(0));
    double raised = Runs.after(strategy, Runs::forgetLoss);
    assertThat(raised).isGreaterThan(Runs.after(off, Runs::forgetLoss) + 0.3);
    assertThat(raised).isGreaterThan(Runs.after(strategy.withBeta(1e-6), Runs::forgetLoss) + 0.3);
  }

  /** Why λ is 3 and not 0 as in the paper. */
  @Test
  void theRetainTermKeepsTheRetainRows() {
    Undial strategy = Undial.DEFAULTS.withTraining(Runs.fewEpochs().withMaxEpochs(10));
    assertThat(Runs.before((n, data) -> n.accuracy(data.retain()))).isGreaterThan(0.95);
    assertThat(Runs.after(strategy, (n, data) -> n.accuracy(data.retain()))).isGreaterThan(0.7);
    assertThat(Runs.after(strategy.withRetainWeight(0), (n, data) -> n.accuracy(data.retain())))
        .isLessThan(0.5);
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Undial.DEFAULTS.withBeta(0))
        .withMessage("beta must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Undial.DEFAULTS.withRetainWeight(-1))
        .withMessage("retainWeight must be >= 0 and finite, but was -1.0");
  }
}
