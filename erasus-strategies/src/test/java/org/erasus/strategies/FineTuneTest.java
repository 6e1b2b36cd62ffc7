package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.EpochRecord;
import org.junit.jupiter.api.Test;

class FineTuneTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return FineTune.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /** All classes have probability ⅓, so CE = log 3. */
  @Test
  void firstLossOfAUniformNetworkIsLogThree() {
    EpochRecord first = Runs.firstEpochOnUniform(new FineTune(Runs.oneStep()));
    assertThat(first.retainLoss().orElseThrow()).isCloseTo(Math.log(3), within(1e-6));
    assertThat(first.forgetLoss()).isEmpty();
  }

  @Test
  void whatTheForgetRowsHoldMakesNoDifference() {
    FineTune strategy = new FineTune(Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2, 3}, new int[] {0, 1, 0}, 1);
        UnlearningDataset other = Runs.rows(1, new float[] {-7, 2, 3}, new int[] {1, 1, 0}, 1);
        Network network = Runs.linear(1, 1, 2, 3, 4)) {
      assertThat(Runs.weightsAfter(strategy, network, data))
          .isEqualTo(Runs.weightsAfter(strategy, network, other));
    }
  }

  /** The control: it trains. */
  @Test
  void fitsTheRetainRowsBetter() {
    assertThat(Runs.after(new FineTune(Runs.fewEpochs()), Runs::retainLoss))
        .isLessThan(Runs.before(Runs::retainLoss));
  }
}
