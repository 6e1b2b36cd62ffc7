package org.erasus.strategies;

import org.erasus.UnlearningStrategy;
import org.erasus.testkit.StrategyContract;

class TaskArithmeticTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return TaskArithmetic.DEFAULTS.withTraining(
        TaskArithmetic.DEFAULTS.training().withLearningRate(0.01));
  }
}
