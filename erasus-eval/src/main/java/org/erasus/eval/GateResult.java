package org.erasus.eval;

import java.util.Locale;
import java.util.Optional;
import org.erasus.eval.stats.Equivalence.Decision;
import org.erasus.eval.stats.Interval;

/**
 * What one gate said about one network.
 *
 * @param gate its name
 * @param aim what kind of difference does harm
 * @param difference network − what it is compared with, such as the mean of the references, with the interval of the test before correction
 * @param against what the difference is taken from: "retraining", or without retrained networks "unseen rows" and "the
 *     original"
 * @param margin in force
 * @param pEquivalent Holm-corrected; small when the difference is shown to be harmless
 * @param pHarmful Holm-corrected; small when the difference is shown to be harmful
 * @param decision EQUIVALENT: harmless; DIFFERENT: harmful; INCONCLUSIVE: neither is shown
 * @param rows the difference rests on
 * @param rowsOf which rows these are
 * @param rowsToDecide rows of that kind that would decide four times out of five, see {@link
 *     org.erasus.eval.stats.SampleSize#toDecide}; absent when decided, and when no number would
 * @param doubt why no number of rows would show that the difference is harmless; absent when one would
 */
public record GateResult(
    String gate,
    Gate.Aim aim,
    Interval difference,
    String against,
    double margin,
    double pEquivalent,
    double pHarmful,
    Decision decision,
    long rows,
    String rowsOf,
    Optional<Long> rowsToDecide,
    Optional<String> doubt) {

  /** Whether it is shown, without correction, that the difference is within another margin. */
  boolean isWithin(double other) {
    return difference.low() > -other && difference.high() < other;
  }

  /** One sentence for people. */
  public String reason() {
    String found =
        String.format(
            Locale.ROOT,
            "%s is %+.3f [%+.3f, %+.3f] against %s, margin %s%.3f",
            gate,
            difference.estimate(),
            difference.low(),
            difference.high(),
            against,
            aim == Gate.Aim.UTILITY ? "−" : "±",
            margin);
    return switch (decision) {
      case EQUIVALENT -> found + ": harmless";
      case DIFFERENT -> found + ": harmful";
      case INCONCLUSIVE -> found + ": not decided by " + rows + " " + rowsOf + needed();
    };
  }

  private String needed() {
    return doubt
        .map(why -> ": " + why)
        .or(() -> rowsToDecide.map(n -> "; about " + n + " would decide"))
        .orElse("; no number of rows would");
  }
}
