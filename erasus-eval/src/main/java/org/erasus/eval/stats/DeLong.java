package org.erasus.eval.stats;

import java.util.ArrayList;
import java.util.List;
import org.erasus.Check;

/**
 * How far an AUC would move on other rows, without assuming a distribution of the scores.
 *
 * <pre>{@code
 * V⁺ᵢ = share of negatives below positive i, ties half                  (n⁺)
 * V⁻ⱼ = share of positives above negative j, ties half                  (n⁻)
 * AUC = mean V⁺ = mean V⁻,   variance = s²(V⁺)/n⁺ + s²(V⁻)/n⁻
 * logit(AUC) ± z · standardError / (AUC (1 − AUC))                      interval
 * }</pre>
 *
 * <p>The shares come from binary search in the sorted scores, so n log n steps are enough. The interval is taken on
 * the logit scale: it stays inside (0, 1) and covers better near the ends than the symmetric one of the paper.
 *
 * <p>When all positives win, all lose, or all tie, the variance is zero although the AUC is not known exactly. Then
 * the i-th positive is compared with the i-th negative only: k = min(n⁺, n⁻) independent trials, bounded by
 * Clopper–Pearson. That is valid for any distribution, and wide:
 *
 * <pre>{@code
 * all win    [(α/2)^(1/k), 1]          all lose   [0, 1 − (α/2)^(1/k)]
 * all tie    ½ ± ½ (1 − (α/2)^(1/k))
 * }</pre>
 *
 * @see <a href="https://doi.org/10.2307/2531595">DeLong, DeLong and Clarke-Pearson, 1988</a>
 * @see <a href="https://doi.org/10.1109/LSP.2014.2337313">Sun and Xu, 2014, on the fast form</a>
 * @see <a href="https://doi.org/10.1177/0962280207087173">Qin and Hotilovac, 2008, on the logit scale</a>
 */
public final class DeLong {
  private DeLong() {}

  /**
   * Estimates the AUC of some scores.
   *
   * @param positives scores of rows that should score high, finite, at least 2
   * @param negatives scores of rows that should score low, finite, at least 2
   * @param level of the interval, above 0 and below 1
   */
  public static AucEstimate auc(double[] positives, double[] negatives, double level) {
    Check.inOpen(level, 0, 1, "level");
    Placements v = Placements.of(positives, negatives, "positives", "negatives");
    double variance = covariance(v, v);
    double z = Distributions.normalQuantile((1 + level) / 2);
    if (variance == 0) {
      Interval exact = withoutSpread(v, level);
      double widest = Math.max(v.auc() - exact.low(), exact.high() - v.auc());
      return new AucEstimate(Estimate.normal(v.auc(), widest / z), exact);
    }
    double auc = v.auc();
    double error = Math.sqrt(variance);
    double logit = Math.log(auc / (1 - auc));
    double half = z * error / (auc * (1 - auc));
    return new AucEstimate(
        Estimate.normal(auc, error),
        new Interval(
            Math.min(auc, Distributions.logistic(logit - half)),
            auc,
            Math.max(auc, Distributions.logistic(logit + half)),
            level,
            "delong-logit"));
  }

