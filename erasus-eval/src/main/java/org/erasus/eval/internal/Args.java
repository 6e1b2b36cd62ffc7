package org.erasus.eval.internal;

/** Checks of probabilities and samples, beside those of {@link org.erasus.Check}. */
public final class Args {
  private Args() {}

  /** Returns the value if it lies strictly between 0 and 1. */
  public static double insideUnit(double value, String name) {
    return require(value > 0 && value < 1, value, name, "> 0 and < 1");
  }

  /** Returns the value if it lies in [0, 1]. */
  public static double probability(double value, String name) {
    return require(value >= 0 && value <= 1, value, name, ">= 0 and <= 1");
  }

  /** Returns the value if it is at least the bound. */
  public static int atLeast(int bound, int value, String name) {
    if (value < bound) {
      throw new IllegalArgumentException(name + " must be >= " + bound + ", but was " + value);
    }
    return value;
  }

  /** Returns the array itself if it holds enough values and all of them are finite. */
  public static double[] values(double[] values, String name, int atLeast) {
    if (values.length < atLeast) {
      throw new IllegalArgumentException(
          name
              + " must hold at least "
              + atLeast
              + (atLeast == 1 ? " value" : " values")
              + ", but held "
              + values.length);
    }
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw new IllegalArgumentException(
            name + " must be finite, but value " + i + " was " + values[i]);
      }
    }
    return values;
  }

  /** Checks that two arrays are of one length, because their values belong together. */
  public static void sameLength(double[] a, String nameA, double[] b, String nameB) {
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          nameA
              + " and "
              + nameB
              + " must be paired and of one length, but held "
              + a.length
              + " and "
              + b.length);
    }
  }

  private static double require(boolean holds, double value, String name, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " must be " + rule + ", but was " + value);
    }
    return value;
  }
}
