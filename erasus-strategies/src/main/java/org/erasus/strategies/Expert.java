package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/** A network that goes on training on the forget rows alone, to be taken away from the original. */
record Expert(Training training) implements UnlearningModule {
  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.FORGET);
  }

  @Override
  public NDArray forgetStep(Step step) {
    return step.student().crossEntropy();
  }

  /**
   * τ = θ_e − θ₀ of the task's network; a mask does not bind the expert.
   *
   * @throws IllegalArgumentException when the expert is equal to the network: what is made of it would be that network
   */
  Weights way(UnlearningTask task, RunLog log) {
    try (Network expert = trained(task, log);
        Weights original = task.network().weights();
        Weights trained = expert.weights()) {
      return trained.minus(original);
    }
  }

  /** The expert itself, which the caller closes. */
  Network trained(UnlearningTask task, RunLog log) {
    return trained(task, this, log);
  }

  /**
   * A copy of the task's network that went on training; a mask does not bind it.
   *
   * @throws IllegalArgumentException when it is equal to the network
   */
  static Network trained(UnlearningTask task, UnlearningModule module, RunLog log) {
    Network copy = task.network().copy();
    try {
      log.include(new UnlearningTrainer(task.withoutMask(), module).fit(copy));
      if (copy.parameters().contentEquals(task.network().parameters())) {
        throw new IllegalArgumentException(
            "the expert did not move from the network it started from, so there is nothing to take away: raise the"
                + " learning rate or the number of epochs");
      }
      return copy;
    } catch (RuntimeException | Error e) {
      copy.close();
      throw e;
    }
  }
}
