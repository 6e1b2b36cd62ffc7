package org.erasus.eval.stats;

import java.util.Arrays;
import org.erasus.Check;
import org.hipparchus.stat.ranking.NaturalRanking;

/**
 * Tests whether paired differences lean to one side, by the ranks of their sizes.
 *
 * <pre>{@code
 * W⁺ = Σ ranks of |d| where d > 0,   W⁻ = Σ ranks where d < 0,   W = min(W⁺, W⁻)
 * exact    p = 2 · #{sign patterns with W⁺ ≤ W} / 2ⁿ
 * normal   z = (W − n(n + 1)/4 + ½) / √(n(n + 1)(2n + 1)/24 − Σ (t³ − t)/48)       t sizes of the ties
 * }</pre>
 *
 * <p>Pairs without a difference, or with one that rounding makes, are left out, as Wilcoxon did. The p-value is exact up to 50 differing pairs without
 * ties. Hipparchus has this test too, but without the term for ties in its approximation and with the ranks of ties
 * taken for whole numbers in its exact form, so only its ranking is used.
 *
 * @see <a href="https://doi.org/10.2307/3001968">Wilcoxon, 1945</a>
 */
public final class WilcoxonSignedRank {
  private static final int MAX_EXACT = 50;

  private WilcoxonSignedRank() {}

  /**
   * Tests the differences a − b.
   *
   * @param a finite values
   * @param b as many, in the same order
   * @return the statistic is W
   * @throws IllegalArgumentException if no pair differs
   */
  public static TestResult test(double[] a, double[] b) {
    Check.values(1, a, "a");
    Check.values(1, b, "b");
    Check.sameLength(a, "a", b, "b");
    double[] differences = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      differences[i] = a[i] - b[i];
    }
    double rounding = Rounding.of(a, b);
    double[] d = Arrays.stream(differences).filter(v -> Math.abs(v) > rounding).toArray();
    if (d.length == 0) {
      throw new IllegalArgumentException(
          "a and b must differ in at least one pair, but all " + a.length + " are equal");
    }
    double[] sizes = Arrays.stream(d).map(Math::abs).toArray();
    double[] ranks = new NaturalRanking().rank(sizes);
    double plus = 0;
    for (int i = 0; i < d.length; i++) {
      plus += d[i] > 0 ? ranks[i] : 0;
    }
    double w = Math.min(plus, d.length * (d.length + 1.0) / 2 - plus);
    double ties = tieTerm(sizes);
    return d.length <= MAX_EXACT && ties == 0
        ? new TestResult("wilcoxon-exact", w, exact((int) w, d.length))
        : new TestResult("wilcoxon-normal", w, normal(w, d.length, ties));
  }

  /** Counts the subsets of 1 … n by their sum, one number at a time. */
  private static double exact(int w, int n) {
    double[] share = new double[w + 1];
    share[0] = 1;
    for (int rank = 1; rank <= n; rank++) {
      for (int sum = w; sum >= 0; sum--) {
        share[sum] = (share[sum] + (sum >= rank ? share[sum - rank] : 0)) / 2;
      }
    }
    return Math.min(1, 2 * Arrays.stream(share).sum());
  }

  private static double normal(double w, double n, double ties) {
    double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
    double z = Math.min(0, w - n * (n + 1) / 4 + 0.5) / Math.sqrt(variance);
    return Math.min(1, 2 * Distributions.normalCdf(z));
  }

  private static double tieTerm(double[] sizes) {
    double[] sorted = sizes.clone();
    Arrays.sort(sorted);
    double term = 0;
    for (int from = 0, to; from < sorted.length; from = to) {
      to = from;
      while (to < sorted.length && sorted[to] == sorted[from]) {
        to++;
      }
      double t = to - from;
      term += t * t * t - t;
    }
    return term;
  }
}
