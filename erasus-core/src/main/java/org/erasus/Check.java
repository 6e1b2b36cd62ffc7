package org.erasus;

/** Argument checks whose messages name the parameter, the rule and the value found. */
public final class Check {
  private Check() {}

  /** Requires a finite value above 0. */
  public static double positive(double value, String name) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be > 0 and finite, but was " + value);
    }
    return value;
  }

  /** Requires a finite value of 0 or more. */
  public static double nonNegative(double value, String name) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be >= 0 and finite, but was " + value);
    }
    return value;
  }

  /** Requires a finite value. */
  public static double finite(double value, String name) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(name + " must be finite, but was " + value);
    }
    return value;
  }

  /** Requires a value in [low, high]. */
  public static double inClosed(double value, double low, double high, String name) {
    if (!(value >= low && value <= high)) {
      throw new IllegalArgumentException(
          name + " must be in [" + low + ", " + high + "], but was " + value);
    }
    return value;
  }

  /** Requires a value in (low, high). */
  public static double inOpen(double value, double low, double high, String name) {
    if (!(value > low && value < high)) {
      throw new IllegalArgumentException(
          name + " must be in (" + low + ", " + high + "), but was " + value);
    }
    return value;
  }

  /** Requires a whole number of {@code least} or more. */
  public static int atLeast(int least, int value, String name) {
    if (value < least) {
      throw new IllegalArgumentException(
          name + " must be at least " + least + ", but was " + value);
    }
    return value;
  }
}