  /**
   * Compares two scores of the same rows, such as one attack on two networks or two attacks on one network.
   *
   * <p>Row i of the first arrays must be row i of the second: what the two AUCs share is taken out of the difference.
   * If both scores place every row alike, the difference is zero with a p-value of 1 and an interval marked as without
   * spread.
   *
   * @throws IllegalArgumentException if the AUCs differ but neither has any spread, as 1 and ½; compare their
   *     intervals
   */
  public static AucComparison compare(
      double[] positivesA,
      double[] negativesA,
      double[] positivesB,
      double[] negativesB,
      double level) {
    Check.inOpen(level, 0, 1, "level");
    Check.sameLength(positivesA, "positivesA", positivesB, "positivesB");
    Check.sameLength(negativesA, "negativesA", negativesB, "negativesB");
    Placements a = Placements.of(positivesA, negativesA, "positivesA", "negativesA");
    Placements b = Placements.of(positivesB, negativesB, "positivesB", "negativesB");
    Placements difference = a.minus(b);
    double variance = covariance(difference, difference);
    double gap = a.auc() - b.auc();
    if (variance == 0 && gap == 0) {
      return new AucComparison(
          a.auc(), b.auc(), Interval.noSpread(0, level, "delong-paired"), 0, 1);
    }
    if (variance == 0) {
      throw new IllegalArgumentException(
          "the two AUCs must have some spread to be compared, but they are exactly "
              + a.auc()
              + " and "
              + b.auc()
              + ": compare the two intervals of DeLong.auc instead");
    }
    Estimate estimate = Estimate.normal(gap, Math.sqrt(variance));
    return new AucComparison(
        a.auc(),
        b.auc(),
        estimate.interval(level, "delong-paired"),
        gap / estimate.standardError(),
        estimate.pValue());
  }

  /**
   * Estimates how far the AUC of one score lies from the mean AUC of reference scores of the same rows.
   *
   * <p>The standard error is never below what k = min(n⁺, n⁻) rows without any disagreement allow, {@code (1 − 0.025^(1/k))
   * / 1.96}: a few rows on which two networks happen to agree do not show that they agree everywhere.
   *
   * @param positives scores of the rows that should score high, at least 2
   * @param negatives scores of the rows that should score low, at least 2
   * @param referencePositives for each reference its scores of the same rows, at least one reference
   * @param referenceNegatives likewise
   */
  public static Estimate difference(
      double[] positives,
      double[] negatives,
      List<double[]> referencePositives,
      List<double[]> referenceNegatives) {
    Check.atLeast(1, referencePositives.size(), "number of references");
    List<Placements> references = new ArrayList<>();
    for (int k = 0; k < referencePositives.size(); k++) {
      Check.sameLength(positives, "positives", referencePositives.get(k), "referencePositives");
      Check.sameLength(negatives, "negatives", referenceNegatives.get(k), "referenceNegatives");
      references.add(
          Placements.of(
              referencePositives.get(k),
              referenceNegatives.get(k),
              "referencePositives",
              "referenceNegatives"));
    }
    Placements gap =
        Placements.of(positives, negatives, "positives", "negatives")
            .minus(Placements.mean(references));
    int pairs = Math.min(positives.length, negatives.length);
    double least =
        Proportions.clopperPearson(0, pairs, 0.95).high() / Distributions.normalQuantile(0.975);
    double variance = covariance(gap, gap);
    return new Estimate(
        gap.auc(),
        Math.max(least, Math.sqrt(variance)),
        Double.POSITIVE_INFINITY,
        Math.sqrt(Math.max(0, least * least - variance)));
  }

  private static Interval withoutSpread(Placements v, double level) {
    int pairs = Math.min(v.positives().length, v.negatives().length);
    double auc = v.auc();
    double reach = Proportions.clopperPearson(0, pairs, level).high();
    double low = auc == 0 ? 0 : auc == 1 ? 1 - reach : 0.5 - reach / 2;
    double high = auc == 0 ? reach : auc == 1 ? 1 : 0.5 + reach / 2;
    return new Interval(low, auc, high, level, "clopper-pearson-pairs");
  }

  private static double covariance(Placements a, Placements b) {
    return covariance(a.positives(), b.positives()) / a.positives().length
        + covariance(a.negatives(), b.negatives()) / a.negatives().length;
  }

  private static double covariance(double[] a, double[] b) {
    // Counted from the first value, so that constant placements give exactly zero.
    double meanA = 0;
    double meanB = 0;
    for (int i = 0; i < a.length; i++) {
      meanA += (a[i] - a[0]) / a.length;
      meanB += (b[i] - b[0]) / b.length;
    }
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - a[0] - meanA) * (b[i] - b[0] - meanB);
    }
    return sum / (a.length - 1);
  }
}
