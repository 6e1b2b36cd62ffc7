package org.erasus.eval.stats;

import org.erasus.Check;

/**
 * Means over seeds: their interval and their comparison.
 *
 * <p>Seeds are few, so every rule here uses the t distribution. Values that are all equal, or differ by no more than rounding makes
 * of equal ones, give a width of zero that proves nothing: the interval says so in its method, and a comparison fails.
 */
public final class Means {
  private Means() {}

  /**
   * Bounds the mean over seeds.
   *
   * <pre>{@code
   * mean ± t(1 − α/2, n − 1) · s / √n
   * }</pre>
   *
   * @param values one per seed, at least 2
   * @param level above 0 and below 1
   * @return the interval; {@link Interval#isDegenerate()} when all values are equal
   * @see <a href="https://doi.org/10.1093/biomet/6.1.1">Student, 1908</a>
   */
  public static Interval interval(double[] values, double level) {
    Check.inOpen(level, 0, 1, "level");
    Moments m = Moments.of(values, Rounding.of(values), "values");
    return m.variance() == 0
        ? Interval.noSpread(m.mean(), level, "t")
        : new Estimate(m.mean(), Math.sqrt(m.variance() / m.count()), m.count() - 1.0)
            .interval(level, "t");
  }

  /**
   * Compares the means of two sets of seeds that have nothing to do with each other and may spread differently.
   *
   * <pre>{@code
   * standardError² = sₐ²/nₐ + s_b²/n_b
   * df             = standardError⁴ / ((sₐ²/nₐ)²/(nₐ − 1) + (s_b²/n_b)²/(n_b − 1))
   * }</pre>
   *
   * @param a one value per seed, at least 2
   * @param b one value per seed, at least 2
   * @throws IllegalArgumentException if neither set varies
   * @see <a href="https://doi.org/10.1093/biomet/34.1-2.28">Welch, 1947</a>
   */
  public static MeanComparison welch(double[] a, double[] b, double level) {
    return new MeanComparison(welchEstimate(a, b), level, "welch-t");
  }

  /**
   * Compares two means measured under the same seeds, by the differences within each seed.
   *
   * @param a one value per seed, at least 2
   * @param b as many values, in the same order
   * @throws IllegalArgumentException if the differences do not vary by more than rounding
   */
  public static MeanComparison paired(double[] a, double[] b, double level) {
    return new MeanComparison(pairedEstimate(a, b), level, "paired-t");
  }

  static Estimate welchEstimate(double[] a, double[] b) {
    Moments ma = Moments.of(a, Rounding.of(a), "a");
    Moments mb = Moments.of(b, Rounding.of(b), "b");
    double va = ma.variance() / ma.count();
    double vb = mb.variance() / mb.count();
    // Written with shares of the variance, so tiny variances do not underflow when squared.
    double share = va / (va + vb);
    double inverseDf =
        share * share / (ma.count() - 1) + (1 - share) * (1 - share) / (mb.count() - 1);
    return estimate(ma.mean() - mb.mean(), va + vb, 1 / inverseDf);
  }

  static Estimate pairedEstimate(double[] a, double[] b) {
    Check.values(2, a, "a");
    Check.values(2, b, "b");
    Check.sameLength(a, "a", b, "b");
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = a[i] - b[i];
    }
    Moments m = Moments.of(differences, Rounding.of(a, b), "differences");
    return estimate(m.mean(), m.variance() / m.count(), m.count() - 1.0);
  }

  private static Estimate estimate(double value, double variance, double degreesOfFreedom) {
    if (!(variance > 0)) {
      throw new IllegalArgumentException(
          "a and b must vary between seeds, but neither does: values without spread allow no test;"
              + " check that the seeds differ, or compare rows with Proportions or Bootstrap");
    }
    return new Estimate(value, Math.sqrt(variance), degreesOfFreedom);
  }

  private record Moments(int count, double mean, double variance) {
    /** Those of values that differ by no more than the rounding are of equal ones. */
    static Moments of(double[] values, double rounding, String name) {
      Check.values(2, values, name);
      // Equal values must have variance exactly zero; the rounding of their mean would hide that.
      double origin = values[0];
      double sum = 0;
      double low = 0;
      double high = 0;
      for (double v : values) {
        sum += v - origin;
        low = Math.min(low, v - origin);
        high = Math.max(high, v - origin);
      }
      double shift = sum / values.length;
      double squares = 0;
      for (double v : values) {
        squares += (v - origin - shift) * (v - origin - shift);
      }
      double variance = high - low <= rounding ? 0 : squares / (values.length - 1);
      return new Moments(values.length, origin + shift, variance);
    }
  }
}
