package org.erasus.eval.report;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.erasus.eval.AttackReport;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.GateResult;
import org.erasus.eval.Margin;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Pictures;
import org.erasus.eval.Pictures.Picture;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Interval;

/** The sections of a page, in order. */
final class HtmlBody {
  private final BenchmarkReport report;
  private final StringBuilder out = new StringBuilder();

  HtmlBody(BenchmarkReport report) {
    this.report = report;
  }

  String text() {
    header();
    verdicts();
    metrics();
    gates();
    attacks();
    charts();
    pictures();
    method();
    return out.toString();
  }

  private void header() {
    StringJoiner rows = new StringJoiner(", ");
    report.data().rows().forEach((split, n) -> rows.add(n + " " + split));
    out.append(Html.text("h1", "Unlearning benchmark"));
    out.append("<p class=\"faint\">Protocol ")
        .append(Html.escape(report.protocol()))
        .append(" · rows: ")
        .append(rows)
        .append(" · ")
        .append(report.data().classes())
        .append(" classes · compared with: ")
        .append(report.reference().words())
        .append(" · intervals at ")
        .append(number(100 * report.options().level(), 0))
        .append(" % · seed ")
        .append(report.options().seed())
        .append(" · ")
        .append(report.created().truncatedTo(ChronoUnit.SECONDS))
        .append("</p>\n");
    for (String warning : report.warnings()) {
      out.append("<p class=\"note\" role=\"note\">").append(Html.escape(warning)).append("</p>\n");
    }
  }

  private void verdicts() {
    out.append(Html.section("Verdicts")).append("<div class=\"cards\">");
    for (NetworkReport network : report.networks()) {
      network
          .verdict()
          .ifPresent(
              verdict ->
                  out.append("<section class=\"card\"><h3>")
                      .append(Html.escape(network.name()))
                      .append(" ")
                      .append(Html.badge(verdict.outcome().name()))
                      .append("</h3><span class=\"faint\">")
                      .append(Html.escape(role(network)))
                      .append("</span>")
                      .append(Html.list(verdict.reasons()))
                      .append("</section>\n"));
    }
    out.append("</div>\n");
  }

  private static String role(NetworkReport network) {
    return switch (network.role()) {
      case CANDIDATE -> "candidate";
      case ORIGINAL -> "control: before unlearning, must not pass";
      case NO_OP -> "control: a copy of the original, must come out as it does";
      case RANDOM -> "control: random weights, must not pass";
      case REFERENCE -> "reference: retrained, here compared with the other references";
      case RETRAINED -> "control: retrained, must not fail";
    };
  }

  private void metrics() {
    List<String> header = new ArrayList<>(List.of("network", "verdict"));
    List<String> names = List.copyOf(report.networks().get(0).metrics().keySet());
    header.addAll(names);
    List<List<String>> rows = new ArrayList<>();
    for (NetworkReport network : report.networks()) {
      List<String> row = new ArrayList<>();
      row.add(Html.escape(network.name()));
      row.add(Html.badge(network.verdict().map(v -> v.outcome().name()).orElse("reference")));
      names.forEach(
          name ->
              row.add(
                  Optional.ofNullable(network.metrics().get(name))
                      .map(HtmlBody::cell)
                      .orElse("–")));
      rows.add(row);
    }
    out.append(Html.section("Numbers"));
    out.append(
        Html.table("Metrics with intervals; controls and references included", header, rows));
  }

