package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.EnumSet;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * Saliency mask: lets another strategy move only the parameters that matter most for the forget rows.
 *
 * <pre>{@code
 * g    = |Σ_i ∇CE_i(θ₀)|,  i over all forget rows        (P), summed with sign, then the absolute value
 * mask = g ≥ the q·P largest of g                        (P), over all parameters together
 * }</pre>
 *
 * <p>Masked parameters end bit-identical to θ₀, whatever momentum and decay do. Running statistics do not move either unless
 * the inner strategy's settings say {@code UPDATE}. A mask the task already has is kept: what moves must be free in both.
 *
 * <p>Differences from the paper's code: it sums the mean gradients of batches, so that rows in a smaller last batch count
 * more; it lets running statistics move.
 *
 * @param inner the strategy that is restricted
 * @param share q of the parameters that may move, in (0, 1]; ties are kept
 * @see <a href="https://arxiv.org/abs/2310.12508">Fan et al., 2024</a>
 */
public record SaliencyMask(UnlearningStrategy inner, double share) implements UnlearningStrategy {
  /** Half of the parameters, over random labels. */
  public static final SaliencyMask DEFAULTS = new SaliencyMask(RandomLabel.DEFAULTS, 0.5);

  /** Checks the range. */
  public SaliencyMask {
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
  }

  /** This mask over another strategy. */
  public SaliencyMask withInner(UnlearningStrategy inner) {
    return new SaliencyMask(inner, share);
  }

  /** This mask with another share. */
  public SaliencyMask withShare(double share) {
    return new SaliencyMask(inner, share);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    needs.addAll(inner.needs());
    return needs;
  }

  @Override
  public Unlearned unlearn(UnlearningTask task) {
    return unlearn(task, this);
  }

  /** Runs under the name of a strategy that is made of this one. */
  Unlearned unlearn(UnlearningTask task, UnlearningStrategy named) {
    task.require(named);
    RunLog log = RunLog.start(task, named);
    try (Mask mask = mask(task)) {
      log.forwardBackward(task.forgetRows().size());
      log.remark(mask.count() + " of " + mask.kept().size() + " parameters were free");
      Unlearned result = inner.unlearn(task.withMask(mask));
      log.include(result.record());
      return new Unlearned(result.network(), log.end(result.record().reason()));
    }
  }

  /**
   * The parameters that would be free.
   *
   * @return a mask the caller closes
   * @throws IllegalArgumentException when all gradients are equally large, so that no parameter stands out
   */
  public Mask mask(UnlearningTask task) {
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        GradMode off = GradMode.off()) {
      NDArray saliency = task.network().lossGradient(task.forgetRows(), scope).abs();
      Mask largest = Mask.ofLargest(saliency, share);
      if (task.mask().isEmpty()) {
        return largest;
      }
      try (largest) {
        return largest.and(task.mask().get());
      }
    }
  }
}
