package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.metrics.Relearned;
import org.erasus.eval.metrics.Relearned.Look;

/** How fast networks learn the forget rows again: a line for each order of the rows. */
final class RelearnFigure {
  private RelearnFigure() {}

  /** The section; empty when nobody was made to learn again. */
  static String of(BenchmarkReport report) {
    List<NetworkReport> taught =
        report.networks().stream().filter(n -> !n.relearned().isEmpty()).toList();
    if (taught.isEmpty()) {
      return "";
    }
    String figure =
        Html.chart(
            "relearning-curves",
            "relearning",
            "",
            "Accuracy on forget rows in the course of relearning",
            "a line for each order of the rows, which ends with a dot where it gets near enough to the original",
            "Lines of accuracy on the forget rows against steps. "
                + taught.stream().map(RelearnFigure::words).collect(Collectors.joining("; "))
                + ".");
    return Html.section("Relearning")
        + Html.text(
            "p",
            "Copies of the networks learn the forget rows again, all in the same orders with the same optimizer and"
                + " budget. A network that gets back sooner than a retrained one has hidden the rows, not forgotten"
                + " them; one that takes much longer has lost more than the rows. The anamnesis index among the numbers"
                + " is the ratio of the steps.")
        + Html.withNumbers(figure, table(taught));
  }

  private static String words(NetworkReport network) {
    return network.name()
        + " "
        + network.relearned().stream()
            .map(r -> r.steps() + (r.reached() ? "" : " without getting there"))
            .collect(Collectors.joining(", "))
        + " steps";
  }

  private static String table(List<NetworkReport> networks) {
    TreeSet<Long> steps = new TreeSet<>();
    networks.forEach(
        n -> n.relearned().forEach(r -> r.looks().forEach(look -> steps.add(look.step()))));
    List<String> header = new ArrayList<>(List.of("network, order", "steps", "near enough"));
    steps.forEach(step -> header.add("after " + step));
    List<List<String>> rows = new ArrayList<>();
    for (NetworkReport network : networks) {
      int order = 0;
      for (Relearned run : network.relearned()) {
        order++;
        List<String> row = new ArrayList<>();
        row.add(Html.escape(network.name()) + ", " + order);
        row.add(Long.toString(run.steps()));
        row.add(run.reached() ? "yes" : "no");
        steps.forEach(step -> row.add(accuracy(run, step)));
        rows.add(row);
      }
    }
    return Html.table("Accuracy on forget rows after so many steps", header, rows);
  }

  private static String accuracy(Relearned run, long step) {
    return run.looks().stream()
        .filter(look -> look.step() == step)
        .findFirst()
        .map(Look::accuracy)
        .map(a -> Parts.number(a, 3))
        .orElse("");
  }
}
