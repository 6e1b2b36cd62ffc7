package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.engine.TorchOps;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Saliency unlearning with a soft threshold: teaches wrong classes for the forget rows and draws the weights back to the
 * original after every step, so that few of them move at first and more later.
 *
 * <pre>{@code
 * loss = CE(all rows, ỹ; θ),  ỹ wrong for forget rows            scalar
 * after step t of S:  d = θ − θ₀
 *                     β = the ⌊q(1 − t/S)P⌋-th smallest |d|      scalar, P the weights that may move
 *                     θ ← θ₀ + sign(d) max(|d| − β, 0)           (P), the proximal map of β‖θ − θ₀‖₁
 * }</pre>
 *
 * <p>The published code takes the weights at the start of each epoch for θ₀, draws wrong labels that may be right, and keeps β
 * within an epoch; the paper's ‖θ − θ₀‖₁ is about the original.
 *
 * @param share q of the weights drawn back to their place after the first step, in [0, 1]; 0 is {@link RandomLabel} over the
 *     union
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2310.12508">Fan et al., 2024</a>
 */
public record SalunSoft(double share, Training training) implements UnlearningModule {
  /** Half of the weights, the settings of {@link RandomLabel}. */
  public static final SalunSoft DEFAULTS = new SalunSoft(0.5, RandomLabel.DEFAULTS.training());

  /** Checks the range. */
  public SalunSoft {
    Check.inClosed(share, 0, 1, "share");
  }

  /** This strategy with another q. */
  public SalunSoft withShare(double share) {
    return new SalunSoft(share, training);
  }

  /** This strategy with other settings of the run. */
  public SalunSoft withTraining(Training training) {
    return new SalunSoft(share, training);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.UNION);
  }

  @Override
  public NDArray unionStep(Step step) {
    return step.student().crossEntropy(step.wrongLabels());
  }

  @Override
  public Optional<AfterStep> afterStep() {
    return Optional.of(
        (parameters, original, rate, done) -> {
          try (NDArray way = parameters.sub(original);
              NDArray length = way.abs()) {
            drawBack(parameters, original, way, length, rank(done, parameters.size()));
          }
        });
  }

  @Override
  public UnlearningModule prepared(UnlearningTask task, RunLog log) {
    return task.mask().isEmpty()
        ? this
        : new Masked(
            this,
            task.mask().get().kept().toDevice(task.network().device(), false),
            task.mask().get().count());
  }

  /**
   * The strategy at work under a mask.
   *
   * @param free boolean (P of the network), of the mask
   * @param moving how many are
   */
  private record Masked(SalunSoft settings, NDArray free, long moving) implements UnlearningModule {
    @Override
    public Training training() {
      return settings.training;
    }

    @Override
    public NDArray unionStep(Step step) {
      return settings.unionStep(step);
    }

    @Override
    public Optional<AfterStep> afterStep() {
      return Optional.of(
          (parameters, original, rate, done) -> {
            long k = settings.rank(done, moving);
            try (NDArray way = parameters.sub(original);
                NDArray length = way.abs();
                NDArray among = TorchOps.where(free, length, 0)) { // frozen ones are the smallest
              drawBack(parameters, original, way, among, k == 0 ? 0 : free.size() - moving + k);
            }
          });
    }
  }

  private long rank(double done, long moving) {
    return (long) (share * (1 - done) * moving);
  }

  private static void drawBack(
      NDArray parameters, NDArray original, NDArray way, NDArray length, long k) {
    if (k == 0) {
      return;
    }
    try (NDArray left = length.sub(TorchOps.kthSmallest(length, k));
        NDArray kept = left.maximum(0f);
        NDArray sign = way.sign();
        NDArray drawn = sign.mul(kept);
        NDArray moved = original.add(drawn)) {
      TorchOps.copyInPlace(parameters, moved);
    }
  }
}
