package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;

class ScrubTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Scrub.DEFAULTS.withTraining(Toys.training().withMaxEpochs(3)).withRewind(true);
  }
}
