package org.erasus.eval;

import java.util.ArrayList;
import java.util.List;
import org.erasus.Seeds;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.AttackResult;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Roc;

/**
 * Runs attacks and keeps what a report shows of them.
 *
 * <p>They see the rows that gates see: all unseen rows of the forget classes where retrained networks stand beside, which show what
 * the classes alone give away; else those with the classes in the proportions of the forget rows, so that no class is taken for a
 * memory.
 */
final class AttackReports {
  /** Steps a thinned curve makes from 0 to 1 at most, and as many again on a logarithmic scale. */
  private static final double STEPS = 150;

  private final MembershipTest test;
  private final Seeds seeds;
  private final boolean inProportion;

  /**
   * Reports.
   *
   * @param inProportion whether no retrained network stands beside
   */
  AttackReports(MembershipTest test, long seed, boolean inProportion) {
    this.test = test;
    this.inProportion = inProportion;
    seeds = new Seeds(seed);
  }

  /** All attacks, none picked; each cuts the rows alike into those that calibrate and those that are judged. */
  List<AttackReport> of(NetworkOutputs network, List<? extends Attack> attacks) {
    ScoredRows unseen =
        inProportion ? Differences.unseenLikeForget(network) : network.unseenOfForgetClasses();
    return attacks.stream().map(attack -> of(attack, network.forget(), unseen)).toList();
  }

  private AttackReport of(Attack attack, ScoredRows forget, ScoredRows unseen) {
    AttackResult result = test.run(attack, forget, unseen, seeds.stream("attack-cut"));
    return new AttackReport(
        attack.name(),
        result.members(),
        result.nonMembers(),
        result.auc().interval(),
        result.tprAt1PercentFpr().tpr(),
        result.tprAtPointOnePercentFpr().tpr(),
        result.tprAt1PercentFpr().resolved(),
        result.tprAtPointOnePercentFpr().resolved(),
        result.balancedAccuracy(),
        result.epsilon().epsilon(),
        thinned(result.roc()),
        ScoreHistogram.of(result.roc()));
  }

  /** The first and last point of every step, linear and logarithmic: enough for a chart of both kinds. */
  private static List<AttackReport.RocPoint> thinned(Roc roc) {
    List<AttackReport.RocPoint> kept = new ArrayList<>();
    for (Roc.Point point : roc.points()) {
      double fpr = roc.falsePositiveRate(point);
      double tpr = roc.truePositiveRate(point);
      boolean last = fpr == 1 && tpr == 1;
      if (kept.isEmpty() || last || differs(kept.get(kept.size() - 1), fpr, tpr)) {
        kept.add(new AttackReport.RocPoint(fpr, tpr));
      }
    }
    return kept;
  }

  private static boolean differs(AttackReport.RocPoint before, double fpr, double tpr) {
    return Math.abs(fpr - before.fpr()) >= 1 / STEPS
        || Math.abs(tpr - before.tpr()) >= 1 / STEPS
        || fpr > before.fpr() * Math.pow(10, 4 / STEPS)
        || tpr > before.tpr() * Math.pow(10, 4 / STEPS);
  }
}
