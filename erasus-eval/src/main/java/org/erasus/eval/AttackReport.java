package org.erasus.eval;

import java.util.List;
import org.erasus.eval.stats.Interval;

/**
 * What one attack could do to one network.
 *
 * @param attack its name
 * @param members forget rows it was tried on
 * @param nonMembers unseen rows it was tried on
 * @param auc area under the curve
 * @param tprAt1PercentFpr forget rows found while at most 1 % of the unseen rows are accused
 * @param tprAtPointOnePercentFpr likewise at 0.1 %
 * @param resolvedAt1Percent whether there are enough unseen rows to see a rate of 1 %
 * @param resolvedAtPointOnePercent whether there are enough to see 0.1 %
 * @param balancedAccuracy at a threshold chosen on rows that are not judged
 * @param epsilonAtLeast lower bound of ε at the level of the report
 * @param curve points of the ROC curve, thinned
 * @param scores histogram of the scores
 */
public record AttackReport(
    String attack,
    int members,
    int nonMembers,
    Interval auc,
    Interval tprAt1PercentFpr,
    Interval tprAtPointOnePercentFpr,
    boolean resolvedAt1Percent,
    boolean resolvedAtPointOnePercent,
    Interval balancedAccuracy,
    double epsilonAtLeast,
    List<RocPoint> curve,
    ScoreHistogram scores) {
  /** Copies the list. */
  public AttackReport {
    curve = List.copyOf(curve);
  }

  /**
   * A point of the curve.
   *
   * @param fpr share of unseen rows accused
   * @param tpr share of forget rows found
   */
  public record RocPoint(double fpr, double tpr) {}
}
