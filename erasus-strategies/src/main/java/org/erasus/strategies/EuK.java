package org.erasus.strategies;

import java.util.EnumSet;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.train.Statistics;
import org.erasus.train.Training;

/**
 * Exact unlearning of the last k layers (EU-k): trains these alone on the retain rows from fresh weights.
 *
 * <pre>{@code
 * θ = (θ₀ of all layers before, φ)       φ of the last k layers, starting at random
 * loss = CE(retain; φ)                   scalar
 * }</pre>
 *
 * <p>A layer is whatever has parameters under one path, normalisations included. With k all layers it is {@link Retrain}, bit
 * for bit; with fewer, the layers before still know the forget rows, and running statistics are those of θ₀ where the run starts,
 * and move with the batches, as fresh layers give other activations.
 *
 * @param layers k, 1 or more
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2201.06640">Goel et al., 2022</a>
 */
public record EuK(int layers, Training training) implements UnlearningStrategy {
  /** The last two layers, ten epochs of SGD at 0.01. */
  public static final EuK DEFAULTS =
      new EuK(2, Training.DEFAULTS.withStatistics(Statistics.UPDATE));

  /** Checks the range. */
  public EuK {
    Check.atLeast(1, layers, "layers");
  }

  /** This strategy with another k. */
  public EuK withLayers(int layers) {
    return new EuK(layers, training);
  }

  /** This strategy with other settings of the run. */
  public EuK withTraining(Training training) {
    return new EuK(layers, training);
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.RETAIN_ROWS);
  }

  /**
   * Trains the last layers of a copy.
   *
   * @throws IllegalArgumentException before any work under a mask, whose frozen weights could not be fresh, and when the
   *     network has fewer layers
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    Retrain.refuseMask(task, this);
    RunLog log = RunLog.start(task, this);
    try (Network start = start(task)) {
      return LastLayers.fineTune(task.withNetwork(start), layers, training, log);
    }
  }

  private Network start(UnlearningTask task) {
    boolean all = LastLayers.firstTensor(task.network(), layers) == 0;
    Network start = Retrain.fresh(task, training);
    if (!all) {
      try (Mask last = LastLayers.mask(task.network(), layers);
          Weights original = task.network().weights();
          Weights fresh = start.weights();
          Weights mixed = fresh.masked(last, original);
          Weights known = mixed.withStatisticsOf(original)) {
        start.restore(known);
      }
    }
    return start;
  }
}
