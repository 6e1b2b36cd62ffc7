package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows the network spreads its belief over most classes for; their own class does not count.
 *
 * <pre>{@code
 * score_i = −Σ_c p(c|x_i) log p(c|x_i)          natural log, in [0, log C], (N)
 * }</pre>
 *
 * @see <a href="https://burrsettles.com/pub/settles.activelearning.pdf">Settles, 2009</a>, section 3.1
 */
public record Entropy() implements ScoringSelector {
  /** The only settings. */
  public static final Entropy DEFAULTS = new Entropy();

  @Override
  public double[] score(Probe probe) {
    return Arrays.stream(probe.probabilities()).mapToDouble(Entropy::of).toArray();
  }

  /** −Σ p log p, a class of probability 0 counting nothing. */
  static double of(double[] p) {
    return Arrays.stream(p).map(v -> v == 0 ? 0 : -v * Math.log(v)).sum();
  }
}
