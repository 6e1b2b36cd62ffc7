package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.Fisher;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Gradients;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Step;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Saliency forgetting in the remain-preserving manifold, online (SFR-on): a fast step up the loss of forget rows on the weights
 * that matter more for them than for the others, some steps of fine-tuning on retain rows from there, and a slow step towards
 * where these end.
 *
 * <pre>{@code
 * M    = [I_f ≥ γ I_r],  I the diagonal Fisher of θ₀ on forget and on retain rows     (P), once a run
 * ε̃_i  = B ℓ_i^−λ / Σ_j ℓ_j^−λ,  not differentiated;  L_f = mean_i ε̃_i ℓ_i           (B), ℓ the cross entropy
 * fast   θ⁰ = θ + β_t clip_c(M ⊙ ∇L_f(θ)),  β_t = β (1 + cos πt) / 2                  t the share of the run that is done
 *        θʲ = θʲ⁻¹ − η ∇CE(retain batch j; θʲ⁻¹),  j = 1…T
 * slow   θ ← θ − α (θ − θᵀ)                                                           α the learning rate of the run
 * }</pre>
 *
 * <p>θ − θᵀ is what the optimizer of the run gets for a gradient: plain SGD is the paper's. The published code squares the mean
 * gradients of batches for I; here those of rows are squared. It makes its fast steps and its fine-tuning with one SGD with
 * momentum, sets α to 1, and clips β_t ∇L_f where here ∇L_f is clipped; the normalised ε̃ are the code's. With λ = ½ rows that are
 * known well, whose gradients are next to nothing, have nearly all of the weight, and a class stays; the default is smaller.
 *
 * @param forgetRate β, above 0
 * @param maxForgetNorm c, largest norm of M ⊙ ∇L_f, above 0; a longer one is scaled down
 * @param temperature λ, 0 or more; the larger, the more rows count that are still known well
 * @param saliency γ, 0 or more; with 0 all weights take part
 * @param retainRate η, above 0
 * @param retainSteps T, 1 or more
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2409.19732">Huang et al., 2024</a>
 */
public record SfrOn(
    double forgetRate,
    double maxForgetNorm,
    double temperature,
    double saliency,
    double retainRate,
    int retainSteps,
    Training training)
    implements UnlearningModule {
  /** β 1, c 0.3, λ 0.1, γ 1, five steps at η 0.05, α 1 by plain SGD, ten epochs. */
  public static final SfrOn DEFAULTS =
      new SfrOn(
          1,
          0.3,
          0.1,
          1,
          0.05,
          5,
          Training.DEFAULTS.withOptimizer(Optimizer.Sgd.plain()).withLearningRate(1));

  /** Checks the ranges. */
  public SfrOn {
    Check.positive(forgetRate, "forgetRate");
    Check.positive(maxForgetNorm, "maxForgetNorm");
    Check.nonNegative(temperature, "temperature");
    Check.nonNegative(saliency, "saliency");
    Check.positive(retainRate, "retainRate");
    Check.atLeast(1, retainSteps, "retainSteps");
    if (training.pairing() == Pairing.ALTERNATE) {
      throw new IllegalArgumentException(
          "a step needs forget and retain rows, but the pairing was ALTERNATE: choose JOINT or CYCLE_SHORTER");
    }
  }

  /** This strategy with another β. */
  public SfrOn withForgetRate(double forgetRate) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with another c. */
  public SfrOn withMaxForgetNorm(double maxForgetNorm) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with another λ. */
  public SfrOn withTemperature(double temperature) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with another γ. */
  public SfrOn withSaliency(double saliency) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with another η. */
  public SfrOn withRetainRate(double retainRate) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with another T. */
  public SfrOn withRetainSteps(int retainSteps) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  /** This strategy with other settings of the run. */
  public SfrOn withTraining(Training training) {
    return new SfrOn(
        forgetRate, maxForgetNorm, temperature, saliency, retainRate, retainSteps, training);
  }

  @Override
  public int retainBatches() {
    return retainSteps;
  }

  @Override
  public UnlearningModule prepared(UnlearningTask task, RunLog log) {
    NDManager manager = EngineRuntime.newManager(task.network().device());
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager(task.network().device())) {
      NDArray forget = Fisher.diagonal(task.network(), task.forgetRows(), scope);
      NDArray retain = Fisher.diagonal(task.network(), task.retainRows(), scope);
      NDArray salient = forget.gte(retain.mul((float) saliency));
      salient.attach(manager);
      log.forwardBackward(task.forgetRows().size() + task.retainRows().size());
      return new Lesson(this, salient, manager);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** The strategy at work, with the weights that take part in fast steps. */
  private record Lesson(SfrOn settings, NDArray salient, NDManager manager)
      implements UnlearningModule {
    @Override
    public Training training() {
      return settings.training;
    }

    @Override
    public NDArray forgetStep(Step step) {
      NDArray margin = TorchOps.marginRows(step.student().logits(), step.labels());
      NDArray losses = TorchOps.logSigmoid(margin).neg();
      NDArray weights;
      try (GradMode off = GradMode.off()) {
        // ℓ^−λ by logarithms, relative to the smallest ℓ: no row overflows. And by the margin
        // m = z_y − log Σ_{c≠y} exp z_c, as log p rounds a small ℓ to 0: ℓ = log(1 + e^−m), and
        // from 20 on log ℓ is −m to nine digits
        NDArray gap = margin.stopGradient();
        NDArray near = gap.minimum(20f);
        NDArray logs = TorchOps.logSigmoid(near).neg().log().add(near).sub(gap);
        NDArray powers = logs.sub(logs.min()).mul((float) -settings.temperature).exp();
        weights = powers.div(powers.mean());
      }
      return step.student().mean(losses.mul(weights)).neg();
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public Optional<GradientRule> gradientRule() {
      return Optional.of(this::way);
    }

    /** θ − θᵀ. */
    private NDArray way(Gradients gradients) {
      double rate = settings.forgetRate * (1 + Math.cos(Math.PI * gradients.done())) / 2;
      NDArray forget = gradients.forget().mul(salient);
      TorchOps.clipInPlace(forget, settings.maxForgetNorm);
      NDArray way = forget.mul((float) rate);
      for (int j = 0; j < settings.retainSteps; j++) {
        try (NDArray shift = way.neg();
            NDArray gradient = gradients.retain(j, shift)) {
          TorchOps.addInPlace(way, gradient, settings.retainRate);
        }
      }
      return way;
    }

    @Override
    public void release() {
      manager.close();
    }
  }
}
