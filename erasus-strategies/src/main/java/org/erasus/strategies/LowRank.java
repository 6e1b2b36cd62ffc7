package org.erasus.strategies;

import java.util.List;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.train.Optimizer;

/**
 * Low-rank adapters (LoRA): lets another strategy move thin matrices beside the weights in place of the weights.
 *
 * <pre>{@code
 * W → W + (α/r) B A                                      W (m, …) of n inputs a unit, A (r, n), B (m, r)
 * A ~ U(−1/√n, 1/√n),  B = 0                             so the run starts at θ₀
 * merged:  θ = W + (α/r) B A
 * negated: θ = W − (α/r) B A
 * kept:    W and the adapters side by side; part("base") is θ₀
 * }</pre>
 *
 * <p>Every linear layer and convolution has adapters, a convolution as a matrix of its filters; biases and normalisations stay,
 * and running statistics unless the inner strategy's settings say {@code UPDATE}. Negated are adapters that have learned what is
 * to be forgotten: the inner strategy then trains on the forget rows.
 *
 * <p>As B starts at 0, the first steps of plain gradient descent move W by AᵀA, about r/(3n), of what they would without adapters,
 * and the run ends where it started. Inner strategies need an optimizer that scales its steps, such as AdamW as in the paper, or
 * rates some hundred times their own.
 *
 * @param inner the strategy that moves the adapters; must work under a mask, and in training only look at outputs or layers
 * @param rank r, 1 or more
 * @param alpha α, above 0
 * @param outcome what becomes of the adapters
 * @see <a href="https://arxiv.org/abs/2106.09685">Hu et al., 2022</a>
 */
public record LowRank(UnlearningStrategy inner, int rank, double alpha, Outcome outcome)
    implements UnlearningStrategy {
  /** What becomes of the adapters. */
  public enum Outcome {
    /** They are added to the weights. */
    MERGED,
    /** They are taken from the weights. */
    NEGATED,
    /** They stay beside the weights, which are those of θ₀. */
    KEPT
  }

  /** SimNPO by AdamW at 5e-3 on adapters of rank 4, α 4, merged. */
  public static final LowRank DEFAULTS =
      new LowRank(
          SimNpo.DEFAULTS.withTraining(
              SimNpo.DEFAULTS
                  .training()
                  .withOptimizer(Optimizer.AdamW.DEFAULTS)
                  .withLearningRate(5e-3)),
          4,
          4,
          Outcome.MERGED);

  /** Checks the ranges. */
  public LowRank {
    Check.atLeast(1, rank, "rank");
    Check.positive(alpha, "alpha");
  }

  /** Adapters moved by another strategy. */
  public LowRank withInner(UnlearningStrategy inner) {
    return new LowRank(inner, rank, alpha, outcome);
  }

  /** Adapters of another r. */
  public LowRank withRank(int rank) {
    return new LowRank(inner, rank, alpha, outcome);
  }

  /** Adapters with another α. */
  public LowRank withAlpha(double alpha) {
    return new LowRank(inner, rank, alpha, outcome);
  }

  /** Adapters that end another way. */
  public LowRank withOutcome(Outcome outcome) {
    return new LowRank(inner, rank, alpha, outcome);
  }

  @Override
  public Set<Need> needs() {
    return inner.needs();
  }

  /**
   * Trains adapters of a copy.
   *
   * @throws IllegalArgumentException before any work under a mask, as a product of thin matrices changes whole ones
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    if (task.mask().isPresent()) {
      throw new IllegalArgumentException(
          displayName()
              + " changes whole matrices and cannot leave masked weights as they are: run the inner strategy under the mask");
    }
    try (Network adapted =
        task.network().adapted(rank, alpha / rank, task.seeds().of("low rank"))) {
      return unlearn(task, adapted);
    }
  }

  /** Unlearns with adapters that are there. */
  Unlearned unlearn(UnlearningTask task, Network adapted) {
    RunLog log = RunLog.start(task, this);
    Unlearned result =
        NamedLayers.under(
            NamedLayers.mask(adapted, List.of("low-rank")),
            task.withNetwork(adapted),
            inner::unlearn);
    log.include(result.record());
    String reason = result.record().reason();
    if (outcome == Outcome.KEPT) {
      return new Unlearned(result.network(), log.end(reason));
    }
    try (Network moved = result.network()) {
      return new Unlearned(moved.merged(outcome == Outcome.MERGED ? 1 : -1), log.end(reason));
    }
  }
}
