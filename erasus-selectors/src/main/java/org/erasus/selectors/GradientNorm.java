package org.erasus.selectors;

import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows whose loss pulls hardest on the weights.
 *
 * <pre>{@code
 * score_i = ‖∇_θ CE(x_i, y_i; θ)‖₂          over all trainable parameters, (N)
 * }</pre>
 *
 * <p>This is the GraNd score of the trained network itself, where the paper averages it over networks early in training. One
 * backward pass serves a whole batch: every layer tells each row's share of the norm from its input and the gradient of its
 * output.
 *
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record GradientNorm() implements ScoringSelector {
  /** The only settings. */
  public static final GradientNorm DEFAULTS = new GradientNorm();

  @Override
  public double[] score(Probe probe) {
    return probe.gradientNorms();
  }
}
