package org.erasus.eval.stats;

import java.util.Arrays;
import org.erasus.Check;

/**
 * The mean difference of two networks on the same rows, with an error that few rows cannot make zero.
 *
 * <p>For differences within [−1, 1], such as right or wrong answers or probabilities. Two half rows of +1 and −1 and two
 * of 0 are added, so agreement on every row is evidence of little difference only when there are many rows:
 *
 * <pre>{@code
 * mean = Σ dᵢ / (n + 2)
 * s²   = (Σ dᵢ² + 1) / (n + 2) − mean²,   standardError = s / √(n + 2),   n − 1 degrees of freedom
 * floor = 1 / (n + 2)                                                      what the added rows make of it
 * }</pre>
 *
 * @see <a href="https://doi.org/10.1002/sim.1781">Agresti and Min, 2005, for answers that are right or wrong</a>
 */
public final class PairedRows {
  private PairedRows() {}

  /**
   * Estimates the mean of bounded differences.
   *
   * @param differences one a row, from −1 to 1, at least 2
   */
  public static Estimate bounded(double[] differences) {
    Check.values(2, differences, "differences");
    for (double d : differences) {
      Check.inClosed(d, -1, 1, "difference");
    }
    double rows = differences.length + 2.0;
    double mean = Arrays.stream(differences).sum() / rows;
    double squares = Arrays.stream(differences).map(d -> d * d).sum() + 1;
    double variance = squares / rows - mean * mean;
    double error = Math.sqrt(variance / rows);
    return new Estimate(mean, error, differences.length - 1.0, Math.min(error, 1 / rows));
  }
}
