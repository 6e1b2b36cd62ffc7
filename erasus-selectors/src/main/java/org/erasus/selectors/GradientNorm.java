package org.erasus.selectors;

import java.nio.file.Path;
import java.util.List;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows whose loss pulls hardest on the weights.
 *
 * <pre>{@code
 * score_i = mean_t ‖∇_θ CE(x_i, y_i; θ_t)‖₂          over all trainable parameters, (N)
 * }</pre>
 *
 * <p>With networks early in training as checkpoints this is the paper's GraNd score; by default it is that of the one network
 * at hand. One backward pass serves a whole batch: every layer tells each row's share of the norm from its input and the
 * gradient of its output.
 *
 * @param checkpoints θ_t, safetensors files of weights of the network; empty for the network at hand alone
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record GradientNorm(List<Path> checkpoints) implements ScoringSelector {
  /** The network at hand alone. */
  public static final GradientNorm DEFAULTS = new GradientNorm(List.of());

  /** Makes the paths absolute. */
  public GradientNorm {
    checkpoints = Snapshots.absolute(checkpoints);
  }

  /** With other checkpoints. */
  public GradientNorm withCheckpoints(List<Path> other) {
    return new GradientNorm(other);
  }

  @Override
  public double[] score(Probe probe) {
    return Snapshots.mean(displayName(), probe, checkpoints, Probe::gradientNorms);
  }
}