  private static String cell(Measure measure) {
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

  private static String cell(Interval interval) {
    return number(interval.estimate(), 3)
        + "<small>"
        + number(interval.low(), 3)
        + " to "
        + number(interval.high(), 3)
        + "</small>";
  }

  private void gates() {
    List<List<String>> rows = new ArrayList<>();
    for (NetworkReport network : report.networks()) {
      network
          .verdict()
          .ifPresent(
              verdict -> {
                for (GateResult gate : verdict.gates()) {
                  rows.add(row(network, gate));
                }
              });
    }
    out.append(Html.section("Gates"));
    out.append("<details open><summary>Every test behind the verdicts</summary>");
    out.append(
        Html.table(
            "Difference from what it is compared with; the band is what does no harm",
            List.of(
                "network",
                "gate",
                "difference",
                "",
                "margin",
                "harmless p",
                "harmful p",
                "shown",
                "rows"),
            rows));
    out.append("</details>\n");
  }

  private static List<String> row(NetworkReport network, GateResult gate) {
    String shown =
        switch (gate.decision()) {
          case EQUIVALENT -> "harmless";
          case DIFFERENT -> "harmful";
          case INCONCLUSIVE ->
              "open"
                  + gate.rowsToDecide().map(n -> "<small>about " + n + " rows</small>").orElse("");
        };
    return List.of(
        Html.escape(network.name()),
        Html.escape(gate.gate()),
        cell(gate.difference()),
        Strip.of(gate),
        number(gate.margin(), 3),
        number(gate.pEquivalent(), 4),
        number(gate.pHarmful(), 4),
        shown,
        Long.toString(gate.rows()));
  }

  private void attacks() {
    List<List<String>> rows = new ArrayList<>();
    for (NetworkReport network : report.networks()) {
      for (AttackReport attack : network.attacks()) {
        rows.add(
            List.of(
                Html.escape(network.name()),
                Html.escape(attack.attack()),
                cell(attack.auc()),
                cell(attack.tprAt1PercentFpr()) + coarse(attack.resolvedAt1Percent()),
                cell(attack.tprAtPointOnePercentFpr()) + coarse(attack.resolvedAtPointOnePercent()),
                cell(attack.balancedAccuracy()),
                number(attack.epsilonAtLeast(), 2),
                attack.members() + " / " + attack.nonMembers()));
      }
    }
    if (rows.isEmpty()) {
      return;
    }
    out.append(Html.section("Attacks"));
    out.append(
        Html.table(
            "Telling forget rows from unseen rows of the same classes",
            List.of(
                "network",
                "attack",
                "AUC",
                "TPR at 1 % FPR",
                "TPR at 0.1 % FPR",
                "balanced accuracy",
                "ε at least",
                "forget / unseen rows"),
            rows));
  }

  private static String coarse(boolean resolved) {
    return resolved ? "" : "<small>too few rows: no false alarm allowed</small>";
  }

  private void charts() {
    out.append(Html.section("Charts")).append("<div class=\"cards\">");
    out.append(
        Html.chart(
            "accuracies",
            "accuracies",
            "",
            "Accuracy",
            "whiskers are intervals",
            "Bars of forget, retain and test accuracy of every network; the table Numbers holds the values."));
    List<AttackReport> attacks = report.networks().get(0).attacks();
    attacks.forEach(attack -> rocs(attack.attack()));
    costs("wall-seconds", "seconds");
    costs("rows-forward-backward", "rows forward and backward");
    out.append("</div>\n");
    if (!attacks.isEmpty()) {
      histograms(attacks.get(0).attack());
    }
  }

  private void histograms(String attack) {
    out.append("<h3 style=\"margin-top:1.5rem\">Scores of the ")
        .append(Html.escape(attack))
        .append(" attack</h3><div class=\"cards\">");
    for (int i = 0; i < report.networks().size(); i++) {
      histogram(i, attack);
    }
    out.append("</div>\n");
  }

  private void rocs(String attack) {
    String summary =
        report.networks().stream()
            .map(n -> n.name() + " " + number(auc(n, attack), 3))
            .collect(Collectors.joining(", "));
    for (String kind : List.of("roc", "roc-log")) {
      boolean log = kind.equals("roc-log");
      out.append(
          Html.chart(
              kind + "-" + Html.escape(attack),
              kind,
              "data-attack=\"" + Html.escape(attack) + "\"",
              "ROC of the " + attack + " attack" + (log ? ", few false alarms" : ""),
              log ? "both axes logarithmic" : "the diagonal is chance",
              "Curve of forget rows found against unseen rows accused; areas: " + summary + "."));
    }
  }

  private static double auc(NetworkReport network, String attack) {
    return network.attacks().stream()
        .filter(a -> a.attack().equals(attack))
        .findFirst()
        .map(a -> a.auc().estimate())
        .orElseThrow();
  }

  private void costs(String metric, String title) {
    boolean known =
        report.networks().stream().anyMatch(n -> n.metrics().get(metric) instanceof Measure.Single);
    if (known) {
      out.append(
          Html.chart(
              "cost-" + metric,
              "costs",
              "data-metric=\"" + metric + "\" data-title=\"" + title + "\"",
              "Cost: " + title,
              "one run each",
              "Bars of "
                  + title
                  + " of every network whose run was recorded; the table Numbers holds them."));
    }
  }

  private void histogram(int index, String attack) {
    NetworkReport network = report.networks().get(index);
    out.append(
        Html.chart(
            "histogram-" + index,
            "histogram",
            "data-network=\"" + index + "\" data-attack=\"" + Html.escape(attack) + "\"",
            network.name(),
            "AUC " + number(auc(network, attack), 3),
            "Histogram of the scores of forget and unseen rows under "
                + network.name()
                + ": the more they overlap, the less can be told."));
  }

  private void pictures() {
    Pictures pictures = report.pictures();
    if (pictures.networks().isEmpty()) {
      return;
    }
    out.append(Html.section("Confusion"))
        .append(
            "<p>Which class the rows are taken for, before, after and retrained, true classes down, answers across: forget rows that went to one class only"
                + " have moved, not been forgotten.</p><div class=\"cards\">");
    for (NetworkReport network : report.networks()) {
      Picture picture = pictures.networks().get(network.name());
      if (picture != null && isDrawn(network)) {
        out.append(ConfusionTable.of(network.name() + ", forget rows", picture.forget()));
        out.append(ConfusionTable.of(network.name() + ", unseen rows", picture.unseen()));
      }
    }
    out.append("</div>\n");
    layouts(pictures);
  }

  /** The copy of the original and random weights have nothing to show that is not known. */
  private static boolean isDrawn(NetworkReport network) {
    return network.role() != NetworkReport.Role.NO_OP
        && network.role() != NetworkReport.Role.RANDOM;
  }

  private void layouts(Pictures pictures) {
    List<String> names =
        report.networks().stream()
            .filter(HtmlBody::isDrawn)
            .map(NetworkReport::name)
            .filter(
                name -> {
                  Picture picture = pictures.networks().get(name);
                  return picture != null && picture.layout().isPresent();
                })
            .toList();
    if (names.isEmpty()) {
      return;
    }
    String original =
        report.networks().stream()
            .filter(n -> n.role() == NetworkReport.Role.ORIGINAL)
            .map(NetworkReport::name)
            .findFirst()
            .orElseThrow();
    boolean fromOriginal = names.contains(original);
    out.append(Html.section("Features"))
        .append("<p>t-SNE of what goes into the last layer, ")
        .append(pictures.rows().size())
        .append(
            " rows: filled circles are to be forgotten, hollow triangles unseen, colours are classes. ")
        .append(
            fromOriginal
                ? "Every network starts from the layout of the original. "
                : "The original could not be looked into, so every network is laid out on its own. ")
        .append(
            "Neighbourhoods mean something, distances between groups little; no"
                + " verdict rests on it.</p><div class=\"cards\">");
    for (int i = 0; i < names.size(); i++) {
      String attribute = "data-name=\"" + Html.escape(names.get(i)) + "\"";
      out.append(
          Html.chart(
              "plane-" + i,
              "plane",
              attribute,
              names.get(i),
              "two dimensions",
              "Points of forget and unseen rows under " + names.get(i) + ", laid out by t-SNE."));
      out.append(
          Html.control(
              Html.chart(
                  "space-" + i,
                  "space",
                  attribute,
                  names.get(i),
                  "three dimensions, turned by the slider",
                  "Points of forget and unseen rows under "
                      + names.get(i)
                      + ", laid out by t-SNE in three dimensions."),
              "space-" + i,
              "Turn, degrees",
              360,
              30,
              false));
      if (fromOriginal && !names.get(i).equals(original)) {
        out.append(
            Html.control(
                Html.chart(
                    "move-" + i,
                    "move",
                    attribute + " data-from=\"" + Html.escape(original) + "\"",
                    original + " → " + names.get(i),
                    "from before to after",
                    "Points of forget and unseen rows moving from their place under "
                        + original
                        + " to that under "
                        + names.get(i)
                        + "."),
                "move-" + i,
                "Before to after, percent",
                100,
                0,
                true));
      }
    }
    out.append("</div>\n");
  }

  private void method() {
    List<List<String>> rows = new ArrayList<>();
    for (Margin margin : report.margins()) {
      rows.add(
          List.of(
              Html.escape(margin.gate()),
              number(margin.value(), 3),
              number(margin.protocol(), 3),
              margin.spread().map(s -> number(s, 3)).orElse("–")));
    }
    out.append(Html.section("Margins and method"));
    out.append(
        Html.table(
            "The largest harmless difference of each gate",
            List.of("gate", "in force", "of the protocol", "spread between retrained networks"),
            rows));
    out.append(
        "<p>Each gate compares a network with the mean of the references on the same rows; without references, forget rows"
            + " with unseen rows of their classes, and use with the original. PASS: every gate shows that"
            + " the difference is harmless, and the same gates catch the original network and random weights. FAIL: some"
            + " gate shows a harmful difference. INCONCLUSIVE: neither. p-values are corrected by Holm within a"
            + " network. Thresholds of attacks are chosen on rows that are not judged.</p>");
    out.append("<p class=\"faint\">Data <code>")
        .append(Html.escape(report.data().fingerprint()))
        .append("</code>, marks <code>")
        .append(Html.escape(report.data().marks()))
        .append("</code></p>\n");
  }

  private static String number(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
