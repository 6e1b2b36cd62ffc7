package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;

class SsdTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Ssd.DEFAULTS.withSelection(1);
  }
}
