package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.eval.recovery.RecoveryReport.Outcome;
import org.erasus.eval.recovery.RecoveryReport.Point;

/** What one recovery test brought back: findings, and a line for each network. */
final class RecoveryFigure {
  private final RecoveryReport test;

  RecoveryFigure(RecoveryReport test) {
    this.test = test;
  }

  /** The findings as a card. */
  String findings() {
    StringBuilder out = new StringBuilder("<section class=\"card\"><h3>");
    out.append(Html.escape(test.test())).append("</h3><ul>");
    for (Outcome outcome : test.outcomes()) {
      outcome
          .finding()
          .ifPresent(
              finding -> {
                out.append("<li>")
                    .append(Html.escape(outcome.network()))
                    .append(" ")
                    .append(Html.badge(finding.name()))
                    .append(" ")
                    .append(Html.escape(outcome.reason()));
                outcome
                    .measures()
                    .forEach(
                        (name, measure) ->
                            out.append(Html.text("small", name + " " + measure.format(3))));
                out.append("</li>");
              });
    }
    return out.append("</ul></section>\n").toString();
  }

  /**
   * The lines.
   *
   * @param index of the test in the report
   */
  String curves(int index) {
    String figure =
        Html.chart(
            "recovery-" + index,
            "recovery",
            "data-test=\"" + index + "\"",
            test.test(),
            "accuracy on "
                + test.rows()
                + " forget rows; bands are intervals, filled dots where the original is told from retraining",
            "Lines of accuracy on the forget rows against "
                + test.unit()
                + ". "
                + test.outcomes().stream().map(this::words).collect(Collectors.joining("; "))
                + ".");
    return Html.withNumbers(figure, table());
  }

  private String words(Outcome outcome) {
    List<Point> points = outcome.points();
    return outcome.network()
        + " from "
        + Parts.number(points.get(0).accuracy().estimate(), 3)
        + " to "
        + Parts.number(points.get(points.size() - 1).accuracy().estimate(), 3)
        + outcome.finding().map(f -> ", " + f.name()).orElse("");
  }

  private String table() {
    List<String> header = new ArrayList<>(List.of("network"));
    for (Point point : test.outcomes().get(0).points()) {
      header.add(
          header.size() == 1
              ? "before"
              : Parts.plain(point.at()) + " " + test.unit() + (point.telling() ? " *" : ""));
    }
    List<List<String>> rows = new ArrayList<>();
    for (Outcome outcome : test.outcomes()) {
      List<String> row = new ArrayList<>(List.of(Html.escape(outcome.network())));
      outcome.points().forEach(point -> row.add(Parts.cell(point.accuracy())));
      rows.add(row);
      if (outcome.finding().isPresent()) {
        List<String> differences =
            new ArrayList<>(List.of(Html.escape(outcome.network()) + " − retrained"));
        outcome
            .points()
            .forEach(
                point ->
                    differences.add(
                        point.difference().map(Parts::cell).orElse("")
                            + "<small>margin "
                            + Parts.number(point.margin(), 3)
                            + "</small>"));
        rows.add(differences);
      }
    }
    return Html.table(
        "Accuracy on forget rows, and its difference from retraining; the margin is "
            + Parts.number(test.margin(), 3)
            + ", or twice what the retrained networks differ by with which it is compared; * the original is told from retraining",
        header,
        rows);
  }
}
