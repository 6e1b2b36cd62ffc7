package org.erasus.eval.report;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.GateResult;
import org.erasus.eval.Margin;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Pictures;
import org.erasus.eval.Pictures.Moved;
import org.erasus.eval.Pictures.Picture;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Wasserstein;

/** The sections of a benchmark's page, in order. */
final class BenchmarkBody {
  private static final List<String> ACCURACIES =
      List.of("forget-accuracy", "retain-accuracy", "test-accuracy");

  private final BenchmarkReport report;
  private final AttackFigures attacks;
  private final StringBuilder out = new StringBuilder();

  BenchmarkBody(BenchmarkReport report) {
    this.report = report;
    attacks = new AttackFigures(report.networks());
  }

  String text() {
    header();
    verdicts();
    metrics();
    gates();
    attacks();
    charts();
    out.append(RelearnFigure.of(report));
    confusions();
    moved();
    layouts(report.pictures());
    method();
    return out.toString();
  }

  private void header() {
    List<String> facts = new ArrayList<>(List.of("Protocol " + report.protocol()));
    facts.addAll(Parts.rows(report.data()));
    facts.add("compared with: " + report.reference().words());
    facts.add("intervals at " + Parts.number(100 * report.options().level(), 0) + " %");
    facts.add("seed " + report.options().seed());
    facts.add(report.created().truncatedTo(ChronoUnit.SECONDS).toString());
    out.append(Parts.top("Unlearning benchmark", facts, report.warnings()));
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
                  Optional.ofNullable(network.metrics().get(name)).map(Parts::cell).orElse("–")));
      rows.add(row);
    }
    out.append(Html.section("Numbers"));
    out.append(
        Html.table("Metrics with intervals; controls and references included", header, rows));
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
        Parts.cell(gate.difference()),
        Strip.of(gate),
        Parts.number(gate.margin(), 3),
        Parts.number(gate.pEquivalent(), 4),
        Parts.number(gate.pHarmful(), 4),
        shown,
        Long.toString(gate.rows()));
  }

  private void attacks() {
    if (!attacks.names().isEmpty()) {
      out.append(Html.section("Attacks")).append(attacks.table());
    }
  }

  private void charts() {
    List<String> figures = new ArrayList<>();
    if (ACCURACIES.stream().anyMatch(report.networks().get(0).metrics()::containsKey)) {
      figures.add(
          Html.chart(
              "accuracies",
              "accuracies",
              "",
              "Accuracy",
              "whiskers are intervals",
              "Bars of forget, retain and test accuracy of every network; the table Numbers holds the values."));
    }
    attacks.names().forEach(attack -> figures.add(attacks.rocs(attack)));
    figures.addAll(costs("wall-seconds", "seconds"));
    figures.addAll(costs("rows-forward-backward", "rows forward and backward"));
    out.append(Parts.cards("Charts", "", figures));
    attacks.names().stream().limit(1).forEach(this::histograms);
  }

  private void histograms(String attack) {
    out.append("<h3 class=\"apart\">Scores of the ")
        .append(Html.escape(attack))
        .append(" attack</h3><div class=\"cards\">")
        .append(attacks.histograms(attack))
        .append("</div>\n");
  }

  private List<String> costs(String metric, String title) {
    boolean known =
        report.networks().stream().anyMatch(n -> n.metrics().get(metric) instanceof Measure.Single);
    return known
        ? List.of(
            Html.chart(
                "cost-" + metric,
                "costs",
                "data-metric=\"" + metric + "\" data-title=\"" + title + "\"",
                "Cost: " + title,
                "one run each",
                "Bars of "
                    + title
                    + " of every network whose run was recorded; the table Numbers holds them."))
        : List.of();
  }

  private void confusions() {
    Map<String, Picture> pictures = report.pictures().networks();
    List<String> tables = new ArrayList<>();
    for (NetworkReport network : report.networks()) {
      Picture picture = pictures.get(network.name());
      if (picture != null && isDrawn(network) && isReadable(picture.forget().size())) {
        tables.add(MatrixTable.counts(network.name() + ", forget rows", picture.forget()));
        tables.add(MatrixTable.counts(network.name() + ", unseen rows", picture.unseen()));
      }
    }
    out.append(
        Parts.cards(
            "Confusion",
            "Which class the rows are taken for, before, after and retrained, true classes down, answers across:"
                + " forget rows that went to one class only have moved, not been forgotten.",
            tables));
  }

  /** Beside each candidate the original: what a distance is to be compared with. */
  private void moved() {
    Map<String, Moved> moved = new LinkedHashMap<>();
    for (NetworkReport network : report.networks()) {
      Picture picture = report.pictures().networks().get(network.name());
      if (picture != null && picture.moved().isPresent() && isReadable(picture.forget().size())) {
        moved.put(network.name(), picture.moved().get());
      }
    }
    String original = original();
    if (!moved.containsKey(original) || moved.size() == 1) {
      return;
    }
    double most =
        moved.values().stream()
            .flatMap(m -> Stream.of(m.forget(), m.unseen()))
            .flatMap(m -> m.distances().stream().flatMap(List::stream))
            .mapToDouble(d -> d)
            .max()
            .orElse(0);
    List<String> tables = new ArrayList<>();
    moved.forEach(
        (name, of) -> {
          tables.add(distances(original + " → " + name + ", forget rows", of.forget(), most));
          tables.add(distances(original + " → " + name + ", unseen rows", of.unseen(), most));
        });
    out.append(
        Parts.cards(
            "Distances",
            "What it takes to carry the features (what goes into the last layer) of one class over to those of another,"
                + " classes under the original down, classes under the other network across. The diagonal says how far"
                + " a class has moved, the original beside itself how far classes lie apart; forget rows should move"
                + " further than unseen ones. Few rows make distances too large, so compare cells, not with 0. It says"
                + " nothing of networks that did not start from the original's weights. No verdict rests on it.",
            tables));
  }

  private static String distances(String what, Wasserstein.Matrix matrix, double most) {
    String method = matrix.method() == Wasserstein.Method.EXACT ? "W₁" : "sliced W₁";
    return MatrixTable.distances(what + ", " + method, matrix, most);
  }

  private static boolean isReadable(int classes) {
    return classes <= MatrixTable.MOST_CLASSES;
  }

  private String original() {
    return report.networks().stream()
        .filter(n -> n.role() == NetworkReport.Role.ORIGINAL)
        .map(NetworkReport::name)
        .findFirst()
        .orElseThrow();
  }

  /** The copy of the original and random weights have nothing to show that is not known. */
  private static boolean isDrawn(NetworkReport network) {
    return network.role() != NetworkReport.Role.NO_OP
        && network.role() != NetworkReport.Role.RANDOM;
  }

  private void layouts(Pictures pictures) {
    List<String> names =
        report.networks().stream()
            .filter(BenchmarkBody::isDrawn)
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
    String original = original();
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
              Parts.number(margin.value(), 3),
              Parts.number(margin.protocol(), 3),
              margin.spread().map(s -> Parts.number(s, 3)).orElse("–")));
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
    out.append(Parts.fingerprints(report.data()));
  }
}
