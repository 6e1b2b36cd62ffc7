package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows whose two most likely classes are nearly as likely: the rows nearest to a decision boundary.
 *
 * <pre>{@code
 * score_i = 1 − (p₍₁₎ − p₍₂₎)          the two largest of p(c|x_i), in [0, 1], (N)
 * }</pre>
 *
 * <p>The paper takes the smallest margins p₍₁₎ − p₍₂₎; 1 minus the margin makes these the highest scores. It is computed as the
 * sum of all probabilities but the largest, and the second once more, which tells rows apart where the largest is 1 but for
 * rounding.
 *
 * @see <a href="https://doi.org/10.1007/3-540-44816-0_31">Scheffer, Decomain and Wrobel, 2001</a>
 */
public record Margin() implements ScoringSelector {
  /** The only settings. */
  public static final Margin DEFAULTS = new Margin();

  @Override
  public double[] score(Probe probe) {
    return Arrays.stream(probe.probabilities())
        .mapToDouble(p -> LeastConfidence.of(p) + second(p))
        .toArray();
  }

  private static double second(double[] p) {
    double[] sorted = p.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length - 2];
  }
}
