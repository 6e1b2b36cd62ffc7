package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class NegativeGradientTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return NegativeGradient.DEFAULTS
        .withTraining(Toys.training().withMaxEpochs(2))
        .withL1Weight(1e-3);
  }
}
