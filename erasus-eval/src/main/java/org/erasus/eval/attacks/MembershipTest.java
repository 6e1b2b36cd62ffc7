package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.erasus.Check;
import org.erasus.eval.stats.DeLong;
import org.erasus.eval.stats.EpsilonBound;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Proportions;
import org.erasus.eval.stats.Roc;

/**
 * Asks whether an attack can tell forgotten rows from rows the network never saw.
 *
 * <p>Both groups are cut at random into calibration rows, on which the attack is fitted and its threshold and event
 * are chosen, and judged rows, on which it is scored. Ranking figures (AUC, true positives at a low rate of false
 * ones) need no threshold: for an attack that is not fitted they use all rows.
 *
 * @param calibrationShare share of each group that only serves for calibration, above 0 and below 1
 * @param level of the intervals and of the bound on ε, above 0 and below 1
 * @param delta δ of the bound on ε, from 0 to below 1
 */
public record MembershipTest(double calibrationShare, double level, double delta) {
  /** Half of the rows calibrate; 95 %; δ = 0. */
  public static final MembershipTest DEFAULTS = new MembershipTest(0.5, 0.95, 0);

  private static final int LEAST_ROWS = 4;

  /** Checks the ranges. */
  public MembershipTest {
    Check.inOpen(calibrationShare, 0, 1, "calibrationShare");
    Check.inOpen(level, 0, 1, "level");
    if (!(delta >= 0 && delta < 1)) {
      throw new IllegalArgumentException("delta must be >= 0 and < 1, but was " + delta);
    }
  }

  /** The same with another share of calibration rows. */
  public MembershipTest withCalibrationShare(double share) {
    return new MembershipTest(share, level, delta);
  }

  /** The same with another level. */
  public MembershipTest withLevel(double newLevel) {
    return new MembershipTest(calibrationShare, newLevel, delta);
  }

  /** The same with another δ. */
  public MembershipTest withDelta(double newDelta) {
    return new MembershipTest(calibrationShare, level, newDelta);
  }

  /** How many rows of a group, 4 or more, calibrate: the share, but at least two, and two are left to be judged. */
  public int calibrationRows(int rows) {
    return (int) Math.max(2, Math.min(rows - 2, Math.round(calibrationShare * rows)));
  }

  /**
   * Runs one attack.
   *
   * @param attack the attack
   * @param members rows to be forgotten, at least 4
   * @param nonMembers rows never trained on, of the same distribution, at least 4
   * @param random where the cut comes from; give every attack a generator of the same seed to cut alike
   */
  public AttackResult run(
      Attack attack, ScoredRows members, ScoredRows nonMembers, SplittableRandom random) {
    check(members, nonMembers);
    Cut in = Cut.of(members, calibrationRows(members.size()), random.split());
    Cut out = Cut.of(nonMembers, calibrationRows(nonMembers.size()), random.split());
    Attack.Scorer scorer = attack.calibrate(in.calibration(), out.calibration());
    double[] judgedIn = scores(attack, scorer, in.judged());
    double[] judgedOut = scores(attack, scorer, out.judged());
    Roc calibration =
        Roc.of(scores(attack, scorer, in.calibration()), scores(attack, scorer, out.calibration()));
    double[] rankedIn = attack.isFitted() ? judgedIn : scores(attack, scorer, members);
    double[] rankedOut = attack.isFitted() ? judgedOut : scores(attack, scorer, nonMembers);
    Roc roc = Roc.of(rankedIn, rankedOut);
    return new AttackResult(
        attack.name(),
        rankedIn.length,
        rankedOut.length,
        DeLong.auc(rankedIn, rankedOut, level),
        roc.tprAtFpr(0.01, level),
        roc.tprAtFpr(0.001, level),
        balancedAccuracy(judgedIn, judgedOut, calibration.youdenThreshold()),
        EpsilonBound.of(
            judgedIn,
            judgedOut,
            EpsilonBound.Event.choose(calibration, delta, level),
            delta,
            level),
        roc);
  }

  /** (TPR + 1 − FPR) / 2, so its interval is that of the difference of the two rates, halved. */
  private Interval balancedAccuracy(double[] members, double[] nonMembers, double threshold) {
    Interval gap =
        Proportions.difference(
            atOrAbove(members, threshold),
            members.length,
            atOrAbove(nonMembers, threshold),
            nonMembers.length,
            level);
    return new Interval(
        (1 + gap.low()) / 2, (1 + gap.estimate()) / 2, (1 + gap.high()) / 2, level, gap.method());
  }

  private static long atOrAbove(double[] scores, double threshold) {
    return Arrays.stream(scores).filter(s -> s >= threshold).count();
  }

  private static double[] scores(Attack attack, Attack.Scorer scorer, ScoredRows rows) {
    double[] scores = scorer.scores(rows);
    if (scores.length != rows.size()) {
      throw new IllegalArgumentException(
          "attack \""
              + attack.name()
              + "\" must give one score per row, but gave "
              + scores.length
              + " for the "
              + rows.size()
              + " rows of split \""
              + rows.split()
              + "\"");
    }
    return Check.values(
        1, scores, "scores of attack \"" + attack.name() + "\" on split \"" + rows.split() + "\"");
  }

  private static void check(ScoredRows members, ScoredRows nonMembers) {
    for (ScoredRows rows : new ScoredRows[] {members, nonMembers}) {
      if (rows.size() < LEAST_ROWS) {
        throw new IllegalArgumentException(
            "split \""
                + rows.split()
                + "\" must have at least "
                + LEAST_ROWS
                + " rows, half to calibrate and half to judge, but has "
                + rows.size());
      }
    }
    if (members.classes() != nonMembers.classes()) {
      throw new IllegalArgumentException(
          "splits must have outputs of the same network, but split \""
              + members.split()
              + "\" has "
              + members.classes()
              + " classes and split \""
              + nonMembers.split()
              + "\" has "
              + nonMembers.classes());
    }
  }

  /** The two parts of a group. */
  private record Cut(ScoredRows calibration, ScoredRows judged) {
    static Cut of(ScoredRows rows, int at, SplittableRandom random) {
      int[] order = new int[rows.size()];
      for (int i = 0; i < order.length; i++) {
        int j = random.nextInt(i + 1);
        order[i] = order[j];
        order[j] = i;
      }
      return new Cut(
          rows.subset(Arrays.copyOfRange(order, 0, at)),
          rows.subset(Arrays.copyOfRange(order, at, order.length)));
    }
  }
}
