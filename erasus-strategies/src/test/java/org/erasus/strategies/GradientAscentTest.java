package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class GradientAscentTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return GradientAscent.DEFAULTS
        .withTraining(Toys.training().withMaxEpochs(3))
        .withCheckEverySteps(1);
  }
}
