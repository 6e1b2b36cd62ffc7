package org.erasus.eval.stats;

import java.util.Arrays;
import org.erasus.Check;

/**
 * The difference of the means of two groups of rows that have nothing to do with each other, with an error that few rows
 * cannot make zero.
 *
 * <p>For numbers within [0, 1], such as right or wrong answers or probabilities. A row of 0 and a row of 1 are added to each
 * group:
 *
 * <pre>{@code
 * mean = (Σ xᵢ + 1) / (n + 2)
 * s²   = (Σ xᵢ² + 1) / (n + 2) − mean²
 * standardError² = s²ₐ/(nₐ + 2) + s²_b/(n_b + 2)          degrees of freedom after Welch, from n − 1 of each group
 * }</pre>
 *
 * @see PairedRows for two networks on the same rows
 * @see <a href="https://doi.org/10.1080/00031305.2000.10474560">Agresti and Caffo, 2000, for answers that are right or wrong</a>
 */
public final class UnpairedRows {
  private UnpairedRows() {}

  /**
   * Estimates mean of a − mean of b.
   *
   * @param a one number a row, from 0 to 1, at least 2
   * @param b likewise, of other rows
   */
  public static Estimate bounded(double[] a, double[] b) {
    Group first = Group.of(a, "a");
    Group second = Group.of(b, "b");
    double variance = first.variance + second.variance;
    double share = first.variance / variance;
    double inverseDf = share * share / (a.length - 1) + (1 - share) * (1 - share) / (b.length - 1);
    return new Estimate(
        first.mean - second.mean,
        Math.sqrt(variance),
        1 / inverseDf,
        Math.sqrt(Math.min(variance, first.added + second.added)));
  }

  /** The mean of a group, the variance of that mean, above 0, and how much of it the added rows may be. */
  private record Group(double mean, double variance, double added) {
    static Group of(double[] values, String name) {
      Check.values(2, values, name);
      for (double value : values) {
        Check.inClosed(value, 0, 1, "values of " + name);
      }
      double rows = values.length + 2.0;
      double mean = (Arrays.stream(values).sum() + 1) / rows;
      double squares = Arrays.stream(values).map(v -> v * v).sum() + 1;
      double variance = (squares / rows - mean * mean) / rows;
      return new Group(mean, variance, Math.min(variance, 1 / (rows * rows)));
    }
  }
}
