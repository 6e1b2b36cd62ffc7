package org.erasus.selectors;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * EL2N: prefers the rows whose predicted distribution is furthest from the truth.
 *
 * <pre>{@code
 * score_i = mean_t ‖p(x_i; θ_t) − onehot(y_i)‖₂          in [0, √2], (N)
 * }</pre>
 *
 * <p>The paper averages over networks early in training: give their weights as checkpoints. By default this is the score of
 * the one network at hand. Time: N forward for each checkpoint.
 *
 * @param checkpoints θ_t, safetensors files of weights of the network; empty for the network at hand alone
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record El2n(List<Path> checkpoints) implements ScoringSelector {
  /** The network at hand alone. */
  public static final El2n DEFAULTS = new El2n(List.of());

  /** Makes the paths absolute. */
  public El2n {
    checkpoints = Snapshots.absolute(checkpoints);
  }

  /** With other checkpoints. */
  public El2n withCheckpoints(List<Path> other) {
    return new El2n(other);
  }

  @Override
  public double[] score(Probe probe) {
    return Snapshots.mean(displayName(), probe, checkpoints, El2n::distances);
  }

  /** ‖p − onehot(y)‖₂ of each row (N). */
  static double[] distances(Probe probe) {
    double[][] p = probe.probabilities();
    int[] y = probe.labels();
    return IntStream.range(0, y.length).mapToDouble(i -> distanceToOneHot(p[i], y[i])).toArray();
  }

  private static double distanceToOneHot(double[] p, int label) {
    double sum = 0;
    for (int c = 0; c < p.length; c++) {
      double difference = p[c] - (c == label ? 1 : 0);
      sum += difference * difference;
    }
    return Math.sqrt(sum);
  }
}
