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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RandomLabelTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return RandomLabel.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /**
   * With two classes the wrong label is the other one. Logits are (log 3, 0) for every row, so p = (¾, ¼): a forget row of
   * class 0 is taught class 1 at −log ¼ = log 4; retain rows of class 0 cost log 4/3.
   */
  @Test
  void firstForgetLossIsThatOfTheOtherClass() {
    RandomLabel strategy =
        new RandomLabel(RandomLabel.Order.SPLIT, Runs.oneStep().withLearningRate(1e-7));
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2, 3}, new int[] {0, 0, 0}, 2);
        Network network = Runs.linear(1, 0, 0, (float) Math.log(3), 0)) {
      EpochRecord first = Runs.firstEpoch(strategy, network, data);
      assertThat(first.forgetLoss().orElseThrow()).isCloseTo(Math.log(4), within(1e-5));
      assertThat(first.retainLoss().orElseThrow()).isCloseTo(Math.log(4 / 3.0), within(1e-5));
      // joint: two rows at log 4 and one at log 4/3 in one mean
      EpochRecord joint =
          Runs.firstEpoch(strategy.withOrder(RandomLabel.Order.JOINT), network, data);
      assertThat(joint.retainLoss().orElseThrow())
          .isCloseTo((2 * Math.log(4) + Math.log(4 / 3.0)) / 3, within(1e-5));
    }
  }

  /** The control: fine-tuning under the same settings is the same run without wrong labels. */
  @ParameterizedTest
  @EnumSource(RandomLabel.Order.class)
  void wrongLabelsRaiseTheForgetLoss(RandomLabel.Order order) {
    RandomLabel strategy = new RandomLabel(order, Runs.fewEpochs());
    assertThat(Runs.after(strategy, Runs::forgetLoss))
        .isGreaterThan(Runs.after(new FineTune(Runs.fewEpochs()), Runs::forgetLoss) + 0.2);
  }

  @Test
  void repeatingTheRetainRowsKeepsTheirLossDown() {
    RandomLabel strategy = new RandomLabel(RandomLabel.Order.SPLIT, Runs.fewEpochs());
    RandomLabel off = strategy.withTraining(Runs.fewEpochs().withRetainWeight(0));
    assertThat(Runs.after(strategy, Runs::retainLoss))
        .isLessThan(Runs.after(off, Runs::retainLoss) - 0.3);
  }
}
