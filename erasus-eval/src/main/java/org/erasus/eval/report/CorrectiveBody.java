package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.corrective.CorrectiveReport.Cell;
import org.erasus.eval.corrective.CorrectiveReport.Gate;
import org.erasus.eval.corrective.InterclassConfusion;
import org.erasus.eval.corrective.Manipulation;
import org.erasus.eval.corrective.PoisonTrigger;
import org.erasus.eval.corrective.RandomLabelSwap;
import org.erasus.eval.metrics.Measure;

/** The sections of the page of the protocol {@code corrective}, one a manipulation. */
final class CorrectiveBody {
  private static final Map<String, String> TITLES = new LinkedHashMap<>();

  static {
    TITLES.put("corrected-accuracy", "Accuracy where harm was done");
    TITLES.put("accuracy-elsewhere", "Accuracy elsewhere");
    TITLES.put("backdoor-success", "How often the trigger still works");
  }

  private final CorrectiveReport report;

  CorrectiveBody(CorrectiveReport report) {
    this.report = report;
  }

  String text() {
    StringBuilder out = new StringBuilder();
    out.append(
        Parts.top(
            "Corrective unlearning with " + report.strategy(),
            List.of(
                "Protocol " + report.protocol(),
                "margin " + Parts.plain(report.margin()),
                "seed " + report.seed()),
            List.of()));
    int number = 0;
    int first = 0;
    for (List<Cell> cells : groups()) {
      number++;
      out.append(section(number, cells, first));
      first += cells.size();
    }
    out.append(Html.section("Method"))
        .append(
            Html.text(
                "p",
                "The original was trained on all rows, the retrained network on those that are not spoilt. The strategy"
                    + " unlearns the share of the spoilt rows that was found; the others are kept, as nobody knows of"
                    + " them. PASS: no number is worse than the retrained network's by the margin, which is shown, and"
                    + " the same gates catch the original. FAIL: one is, by Holm within a network. INCONCLUSIVE:"
                    + " neither. Intervals of shares are Wilson's."))
        .append("<p class=\"faint\">Data <code>")
        .append(Html.escape(report.data()))
        .append("</code></p>\n");
    return out.toString();
  }

  /** The cells of each manipulation, which start with its retrained network. */
  private List<List<Cell>> groups() {
    List<List<Cell>> groups = new ArrayList<>();
    for (Cell cell : report.cells()) {
      if (groups.isEmpty() || cell.network().equals(CorrectiveReport.RETRAINED)) {
        groups.add(new ArrayList<>());
      }
      groups.get(groups.size() - 1).add(cell);
    }
    return groups;
  }

  private static String section(int number, List<Cell> cells, int first) {
    List<String> figures = new ArrayList<>();
    TITLES.forEach(
        (measure, title) -> {
          if (cells.stream()
              .anyMatch(c -> c.measures().get(measure) instanceof Measure.Estimated)) {
            figures.add(figure(cells, first, measure, title));
          }
        });
    Cell any = cells.get(0);
    return Parts.cards(
            number + ". " + words(any.manipulation()), any.spoilt() + " spoilt rows.", figures)
        + table(cells);
  }

  private static String figure(List<Cell> cells, int first, String measure, String title) {
    StringBuilder alternative = new StringBuilder("Lines against the share of spoilt rows found.");
    for (Cell cell : cells) {
      alternative
          .append(" ")
          .append(name(cell))
          .append(": ")
          .append(of(cell, measure).format(3))
          .append(".");
    }
    return Html.chart(
        measure + "-" + first,
        "corrective",
        "data-measure=\""
            + measure
            + "\" data-first=\""
            + first
            + "\" data-end=\""
            + (first + cells.size())
            + "\"",
        title,
        "bands are intervals",
        alternative.toString());
  }

  private static String table(List<Cell> cells) {
    List<String> gates =
        cells.stream().flatMap(c -> c.gates().stream()).map(Gate::name).distinct().toList();
    List<String> header = new ArrayList<>(List.of("network", "verdict"));
    header.addAll(TITLES.keySet());
    gates.forEach(gate -> header.add(gate + " − retrained"));
    List<List<String>> rows = new ArrayList<>();
    for (Cell cell : cells) {
      List<String> row = new ArrayList<>();
      row.add(Html.escape(name(cell)));
      row.add(Html.badge(cell.outcome().map(Enum::name).orElse("reference")));
      TITLES.keySet().forEach(measure -> row.add(Parts.cell(of(cell, measure))));
      gates.forEach(gate -> row.add(difference(cell, gate)));
      rows.add(row);
    }
    return Html.table("Every number", header, rows) + reasons(cells);
  }

  private static String reasons(List<Cell> cells) {
    StringBuilder out = new StringBuilder("<details><summary>Why</summary>");
    for (Cell cell : cells) {
      if (!cell.reasons().isEmpty()) {
        out.append(Html.text("h3", name(cell))).append(Html.list(cell.reasons()));
      }
    }
    return out.append("</details>\n").toString();
  }

  private static String difference(Cell cell, String gate) {
    return cell.gates().stream()
        .filter(g -> g.name().equals(gate))
        .findFirst()
        .map(
            g ->
                Parts.cell(g.difference())
                    + "<small>harmless p "
                    + Parts.number(g.pHarmless(), 4)
                    + ", harmful p "
                    + Parts.number(g.pHarmful(), 4)
                    + "</small>")
        .orElse("");
  }

  private static Measure of(Cell cell, String measure) {
    return Objects.requireNonNull(cell.measures().get(measure), measure);
  }

  static String name(Cell cell) {
    return cell.network() + cell.share().map(s -> ", " + percent(s) + " found").orElse("");
  }

  static String words(Manipulation manipulation) {
    if (manipulation instanceof PoisonTrigger poison) {
      return "Poison trigger towards class "
          + poison.target()
          + " on "
          + percent(poison.share())
          + " of the rows";
    }
    if (manipulation instanceof InterclassConfusion confusion) {
      return "Confusion of classes "
          + confusion.first()
          + " and "
          + confusion.second()
          + ", "
          + percent(confusion.share())
          + " of their rows";
    }
    return "Random labels on " + percent(((RandomLabelSwap) manipulation).share()) + " of the rows";
  }

  static String percent(double share) {
    return Parts.plain(Math.round(share * 1e4) / 100.0) + " %";
  }
}
