package org.erasus.eval.stats;

import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.erasus.Check;

/**
 * How many seeds or rows would decide a test that was inconclusive.
 *
 * <p>Inside the margin it is the smallest number that shows equivalence, beyond the margin the smallest number that
 * shows the difference, each with the chance asked for. At the margin no number decides, and the result is empty; so
 * it is when more than 10 000 seeds or 1 000 000 000 rows would be needed. Put in what was measured as if it were the
 * truth: the answer is a guide for the next run, not a promise.
 *
 * @param alpha level of the test, above 0 and below one half
 * @param power chance to decide, above 0 and below 1
 */
public record SampleSize(double alpha, double power) {
  /** Level 5 %, decided four times out of five. */
  public static final SampleSize DEFAULTS = new SampleSize(0.05, 0.8);

  private static final long MOST_SEEDS = 10_000;
  private static final long MOST_ROWS = 1_000_000_000;

  /** Checks the ranges. */
  public SampleSize {
    if (!(alpha > 0 && alpha < 0.5)) {
      throw new IllegalArgumentException("alpha must be > 0 and < 0.5, but was " + alpha);
    }
    Check.inOpen(power, 0, 1, "power");
  }

  /** The same with another level. */
  public SampleSize withAlpha(double newAlpha) {
    return new SampleSize(newAlpha, power);
  }

  /** The same with another chance to decide. */
  public SampleSize withPower(double newPower) {
    return new SampleSize(alpha, newPower);
  }

  /**
   * Seeds on each side that decide {@link Tost#welch}.
   *
   * @param difference true difference of the means
   * @param deviationA standard deviation between seeds on one side, 0 or more
   * @param deviationB standard deviation between seeds on the other side; not both 0
   * @param margin above 0
   */
  public OptionalLong seeds(
      double difference, double deviationA, double deviationB, double margin) {
    Check.nonNegative(deviationA, "deviationA");
    Check.nonNegative(deviationB, "deviationB");
    if (deviationA == 0 && deviationB == 0) {
      throw new IllegalArgumentException(
          "deviationA and deviationB must not both be 0: seeds that do not vary decide nothing");
    }
    double a = deviationA * deviationA;
    double b = deviationB * deviationB;
    double perSeed = (a + b) * (a + b) / (a * a + b * b);
    return smallest(
        2,
        MOST_SEEDS,
        n -> new Estimate(difference, Math.sqrt((a + b) / n), perSeed * (n - 1.0)),
        difference,
        margin);
  }

  /**
   * Rows that decide about any estimate whose standard error falls with the root of the rows.
   *
   * @param difference true difference
   * @param standardError what it is now, above 0
   * @param rows how many rows gave it, at least 1
   * @param margin above 0
   */
  public OptionalLong rows(double difference, double standardError, long rows, double margin) {
    Check.positive(standardError, "standardError");
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be >= 1, but was " + rows);
    }
    return smallest(
        1,
        MOST_ROWS,
        n -> Estimate.normal(difference, standardError * Math.sqrt((double) rows / n)),
        difference,
        margin);
  }

  /**
   * Rows that would decide what was measured and left open.
   *
   * <pre>{@code
   * planned at   max(0, |d| − standardError)     |d| below the margin: enough to show that it is
   *              |d| + standardError             otherwise: enough to show that it is beyond
   * }</pre>
   *
   * <p>A difference that was measured nearer to the margin than its error can tell would ask for any number. One standard
   * error farther away, within what it may well be, the number is at most about a dozen times the rows there are; should the
   * truth lie at the margin, no number decides.
   *
   * @param measured the difference, from {@code rows} rows
   * @param rows at least 1
   * @param margin above 0
   * @return more than {@code rows}
   */
  public OptionalLong toDecide(Estimate measured, long rows, double margin) {
    if (rows < 1) {
      throw new IllegalArgumentException("rows must be >= 1, but was " + rows);
    }
    double distance = Math.abs(measured.value());
    double error = measured.standardError();
    double planned = distance < margin ? Math.max(0, distance - error) : distance + error;
    Estimate truth = measured.at(planned);
    return smallest(rows + 1, MOST_ROWS, n -> truth.withRows((double) n / rows), planned, margin);
  }

  /**
   * Positives that decide whether an AUC is within the margin of one half.
   *
   * <pre>{@code
   * variance = (A(1 − A) + (n⁺ − 1)(A/(2 − A) − A²) + (n⁻ − 1)(2A²/(1 + A) − A²)) / (n⁺ n⁻)
   * }</pre>
   *
   * <p>At A = ½ this is the variance of Mann–Whitney, (n⁺ + n⁻ + 1) / (12 n⁺ n⁻); elsewhere it assumes scores like
   * exponential ones, which errs on the side of more rows.
   *
   * @param auc true AUC, above 0 and below 1
   * @param negativesPerPositive above 0, for instance 1 for as many unseen rows as forgotten ones
   * @param margin above 0
   * @see <a href="https://doi.org/10.1148/radiology.143.1.7063747">Hanley and McNeil, 1982</a>
   */
  public OptionalLong positivesForAuc(double auc, double negativesPerPositive, double margin) {
    Check.inOpen(auc, 0, 1, "auc");
    Check.positive(negativesPerPositive, "negativesPerPositive");
    return smallest(
        2,
        MOST_ROWS,
        n -> Estimate.normal(auc - 0.5, aucError(auc, (double) n, negativesPerPositive)),
        auc - 0.5,
        margin);
  }

  /**
   * Rows on each side that decide about the difference of two shares measured on different rows.
   *
   * @param a true share on one side, from 0 to 1
   * @param b true share on the other side, from 0 to 1; one of the two not at an end
   * @param margin above 0
   */
  public OptionalLong rowsForProportions(double a, double b, double margin) {
    Check.inClosed(a, 0, 1, "a");
    Check.inClosed(b, 0, 1, "b");
    double variance = a * (1 - a) + b * (1 - b);
    if (variance == 0) {
      throw new IllegalArgumentException(
          "a and b must not both be 0 or 1, but were "
              + a
              + " and "
              + b
              + ": take them from"
              + " an interval, not from a count of none or all");
    }
    return smallest(
        1, MOST_ROWS, n -> Estimate.normal(a - b, Math.sqrt(variance / n)), a - b, margin);
  }

  static double aucError(double auc, double positives, double negativesPerPositive) {
    double negatives = Math.max(1, positives * negativesPerPositive);
    double q1 = auc / (2 - auc) - auc * auc;
    double q2 = 2 * auc * auc / (1 + auc) - auc * auc;
    return Math.sqrt(
        (auc * (1 - auc) + (positives - 1) * q1 + (negatives - 1) * q2) / (positives * negatives));
  }

  private OptionalLong smallest(
      long least, long most, LongFunction<Estimate> truth, double difference, double margin) {
    Check.positive(margin, "margin");
    if (!decides(truth.apply(most), difference, margin)) {
      return OptionalLong.empty();
    }
    long high = least;
    while (!decides(truth.apply(high), difference, margin)) {
      high *= 2;
    }
    long low = Math.max(least, high / 2);
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (decides(truth.apply(middle), difference, margin)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return OptionalLong.of(low);
  }

  private boolean decides(Estimate truth, double difference, double margin) {
    double chance =
        Math.abs(difference) < margin
            ? Power.ofEquivalence(truth, margin, alpha)
            : Power.ofDifference(truth, margin, alpha);
    return chance >= power;
  }
}
