package org.erasus.selectors;

import java.nio.file.Path;
import java.util.List;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows whose loss pulls hardest on the weights.
 *
 * <pre>{@code
 * score_i = mean_t ‖∇_θ CE(x_i, y_i; θ_t)‖₂          over all trainable parameters, or those of some layers, (N)
 * }</pre>
 *
 * <p>With networks early in training as checkpoints this is the paper's GraNd score; by default it is that of the one network
 * at hand. One backward pass serves a whole batch: every layer tells each row's share of the norm from its input and the
 * gradient of its output.
 *
 * @param checkpoints θ_t, safetensors files of weights of the network; empty for the network at hand alone
 * @param layers whose parameters count, paths such as {@code fc}, or {@code block} for all of {@code block.0} and so on; empty for all
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record GradientNorm(List<Path> checkpoints, List<String> layers) implements ScoringSelector {
  /** The network at hand alone. */
  public static final GradientNorm DEFAULTS = new GradientNorm(List.of(), List.of());

  /** Copies the lists and makes the paths of files absolute. */
  public GradientNorm {
    checkpoints = Snapshots.absolute(checkpoints);
    layers = List.copyOf(layers);
  }

  /** With other checkpoints. */
  public GradientNorm withCheckpoints(List<Path> other) {
    return new GradientNorm(other, layers);
  }

  /** Over the parameters of these layers alone: late layers take less time, as the backward pass ends at the first of them. */
  public GradientNorm withLayers(List<String> other) {
    return new GradientNorm(checkpoints, other);
  }

  @Override
  public double[] score(Probe probe) {
    return Snapshots.mean(
        displayName(),
        probe,
        checkpoints,
        state -> layers.isEmpty() ? state.gradientNorms() : state.gradientNorms(layers));
  }
}
