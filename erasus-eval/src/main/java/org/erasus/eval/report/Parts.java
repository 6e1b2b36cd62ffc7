package org.erasus.eval.report;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.erasus.eval.BenchmarkReport.DataSummary;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Interval;

/** What the pages have in common. */
final class Parts {
  private Parts() {}

  /** The top of a page. */
  static String top(String title, List<String> facts, List<String> notes) {
    StringBuilder out = new StringBuilder(Html.text("h1", title));
    out.append("<p class=\"faint\">")
        .append(Html.escape(String.join(" · ", facts)))
        .append("</p>\n");
    for (String note : notes) {
      out.append("<p class=\"note\" role=\"note\">").append(Html.escape(note)).append("</p>\n");
    }
    return out.toString();
  }

  /** How many rows there are of each kind, and of how many classes. */
  static List<String> rows(DataSummary data) {
    StringJoiner rows = new StringJoiner(", ", "rows: ", "");
    data.rows().forEach((split, n) -> rows.add(n + " " + split));
    return List.of(rows.toString(), data.classes() + " classes");
  }

  /** Which data exactly. */
  static String fingerprints(DataSummary data) {
    return "<p class=\"faint\">Data <code>"
        + Html.escape(data.fingerprint())
        + "</code>, marks <code>"
        + Html.escape(data.marks())
        + "</code></p>\n";
  }

  /** A section of cards; nothing where there are none. */
  static String cards(String heading, String paragraph, List<String> cards) {
    return cards.isEmpty()
        ? ""
        : Html.section(heading)
            + (paragraph.isEmpty() ? "" : Html.text("p", paragraph))
            + cards.stream().collect(Collectors.joining("", "<div class=\"cards\">", "</div>\n"));
  }

  /** A cell of a table. */
  static String cell(Measure measure) {
    if (measure instanceof Measure.Estimated estimated) {
      return cell(estimated.interval());
    }
    if (measure instanceof Measure.Unavailable unavailable) {
      return "<span title=\"" + Html.escape(unavailable.reason()) + "\">–</span>";
    }
    if (measure instanceof Measure.Censored censored) {
      return "<span title=\""
          + Html.escape(censored.reason())
          + "\">"
          + censored.format(3)
          + "</span>";
    }
    return Html.escape(measure.format(3));
  }

  /** A cell of a table: the estimate, and the interval below. */
  static String cell(Interval interval) {
    return number(interval.estimate(), 3)
        + "<small>"
        + number(interval.low(), 3)
        + " to "
        + number(interval.high(), 3)
        + "</small>";
  }

  static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** A number as short as it goes: 3 for 3.0. */
  static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
