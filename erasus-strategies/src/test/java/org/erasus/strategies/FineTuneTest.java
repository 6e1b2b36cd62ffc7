package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class FineTuneTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return FineTune.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }
}
