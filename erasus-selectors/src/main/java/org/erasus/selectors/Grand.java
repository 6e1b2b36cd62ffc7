package org.erasus.selectors;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * GraNd by the last layer: prefers the rows whose loss pulls hardest on the last linear layer, over networks early in
 * training.
 *
 * <pre>{@code
 * score_i = mean_t ‖∂CE(x_i, y_i; θ_t)/∂[W, b]‖₂ = mean_t ‖p_t(x_i) − onehot(y_i)‖₂ · |s_t| · ‖[h_t(x_i), 1]‖₂          (N)
 * }</pre>
 *
 * <p>with W, b the last layer, h what goes into it and z = s·(W h + b); where there is no b, there is no 1. The paper takes the norm over all parameters, which is {@link
 * GradientNorm} with the same checkpoints; this form needs no backward pass. Time: N forward for each checkpoint.
 *
 * @param checkpoints θ_t, safetensors files of weights of the network, ten epochs into several trainings in the paper; empty
 *     for the network at hand alone
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record Grand(List<Path> checkpoints) implements ScoringSelector {
  /** The network at hand alone. */
  public static final Grand DEFAULTS = new Grand(List.of());

  /** Makes the paths absolute. */
  public Grand {
    checkpoints = Snapshots.absolute(checkpoints);
  }

  /** With other checkpoints. */
  public Grand withCheckpoints(List<Path> other) {
    return new Grand(other);
  }

  @Override
  public double[] score(Probe probe) {
    return Snapshots.mean(displayName(), probe, checkpoints, Grand::norms);
  }

  private static double[] norms(Probe probe) {
    float[][] h = probe.features();
    double[] residuals = El2n.distances(probe);
    Head.Slope slope = Head.slope(probe.network(), probe.rows());
    double size = Math.abs(slope.scale());
    int one = slope.hasBias() ? 1 : 0;
    return IntStream.range(0, h.length)
        .mapToDouble(i -> residuals[i] * size * Math.sqrt(one + squaredNorm(h[i])))
        .toArray();
  }

  private static double squaredNorm(float[] h) {
    double sum = 0;
    for (float value : h) {
      sum += (double) value * value;
    }
    return sum;
  }
}
