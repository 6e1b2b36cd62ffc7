package org.erasus.eval.attacks;

import org.erasus.eval.stats.AucEstimate;
import org.erasus.eval.stats.EpsilonBound;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.OperatingPoint;
import org.erasus.eval.stats.Roc;

/**
 * How well an attack told members from non-members.
 *
 * @param attack its name
 * @param members member rows behind the ranking figures
 * @param nonMembers non-member rows behind the ranking figures
 * @param auc area under the curve with its interval; one half when nothing can be told
 * @param tprAt1PercentFpr members found while at most 1 % of the non-members are accused
 * @param tprAtPointOnePercentFpr members found while at most 0.1 % of the non-members are accused
 * @param balancedAccuracy mean of the two rates of correct guesses on the judged rows, at a threshold chosen on the
 *     calibration rows
 * @param epsilon lower bound of ε on the judged rows, of an event chosen on the calibration rows
 * @param roc the curve behind the ranking figures
 */
public record AttackResult(
    String attack,
    int members,
    int nonMembers,
    AucEstimate auc,
    OperatingPoint tprAt1PercentFpr,
    OperatingPoint tprAtPointOnePercentFpr,
    Interval balancedAccuracy,
    EpsilonBound epsilon,
    Roc roc) {}
