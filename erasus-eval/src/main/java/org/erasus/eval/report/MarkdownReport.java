package org.erasus.eval.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.erasus.eval.AttackReport;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.Margin;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Verdict;
import org.erasus.eval.metrics.Measure;
import org.erasus.io.AtomicFile;

/** Writes a report as Markdown, for pull requests and logs. */
public final class MarkdownReport {
  private MarkdownReport() {}

  /** Writes the text to a file; an existing file is replaced whole or not at all. */
  public static void save(BenchmarkReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** The text. */
  public static String of(BenchmarkReport report) {
    StringBuilder out = new StringBuilder();
    out.append("# Unlearning benchmark: ").append(report.protocol()).append("\n\n");
    out.append(rows(report)).append("\n\n");
    for (String warning : report.warnings()) {
      out.append("> **Note:** ").append(warning).append("\n\n");
    }
    out.append("## Verdicts\n\n");
    for (NetworkReport network : report.networks()) {
      network.verdict().ifPresent(verdict -> verdict(out, network, verdict));
    }
    metrics(out, report);
    attacks(out, report);
    margins(out, report);
    return out.toString();
  }

  private static String rows(BenchmarkReport report) {
    StringJoiner rows = new StringJoiner(", ");
    report.data().rows().forEach((split, count) -> rows.add(count + " " + split));
    return String.format(
        Locale.ROOT,
        "Rows: %s. Compared with: %s. Intervals at %.0f %%, seed %d.",
        rows,
        report.reference().words(),
        100 * report.options().level(),
        report.options().seed());
  }

  private static void verdict(StringBuilder out, NetworkReport network, Verdict verdict) {
    out.append("- **")
        .append(escape(network.name()))
        .append("** (")
        .append(network.role().kind())
        .append("): ")
        .append(verdict.outcome())
        .append("\n");
    verdict.reasons().forEach(reason -> out.append("  - ").append(escape(reason)).append("\n"));
  }

  private static void metrics(StringBuilder out, BenchmarkReport report) {
    out.append("\n## Metrics\n\n| network | verdict |");
    Map<String, Measure> columns = report.networks().get(0).metrics();
    columns.keySet().forEach(name -> out.append(' ').append(name).append(" |"));
    out.append("\n|---|---|").append("---|".repeat(columns.size())).append("\n");
    for (NetworkReport network : report.networks()) {
      out.append("| ").append(escape(network.name())).append(" | ");
      out.append(network.verdict().map(v -> v.outcome().name()).orElse("reference")).append(" |");
      for (String name : columns.keySet()) {
        String cell =
            Optional.ofNullable(network.metrics().get(name)).map(m -> m.format(3)).orElse("–");
        out.append(' ').append(cell).append(" |");
      }
      out.append("\n");
    }
  }

  private static void attacks(StringBuilder out, BenchmarkReport report) {
    out.append(
        """

        ## Attacks on forget against unseen rows

        | network | attack | AUC | TPR at 1 % FPR | TPR at 0.1 % FPR | balanced accuracy | ε at least |
        |---|---|---|---|---|---|---|
        """);
    for (NetworkReport network : report.networks()) {
      for (AttackReport attack : network.attacks()) {
        out.append(
            String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s%s | %s%s | %s | %.2f |\n",
                escape(network.name()),
                attack.attack(),
                new Measure.Estimated(attack.auc()).format(3),
                new Measure.Estimated(attack.tprAt1PercentFpr()).format(3),
                attack.resolvedAt1Percent() ? "" : " ¹",
                new Measure.Estimated(attack.tprAtPointOnePercentFpr()).format(3),
                attack.resolvedAtPointOnePercent() ? "" : " ¹",
                new Measure.Estimated(attack.balancedAccuracy()).format(3),
                attack.epsilonAtLeast()));
      }
    }
    out.append(
        "\n¹ too few unseen rows to see so small a rate: no false alarm at all was allowed.\n");
  }

  private static void margins(StringBuilder out, BenchmarkReport report) {
    out.append(
        """

        ## Margins

        | gate | margin | protocol | spread of retrainings |
        |---|---|---|---|
        """);
    for (Margin margin : report.margins()) {
      out.append(
          String.format(
              Locale.ROOT,
              "| %s | %.3f | %.3f | %s |\n",
              margin.gate(),
              margin.value(),
              margin.protocol(),
              margin.spread().map(s -> String.format(Locale.ROOT, "%.3f", s)).orElse("–")));
    }
  }

  /** Names come from users: keep them from breaking the table. */
  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;");
  }
}
