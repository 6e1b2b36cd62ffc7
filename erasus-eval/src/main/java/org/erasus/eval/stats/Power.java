package org.erasus.eval.stats;

import org.erasus.Check;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;
import org.hipparchus.special.Gamma;

/**
 * How often a test would decide, if the true difference and spread were known.
 *
 * <pre>{@code
 * ŝ² = χ²(df) / df,  t = t(1 − α, df)
 * equivalence  E[Φ((m − δ)/σ − t ŝ) − Φ(−(m + δ)/σ + t ŝ)]⁺        δ difference, σ its standard error, m margin
 * difference   E[Φ((|δ| − m)/σ − t′ ŝ)],  t′ = t(1 − α/2, df)
 * }</pre>
 *
 * <p>The expectation is a Gauss–Legendre sum over ŝ, so it is exact for few seeds too; with infinitely many degrees of
 * freedom ŝ = 1.
 *
 * @see <a href="https://doi.org/10.1007/BF01068419">Schuirmann, 1987</a>
 */
public final class Power {
  private static final int PANELS = 16;

  /** Gauss–Legendre with 16 nodes on [−1, 1]. */
  private static final GaussIntegrator UNIT_RULE = new GaussIntegratorFactory().legendre(16);

  private Power() {}

  /**
   * The chance that {@link Tost} shows equivalence.
   *
   * @param truth the true difference with the standard error and degrees of freedom that the test would have
   * @param margin above 0
   * @param alpha above 0 and below one half
   */
  public static double ofEquivalence(Estimate truth, double margin, double alpha) {
    check(margin, alpha);
    double t = Distributions.tQuantile(1 - alpha, truth.degreesOfFreedom());
    double up = (margin - truth.value()) / truth.standardError();
    double down = (margin + truth.value()) / truth.standardError();
    // Both tests can succeed together only while t·ŝ is below half the margin's width in σ.
    double largest = (up + down) / (2 * t);
    return expect(
        truth.degreesOfFreedom(),
        largest,
        s ->
            Math.max(
                0, Distributions.normalCdf(up - t * s) - Distributions.normalCdf(t * s - down)));
  }

  /**
   * The chance that {@link Equivalence#pDifferent()} shows a difference beyond the margin, in the direction it has.
   *
   * @param truth the true difference with the standard error and degrees of freedom that the test would have
   * @param margin above 0
   * @param alpha above 0 and below one half
   */
  public static double ofDifference(Estimate truth, double margin, double alpha) {
    check(margin, alpha);
    double t = Distributions.tQuantile(1 - alpha / 2, truth.degreesOfFreedom());
    double excess = (Math.abs(truth.value()) - margin) / truth.standardError();
    return expect(
        truth.degreesOfFreedom(),
        Double.POSITIVE_INFINITY,
        s -> Distributions.normalCdf(excess - t * s));
  }

  @FunctionalInterface
  private interface Chance {
    double given(double spread);
  }

  private static double expect(double df, double largest, Chance chance) {
    if (Double.isInfinite(df)) {
      return chance.given(1);
    }
    // ŝ lies within 9/√df of 1 but for less than 1e-17: its density falls like a normal one.
    double low = Math.max(0, 1 - 9 / Math.sqrt(df));
    double high = Math.min(largest, 1 + 9 / Math.sqrt(df));
    double logScale = Math.log(2) + df / 2 * Math.log(df / 2) - Gamma.logGamma(df / 2);
    double sum = 0;
    double width = (high - low) / PANELS;
    for (int panel = 0; panel < PANELS && width > 0; panel++) {
      double middle = low + (panel + 0.5) * width;
      sum +=
          UNIT_RULE.integrate(
              x -> {
                double s = middle + x * width / 2;
                double logDensity = logScale + (df - 1) * Math.log(s) - df * s * s / 2;
                return chance.given(s) * Math.exp(logDensity) * width / 2;
              });
    }
    return Math.min(1, sum);
  }

  private static void check(double margin, double alpha) {
    Check.positive(margin, "margin");
    if (!(alpha > 0 && alpha < 0.5)) {
      throw new IllegalArgumentException("alpha must be > 0 and < 0.5, but was " + alpha);
    }
  }
}
