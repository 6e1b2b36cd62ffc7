package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Need;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.EpochRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NegativeGradientTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return NegativeGradient.DEFAULTS
        .withTraining(Toys.training().withMaxEpochs(2))
        .withL1Weight(1e-3);
  }

  /** All classes have probability ⅓: −(1−λ) log 3 on forget rows, λ log 3 on retain rows. */
  @ParameterizedTest
  @ValueSource(doubles = {0.25, 0.95})
  void firstLossesOfAUniformNetworkAreSharesOfLogThree(double lambda) {
    EpochRecord first = Runs.firstEpochOnUniform(new NegativeGradient(lambda, 0.3, Runs.oneStep()));
    assertThat(first.forgetLoss().orElseThrow())
        .isCloseTo(-(1 - lambda) * Math.log(3), within(1e-6));
    assertThat(first.retainLoss().orElseThrow()).isCloseTo(lambda * Math.log(3), within(1e-6));
  }

  /**
   * One plain step from W = (1, −1), b = (0, 0) on rows x = 0, whose logits are (0, 0): the gradient of both cross entropies
   * by W is 0, so W moves by −η μ sign(W) alone.
   */
  @Test
  void theL1TermMovesWeightsTowardsZeroByTheLearningRateTimesMu() {
    NegativeGradient strategy = new NegativeGradient(0.5, 0.3, Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      float[] weights = Runs.weightsAfter(strategy, network, data);
      assertThat(weights[0]).isCloseTo(1 - 0.1f * 0.3f, within(1e-6f));
      assertThat(weights[1]).isCloseTo(-1 + 0.1f * 0.3f, within(1e-6f));
    }
  }

  @Test
  void isPureAscentWithoutRetainRowsWhenLambdaIsZero() {
    NegativeGradient pure = new NegativeGradient(0, 0, Runs.oneStep());
    assertThat(pure.needs()).containsExactly(Need.FORGET_ROWS);
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(pure, network, data))
          .isEqualTo(Runs.weightsAfter(ascent, network, data));
    }
  }

  /** The control: without the forget term the loss on forget rows does not rise. */
  @Test
  void theForgetTermRaisesTheForgetLoss() {
    NegativeGradient strategy = new NegativeGradient(0.8, 0, Runs.fewEpochs());
    NegativeGradient off = strategy.withTraining(Runs.fewEpochs().withForgetWeight(0));
    assertThat(Runs.after(strategy, Runs::forgetLoss))
        .isGreaterThan(Runs.after(off, Runs::forgetLoss) + 0.3);
  }

  @Test
  void theRetainTermKeepsTheRetainLossDown() {
    NegativeGradient strategy = new NegativeGradient(0.8, 0, Runs.fewEpochs());
    NegativeGradient off = strategy.withTraining(Runs.fewEpochs().withRetainWeight(0));
    assertThat(Runs.after(strategy, Runs::retainLoss))
        .isLessThan(Runs.after(off, Runs::retainLoss) - 0.3);
  }
}
