package org.erasus.selectors;

import java.util.stream.IntStream;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * EL2N: prefers the rows whose predicted distribution is furthest from the truth.
 *
 * <pre>{@code
 * score_i = ‖p(x_i) − onehot(y_i)‖₂          in [0, √2], (N)
 * }</pre>
 *
 * <p>The paper averages the score over networks early in training; this is the score of the one network at hand.
 *
 * @see <a href="https://arxiv.org/abs/2107.07075">Paul, Ganguli and Dziugaite, 2021</a>
 */
public record El2n() implements ScoringSelector {
  /** The only settings. */
  public static final El2n DEFAULTS = new El2n();

  @Override
  public double[] score(Probe probe) {
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
