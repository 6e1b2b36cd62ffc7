package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.train.Statistics;
import org.erasus.train.Step;
import org.erasus.train.Supervised;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/**
 * Retraining from scratch: a fresh network trained on the retain rows alone, the gold reference of every other strategy.
 *
 * <pre>{@code
 * θ ~ initial weights(seed), then minimise CE(D_r; θ)    retain batch, scalar
 * }</pre>
 *
 * <p>It is gold only under the recipe the original network was trained with: pass that as {@code training}. The weights to
 * forget from are never read, but for what the training leaves as it is: frozen parameters, the running statistics of a frozen
 * backbone ({@link Network#fresh}), and with {@link Statistics#FREEZE} all running statistics. With checkpoints, a finished run is
 * not computed again.
 *
 * @param training the recipe of the original network
 * @see <a href="https://arxiv.org/abs/1912.03817">Bourtoule et al., 2021</a>, who call it the naive approach
 */
public record Retrain(Training training) implements UnlearningModule {
  /** The settings of {@link Supervised#DEFAULTS}. */
  public static final Retrain DEFAULTS = new Retrain(Supervised.DEFAULTS.training());

  /** This strategy with other settings of the run. */
  public Retrain withTraining(Training training) {
    return new Retrain(training);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.RETAIN);
  }

  @Override
  public NDArray retainStep(Step step) {
    return step.student().crossEntropy();
  }

  /**
   * Trains a fresh network.
   *
   * @throws IllegalArgumentException under a mask: fresh weights in some places and original ones in others are no retrained
   *     network
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    refuseMask(task, this);
    Network fresh = fresh(task, training);
    try {
      return new Unlearned(fresh, new UnlearningTrainer(task, this).fit(fresh));
    } catch (RuntimeException | Error e) {
      fresh.close();
      throw e;
    }
  }

  /** Fresh weights; running statistics that the training leaves as they are are those of the original. */
  static Network fresh(UnlearningTask task, Training training) {
    Network fresh = task.network().fresh(task.seeds().of("initial-weights"));
    if (training.statistics() == Statistics.FREEZE) {
      try (Weights original = task.network().weights();
          Weights drawn = fresh.weights();
          Weights known = drawn.withStatisticsOf(original)) {
        fresh.restore(known);
      }
    }
    return fresh;
  }

  /** Refuses a mask for a strategy that starts from fresh weights. */
  static void refuseMask(UnlearningTask task, UnlearningStrategy strategy) {
    if (task.mask().isPresent()) {
      throw new IllegalArgumentException(
          strategy.displayName()
              + " starts from fresh weights and cannot leave masked ones as they are");
    }
  }
}
