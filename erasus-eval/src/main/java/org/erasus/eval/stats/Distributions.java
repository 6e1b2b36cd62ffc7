package org.erasus.eval.stats;

import org.hipparchus.distribution.continuous.BetaDistribution;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.hipparchus.distribution.continuous.TDistribution;

/**
 * Cumulative probabilities and quantiles, from Hipparchus.
 *
 * <p>Quantiles are solved to 1e-15: the default of the library is 1e-9, too coarse for a rate of 1e-6.
 */
final class Distributions {
  private static final double SOLVER_ACCURACY = 1e-15;
  private static final NormalDistribution NORMAL = new NormalDistribution();

  private Distributions() {}

  static double normalCdf(double z) {
    return NORMAL.cumulativeProbability(z);
  }

  static double normalQuantile(double p) {
    return NORMAL.inverseCumulativeProbability(p);
  }

  /** P(T ≤ t); infinitely many degrees of freedom are the normal distribution. */
  static double tCdf(double t, double degreesOfFreedom) {
    return Double.isInfinite(degreesOfFreedom)
        ? normalCdf(t)
        : new TDistribution(degreesOfFreedom).cumulativeProbability(t);
  }

  /** The t with P(T ≤ t) = p; infinitely many degrees of freedom are the normal distribution. */
  static double tQuantile(double p, double degreesOfFreedom) {
    return Double.isInfinite(degreesOfFreedom)
        ? normalQuantile(p)
        : new TDistribution(degreesOfFreedom, SOLVER_ACCURACY).inverseCumulativeProbability(p);
  }

  static double betaQuantile(double p, double a, double b) {
    return new BetaDistribution(a, b, SOLVER_ACCURACY).inverseCumulativeProbability(p);
  }

  static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
