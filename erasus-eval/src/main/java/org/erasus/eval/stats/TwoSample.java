package org.erasus.eval.stats;

import org.erasus.eval.internal.Args;
import org.hipparchus.stat.inference.KolmogorovSmirnovTest;
import org.hipparchus.stat.inference.MannWhitneyUTest;

/** Tests whether two independent samples come from one distribution; a large p-value does not show that they do. */
public final class TwoSample {
  /** Up to this product of the sample sizes the Kolmogorov–Smirnov p-value is exact, as in Hipparchus. */
  private static final long EXACT_KS_PRODUCT = 10_000;

  private TwoSample() {}

  /**
   * Kolmogorov–Smirnov: the largest gap between the two empirical distributions.
   *
   * <pre>{@code
   * D = sup |Fₐ(x) − F_b(x)|
   * p = P(D′ ≥ D), exact when nₐ n_b < 10 000; else Kolmogorov's limit at D √(nₐ n_b / (nₐ + n_b))
   * }</pre>
   *
   * <p>Ties make the p-value too large, never too small.
   *
   * @param a at least 2 finite values
   * @param b at least 2 finite values
   */
  public static TestResult kolmogorovSmirnov(double[] a, double[] b) {
    Args.values(a, "a", 2);
    Args.values(b, "b", 2);
    KolmogorovSmirnovTest test = new KolmogorovSmirnovTest();
    double d = test.kolmogorovSmirnovStatistic(a, b);
    return (long) a.length * b.length < EXACT_KS_PRODUCT
        ? new TestResult(
            "kolmogorov-smirnov-exact", d, clip(test.exactP(d, a.length, b.length, false)))
        : new TestResult(
            "kolmogorov-smirnov-limit", d, clip(test.approximateP(d, a.length, b.length)));
  }

  /**
   * Mann–Whitney U: whether values of one sample tend to be larger than those of the other.
   *
   * <pre>{@code
   * U  = Σ [aᵢ > bⱼ] + ½ [aᵢ = bⱼ] = AUC · nₐ n_b
   * z  = (|U − nₐn_b/2| − ½) / σ,   σ² = nₐn_b/12 · (n + 1 − Σ (t³ − t) / (n (n − 1)))      t sizes of the ties
   * }</pre>
   *
   * <p>The normal approximation with continuity correction; with fewer than about 8 values a side it is rough.
   *
   * @param a at least 2 finite values
   * @param b at least 2 finite values
   * @return the statistic is U of {@code a}
   * @throws IllegalArgumentException if all values are equal, as nothing can be ranked then
   * @see <a href="https://doi.org/10.1214/aoms/1177730491">Mann and Whitney, 1947</a>
   */
  public static TestResult mannWhitney(double[] a, double[] b) {
    double u = Roc.of(a, b).auc() * a.length * b.length;
    Args.values(a, "a", 2);
    Args.values(b, "b", 2);
    if (allEqual(a, b)) {
      throw new IllegalArgumentException(
          "a and b must hold at least 2 different values, but all are " + a[0]);
    }
    double p = new MannWhitneyUTest().mannWhitneyUTest(a, b, false);
    return new TestResult("mann-whitney-normal", u, clip(p));
  }

  private static boolean allEqual(double[] a, double[] b) {
    for (double v : a) {
      if (v != a[0]) {
        return false;
      }
    }
    for (double v : b) {
      if (v != a[0]) {
        return false;
      }
    }
    return true;
  }

  private static double clip(double p) {
    return Math.max(0, Math.min(1, p));
  }
}
