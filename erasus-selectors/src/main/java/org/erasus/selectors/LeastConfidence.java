package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows of whose most likely class the network is least sure.
 *
 * <pre>{@code
 * score_i = 1 − max_c p(c|x_i)          in [0, 1 − 1/C], (N)
 * }</pre>
 *
 * <p>It is computed as the sum of the other probabilities, which tells rows apart where the largest is 1 but for rounding.
 *
 * @see <a href="https://arxiv.org/abs/cmp-lg/9407020">Lewis and Gale, 1994</a>
 */
public record LeastConfidence() implements ScoringSelector {
  /** The only settings. */
  public static final LeastConfidence DEFAULTS = new LeastConfidence();

  @Override
  public double[] score(Probe probe) {
    return Arrays.stream(probe.probabilities()).mapToDouble(LeastConfidence::of).toArray();
  }

  /** The sum of all but the largest. */
  static double of(double[] p) {
    int best = 0;
    for (int c = 1; c < p.length; c++) {
      if (p[c] > p[best]) {
        best = c;
      }
    }
    double others = 0;
    for (int c = 0; c < p.length; c++) {
      others += c == best ? 0 : p[c];
    }
    return others;
  }
}
