package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class SalunTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Salun.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }
}
