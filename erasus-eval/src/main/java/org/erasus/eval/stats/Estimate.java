package org.erasus.eval.stats;

import java.util.List;
import org.erasus.Check;

/**
 * A measured number, how far it would move on other seeds or rows, and how well that is known.
 *
 * <p>Some estimates from rows have an error that few rows cannot make zero ({@link PairedRows}). What is in it for that reason
 * alone goes sooner than the rest when there are more rows:
 *
 * <pre>{@code
 * standardError² = spread² + floor²             with k times as many rows: spread²/k + floor²/k²
 * }</pre>
 *
 * @param value what was measured, for instance a difference of two means
 * @param standardError above 0: without spread nothing can be tested
 * @param degreesOfFreedom of the t distribution, above 0; infinite when the normal distribution holds
 * @param floor the part of the standard error that is there only because rows are few, from 0 to {@code standardError}
 */
public record Estimate(double value, double standardError, double degreesOfFreedom, double floor) {
  /** Checks that the estimate can be tested. */
  public Estimate {
    Check.finite(value, "value");
    if (!(standardError > 0 && Double.isFinite(standardError))) {
      throw new IllegalArgumentException(
          "standardError must be > 0 and finite, but was "
              + standardError
              + ": values without spread allow no test; use other seeds or an interval over rows");
    }
    if (!(degreesOfFreedom > 0)) {
      throw new IllegalArgumentException(
          "degreesOfFreedom must be > 0, but was " + degreesOfFreedom);
    }
    Check.inClosed(floor, 0, standardError, "floor");
  }

  /** An estimate of which the whole error falls with the root of the rows. */
  public Estimate(double value, double standardError, double degreesOfFreedom) {
    this(value, standardError, degreesOfFreedom, 0);
  }

  /** An estimate from so many rows that the normal distribution holds. */
  public static Estimate normal(double value, double standardError) {
    return new Estimate(value, standardError, Double.POSITIVE_INFINITY);
  }

  /** The same estimate counted from another origin, for instance an AUC from one half. */
  public Estimate minus(double origin) {
    return at(value - origin);
  }

  /** The same error about another value. */
  public Estimate at(double other) {
    return new Estimate(other, standardError, degreesOfFreedom, floor);
  }

  /**
   * The typical size of true differences of one kind, their errors taken out: few rows must not make it larger.
   *
   * <pre>{@code
   * spread² = mean of (value² − standardError²)              0 when negative
   * }</pre>
   *
   * @param differences at least one
   */
  public static double spread(List<Estimate> differences) {
    return Math.sqrt(
        Math.max(
            0,
            differences.stream()
                .mapToDouble(d -> d.value() * d.value() - d.standardError() * d.standardError())
                .average()
                .orElseThrow()));
  }

  /** What to expect of other rows of the same kind, {@code times} as many, above 0. */
  public Estimate withRows(double times) {
    Check.positive(times, "times");
    double few = floor / times;
    double spread = (standardError - floor) * (standardError + floor) / times;
    return new Estimate(value, Math.sqrt(spread + few * few), degreesOfFreedom * times, few);
  }

  /** The symmetric t interval, {@code value ± t(1 − α/2, df) · standardError}. */
  public Interval interval(double level, String method) {
    Check.inOpen(level, 0, 1, "level");
    double half = Distributions.tQuantile((1 + level) / 2, degreesOfFreedom) * standardError;
    return new Interval(value - half, value, value + half, level, method);
  }

  /** The two-sided p-value of the claim that the true value is zero. */
  public double pValue() {
    return 2 * Distributions.tCdf(-Math.abs(value / standardError), degreesOfFreedom);
  }
}
