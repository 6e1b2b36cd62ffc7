package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class SaliencyMaskTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return SaliencyMask.DEFAULTS.withInner(
        NegativeGradient.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2)));
  }
}
