package org.erasus.selectors;

import org.erasus.Check;

/**
 * How long a Monte-Carlo estimate of the values of rows goes on: until what differs between the values is signal for the most
 * part.
 *
 * <pre>{@code
 * mean_i SE_i² ≤ noise · Var_i(φ̂_i)          after at least, or at any rate after at most so many samples
 * }</pre>
 *
 * @param atLeast samples before the rule is asked, 2 or more
 * @param atMost samples altogether, no fewer than at least
 * @param noise the share of the variance between values that may be chance, in [0, 1]
 */
public record Sampling(int atLeast, int atMost, double noise) {
  /** A hundred to two thousand samples, a tenth of the variance. */
  public static final Sampling DEFAULTS = new Sampling(100, 2000, 0.1);

  /** Checks the ranges. */
  public Sampling {
    Check.atLeast(2, atLeast, "atLeast");
    Check.atLeast(atLeast, atMost, "atMost");
    Check.inClosed(noise, 0, 1, "noise");
  }

  /** Exactly so many samples, whatever is found. */
  public static Sampling exactly(int samples) {
    return new Sampling(samples, samples, 0);
  }

  /** Whether there is a rule that can be met or missed. */
  boolean asks() {
    return atLeast < atMost || noise > 0;
  }

  /** This rule with another least number of samples. */
  public Sampling withAtLeast(int atLeast) {
    return new Sampling(atLeast, atMost, noise);
  }

  /** This rule with another largest number of samples. */
  public Sampling withAtMost(int atMost) {
    return new Sampling(atLeast, atMost, noise);
  }

  /** This rule with another share of noise. */
  public Sampling withNoise(double noise) {
    return new Sampling(atLeast, atMost, noise);
  }

  boolean settled(double[] values, double[] standardErrors) {
    double mean = 0;
    for (double value : values) {
      mean += value / values.length;
    }
    double spread = 0;
    double error = 0;
    for (int i = 0; i < values.length; i++) {
      spread += (values[i] - mean) * (values[i] - mean);
      error += standardErrors[i] * standardErrors[i];
    }
    return error <= noise * spread;
  }
}
