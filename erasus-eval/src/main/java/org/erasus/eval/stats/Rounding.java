package org.erasus.eval.stats;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Tells differences from what rounding alone makes of none. */
final class Rounding {
  /** Some thousand roundings in 64 bits, as a mean over rows has. */
  private static final double SHARE = 1e-12;

  private Rounding() {}

  /** How far apart numbers of these sizes may lie and be equal but for rounding. */
  static double of(double[]... values) {
    return SHARE
        * Arrays.stream(values).flatMapToDouble(DoubleStream::of).map(Math::abs).max().orElse(0);
  }
}
