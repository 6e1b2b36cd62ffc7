package org.erasus.eval.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.erasus.eval.AttackReport;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.Margin;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Verdict;
import org.erasus.eval.VerificationReport;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.io.AtomicFile;

/** Writes a report as Markdown, for pull requests and logs. */
public final class MarkdownReport {
  private MarkdownReport() {}

  /** Writes the text to a file; an existing file is replaced whole or not at all. */
  public static void save(BenchmarkReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** Writes the text to a file; an existing file is replaced whole or not at all. */
  public static void save(VerificationReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** Writes the text to a file; an existing file is replaced whole or not at all. */
  public static void save(CorrectiveReport report, Path file) throws IOException {
    AtomicFile.writeString(file, of(report));
  }

  /** Attacks and recovery tests. */
  public static String of(VerificationReport report) {
    StringBuilder out = new StringBuilder("# Attacks and recovery tests\n\n");
    out.append(rows(report.data(), report.level(), report.seed())).append("\n\n");
    report.notes().forEach(note -> out.append("> **Note:** ").append(escape(note)).append("\n\n"));
    attacks(out, report.networks());
    for (RecoveryReport test : report.recovery()) {
      out.append("\n## ").append(test.test()).append("\n\n");
      for (RecoveryReport.Outcome outcome : test.outcomes()) {
        out.append("- **").append(escape(outcome.network())).append("**");
        outcome.finding().ifPresent(finding -> out.append(": ").append(finding));
        out.append("\n  - ").append(escape(outcome.reason())).append("\n");
        outcome
            .measures()
            .forEach(
                (name, measure) ->
                    out.append("  - ")
                        .append(name)
                        .append(" ")
                        .append(measure.format(3))
                        .append("\n"));
      }
      accuracies(out, test);
    }
    return out.toString();
  }

  private static void accuracies(StringBuilder out, RecoveryReport test) {
    out.append("\n| accuracy on forget rows |");
    List<RecoveryReport.Point> places = test.outcomes().get(0).points();
    for (int i = 0; i < places.size(); i++) {
      out.append(i == 0 ? " before" : " " + Parts.plain(places.get(i).at()) + " " + test.unit());
      out.append(" |");
    }
    out.append("\n|---|").append("---|".repeat(places.size())).append("\n");
    for (RecoveryReport.Outcome outcome : test.outcomes()) {
      out.append("| ").append(escape(outcome.network())).append(" |");
      for (RecoveryReport.Point point : outcome.points()) {
        out.append(' ').append(new Measure.Estimated(point.accuracy()).format(3)).append(" |");
      }
      out.append("\n");
      if (outcome.finding().isPresent()) {
        out.append("| ").append(escape(outcome.network())).append(" − retrained |");
        for (RecoveryReport.Point point : outcome.points()) {
          String difference =
              point.difference().map(d -> new Measure.Estimated(d).format(3)).orElse("");
          out.append(' ').append(difference).append(", margin ");
          out.append(Parts.number(point.margin(), 3)).append(" |");
        }
        out.append("\n");
      }
    }
  }

  /** The protocol {@code corrective}. */
  public static String of(CorrectiveReport report) {
    StringBuilder out = new StringBuilder("# Corrective unlearning: ");
    out.append(escape(report.strategy())).append("\n\n");
    out.append(
        String.format(
            Locale.ROOT,
            "Protocol %s, margin %.3f, seed %d.\n\n",
            report.protocol(),
            report.margin(),
            report.seed()));
    List<String> measures = List.copyOf(report.cells().get(0).measures().keySet());
    out.append("| manipulation | network | found | verdict |");
    measures.forEach(name -> out.append(' ').append(name).append(" |"));
    out.append("\n|---|---|---|---|").append("---|".repeat(measures.size())).append("\n");
    for (CorrectiveReport.Cell cell : report.cells()) {
      out.append("| ").append(CorrectiveBody.words(cell.manipulation()));
      out.append(" | ").append(cell.network());
      out.append(" | ").append(cell.share().map(CorrectiveBody::percent).orElse("–"));
      out.append(" | ").append(cell.outcome().map(Enum::name).orElse("reference")).append(" |");
      for (String name : measures) {
        String text =
            Optional.ofNullable(cell.measures().get(name)).map(m -> m.format(3)).orElse("–");
        out.append(' ').append(text).append(" |");
      }
      out.append("\n");
    }
    for (CorrectiveReport.Cell cell : report.cells()) {
      if (!cell.reasons().isEmpty()) {
        out.append("\n- ").append(CorrectiveBody.words(cell.manipulation()));
        out.append(", ").append(CorrectiveBody.name(cell)).append("\n");
        cell.reasons().forEach(why -> out.append("  - ").append(escape(why)).append("\n"));
      }
    }
    return out.toString();
  }

  /** A benchmark. */
  public static String of(BenchmarkReport report) {
    StringBuilder out = new StringBuilder();
    out.append("# Unlearning benchmark: ").append(report.protocol()).append("\n\n");
    out.append(rows(report.data(), report.options().level(), report.options().seed()))
        .append(" Compared with: ")
        .append(report.reference().words())
        .append('.');
    out.append("\n\n");
    for (String warning : report.warnings()) {
      out.append("> **Note:** ").append(escape(warning)).append("\n\n");
    }
    out.append("## Verdicts\n\n");
    for (NetworkReport network : report.networks()) {
      network.verdict().ifPresent(verdict -> verdict(out, network, verdict));
    }
    metrics(out, report);
    attacks(out, report.networks());
    margins(out, report);
    return out.toString();
  }

  private static String rows(BenchmarkReport.DataSummary data, double level, long seed) {
    StringJoiner rows = new StringJoiner(", ");
    data.rows().forEach((split, count) -> rows.add(count + " " + split));
    return String.format(
        Locale.ROOT, "Rows: %s. Intervals at %.0f %%, seed %d.", rows, 100 * level, seed);
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

  private static void attacks(StringBuilder out, List<NetworkReport> networks) {
    out.append(
        """

        ## Attacks on forget against unseen rows

        | network | attack | AUC | TPR at 1 % FPR | TPR at 0.1 % FPR | balanced accuracy | ε at least |
        |---|---|---|---|---|---|---|
        """);
    for (NetworkReport network : networks) {
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
