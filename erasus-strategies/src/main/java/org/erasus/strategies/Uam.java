package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.train.Gradients;
import org.erasus.train.Step;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Unlearning-aware minimisation (UAM): goes down the retain loss by its gradient at nearby weights where the forget loss is
 * largest.
 *
 * <pre>{@code
 * min_θ L_r(θ + ε*),  ε* = argmax_{‖ε‖₂ ≤ ρ} L_f(θ + ε) ≈ ρ ∇L_f(θ) / ‖∇L_f(θ)‖₂           (P)
 * g = ∇L_r(θ + ε*)                                                                        (P)
 * g ← g − (1 + γ) (⟨g, ∇L_f⟩ / ‖∇L_f‖²) ∇L_f   where ⟨g, ∇L_f⟩ > 0                        (P)
 * }</pre>
 *
 * <p>To first order a step down g changes the forget loss by −⟨g, ∇L_f⟩ times the learning rate: it relearns where the product
 * is positive, and only there is g turned, not where the product is negative, as the word conflict for it may suggest: such a
 * step forgets already; with γ 0 the forget loss stays as it is, with γ 1 it rises by as much as it would
 * have fallen. The published library holds a function for such a turn and the setting γ, and applies neither. Without γ, g is
 * as in its code, and relearns the more the larger ρ: g ≈ ∇L_r + ρ H_r ∇L_f / ‖∇L_f‖, and the Hessian H_r of a trained network
 * is positive along most directions. With γ above 0 the ascent has no end; a ρ or a learning rate too large ruins a network.
 *
 * <p>The code takes the forget gradient with the batch statistics of forget and retain rows together, here they are those of
 * the forget rows.
 *
 * @param radius ρ, above 0
 * @param decay of ρ over the run
 * @param turn γ, 0 or more; none leaves g as it is
 * @param training settings of the run
 * @see <a href="https://neurips.cc/virtual/2025/poster/116406">Kim et al., 2025</a>
 */
public record Uam(double radius, Decay decay, Optional<Double> turn, Training training)
    implements UnlearningModule {
  /** How ρ changes over a run, t the share of its steps that is done. */
  public enum Decay {
    /** It does not. */
    NONE,
    /** ρ (1 + cos πt) / 2. */
    COSINE
  }

  /**
   * ρ 0.01 throughout, where the code has 0.05, γ 1, ten epochs of SGD at 0.003 with gradients clipped to norm 1, as the ascent
   * has no bound.
   */
  public static final Uam DEFAULTS =
      new Uam(
          0.01,
          Decay.NONE,
          Optional.of(1.0),
          Training.DEFAULTS.withLearningRate(0.003).withClipNorm(1));

  /** Checks the ranges. */
  public Uam {
    Check.positive(radius, "radius");
    turn.ifPresent(value -> Check.nonNegative(value, "turn"));
  }

  /** This strategy with another ρ. */
  public Uam withRadius(double radius) {
    return new Uam(radius, decay, turn, training);
  }

  /** This strategy with another decay of ρ. */
  public Uam withDecay(Decay decay) {
    return new Uam(radius, decay, turn, training);
  }

  /** This strategy with another γ. */
  public Uam withTurn(double turn) {
    return new Uam(radius, decay, Optional.of(turn), training);
  }

  /** This strategy with g as it is. */
  public Uam withoutTurn() {
    return new Uam(radius, decay, Optional.empty(), training);
  }

  /** This strategy with other settings of the run. */
  public Uam withTraining(Training training) {
    return new Uam(radius, decay, turn, training);
  }

  @Override
  public NDArray forgetStep(Step step) {
    return step.student().crossEntropy();
  }

  @Override
  public NDArray retainStep(Step step) {
    return step.student().crossEntropy();
  }

  @Override
  public Optional<GradientRule> gradientRule() {
    return Optional.of(this::descent);
  }

  private NDArray descent(Gradients gradients) {
    NDArray forget = gradients.forget();
    double squared = dot(forget, forget);
    double rho =
        decay == Decay.NONE ? radius : radius * (1 + Math.cos(Math.PI * gradients.done())) / 2;
    double scale = squared == 0 ? 0 : rho / Math.sqrt(squared);
    NDArray descent = gradients.retain(0, forget.mul((float) scale));
    double along = dot(descent, forget);
    if (turn.isEmpty() || squared == 0 || along <= 0) {
      return descent;
    }
    return descent.sub(forget.mul((float) ((1 + turn.get()) * along / squared)));
  }

  private static double dot(NDArray a, NDArray b) {
    try (NDArray products = a.mul(b);
        NDArray sum = products.sum()) {
      return sum.getFloat();
    }
  }
}
