package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class RandomLabelTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return RandomLabel.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }
}
