package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class RetrainTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Retrain.DEFAULTS.withTraining(Toys.training());
  }
}
