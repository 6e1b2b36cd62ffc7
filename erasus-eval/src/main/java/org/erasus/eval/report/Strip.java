package org.erasus.eval.report;

import java.util.Locale;
import org.erasus.eval.Gate;
import org.erasus.eval.GateResult;

/** A small drawing of a difference, its interval and the band that does no harm. */
final class Strip {
  private static final double WIDTH = 176;

  /** How many margins are shown on each side of zero; what lies beyond is drawn at the end. */
  private static final double REACH = 4;

  private Strip() {}

  static String of(GateResult gate) {
    double margin = gate.margin();
    double low = place(gate.difference().low() / margin);
    double high = place(gate.difference().high() / margin);
    double right = gate.aim() == Gate.Aim.UTILITY ? WIDTH : place(1);
    return String.format(
        Locale.ROOT,
        "<svg class=\"strip\" viewBox=\"0 0 176 22\" role=\"img\" aria-label=\"%s\">"
            + "<rect class=\"band\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"18\"/>"
            + "<line class=\"zero\" x1=\"88\" x2=\"88\" y1=\"0\" y2=\"22\"/>"
            + "<line class=\"ends\" x1=\"%.1f\" x2=\"%.1f\" y1=\"11\" y2=\"11\"/>"
            + "<circle cx=\"%.1f\" cy=\"11\" r=\"4\"/></svg>",
        Html.escape(gate.reason()),
        place(-1),
        right - place(-1),
        low,
        high,
        place(gate.difference().estimate() / margin));
  }

  private static double place(double margins) {
    double inside = Math.max(-REACH, Math.min(REACH, margins));
    return (inside + REACH) / (2 * REACH) * (WIDTH - 10) + 5;
  }
}
