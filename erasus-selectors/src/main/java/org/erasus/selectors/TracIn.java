package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.List;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * TracIn: prefers the rows whose steps of gradient descent lowered the loss of other rows most, traced over checkpoints of
 * the training.
 *
 * <pre>{@code
 * score_i = Σ_t η_t ⟨∇CE(x_i, y_i; θ_t), ∇CE(target; θ_t)⟩          (N)
 * CE(target) = Σ_j w_j CE(x_j, y_j) / Σ_j w_j                       w: weights of the target rows
 * }</pre>
 *
 * <p>This is the paper's TracInCP, with the weighted mean over the target rows in the place of one test row. Gradients are those of the last linear layer, in closed form
 * from a forward pass, or of all parameters; there, too, the inner products are exact, since the target's gradient is one
 * vector, where the paper projects gradients at random. Rows of negative score worked against the target. Time for each
 * checkpoint: a forward pass of candidates and target rows, or a forward and backward pass; memory O(N·(C+D)), or a batch of
 * rows and a vector of all parameters.
 *
 * @param target the mark of the rows whose loss counts
 * @param gradients which gradients are compared
 * @param checkpoints θ_t, safetensors files of weights of the network; empty for the network at hand alone
 * @param rates η_t, the learning rate at each checkpoint, above 0; empty for 1 at all
 * @see <a href="https://arxiv.org/abs/2002.08484">Pruthi, Liu, Sundararajan and Kale, 2020</a>
 */
public record TracIn(Mark target, Gradients gradients, List<Path> checkpoints, List<Double> rates)
    implements Selector {
  /** The last layer of the network at hand, for validation rows. */
  public static final TracIn DEFAULTS =
      new TracIn(Mark.VALIDATION, Gradients.LAST_LAYER, List.of(), List.of());

  /** Which parameters gradients are taken by. */
  public enum Gradients {
    /** Those of the last linear layer. */
    LAST_LAYER,
    /** All that are trained. */
    ALL
  }

  /** Checks the rates and makes the paths absolute. */
  public TracIn {
    checkpoints = Snapshots.absolute(checkpoints);
    rates = List.copyOf(rates);
    for (double rate : rates) {
      Check.positive(rate, "rate");
    }
    if (!rates.isEmpty() && rates.size() != Snapshots.count(checkpoints)) {
      throw new IllegalArgumentException(
          "rates must be none, or one for each of the "
              + Snapshots.count(checkpoints)
              + " networks, but were "
              + rates.size());
    }
  }

  /** With another target. */
  public TracIn withTarget(Mark other) {
    return new TracIn(other, gradients, checkpoints, rates);
  }

  /** With other gradients. */
  public TracIn withGradients(Gradients other) {
    return new TracIn(target, other, checkpoints, rates);
  }

  /** With other checkpoints and their rates. */
  public TracIn withCheckpoints(List<Path> other, List<Double> otherRates) {
    return new TracIn(target, gradients, other, otherRates);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    Rows targets = Targets.of(displayName(), task, target);
    double[] shares = Targets.shares(displayName(), targets);
    double[] scores = new double[task.candidates().size()];
    Snapshots.each(
        displayName(),
        task.network(),
        checkpoints,
        (number, network) -> {
          double rate = rates.isEmpty() ? 1 : rates.get(number);
          double[] products =
              gradients == Gradients.LAST_LAYER
                  ? lastLayer(task, network, targets, shares)
                  : all(task, network, targets);
          for (int i = 0; i < scores.length; i++) {
            scores[i] += rate * products[i];
          }
        });
    return Coreset.of(task.candidates().ids(), scores, displayName()).top(task.wanted());
  }

  private static double[] lastLayer(
      SelectionTask task, Network network, Rows targets, double[] shares) {
    try (NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray mean =
          LastLayer.of(task.probe(targets).on(network), scope).sum(Matrices.of(scope, shares));
      return LastLayer.of(task.probe().on(network), scope).products(mean).toDoubleArray();
    }
  }

  private static double[] all(SelectionTask task, Network network, Rows targets) {
    try (NDManager scope = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      NDArray mean = network.lossGradient(targets, scope).divi((float) targets.totalWeight());
      return task.probe().on(network).gradientDots(mean);
    }
  }
}
