package org.erasus.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.erasus.eval.AttackReport;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.metrics.Measure;

/** A report as a few lines on a terminal. */
final class Summary {
  private static final String FORMAT = "%-22s %-13s %7s %7s %7s %8s %8s";

  private Summary() {}

  static String of(BenchmarkReport report) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            FORMAT,
            "network",
            "verdict",
            "retain",
            "forget",
            "test",
            "attack",
            "seconds"));
    for (NetworkReport network : report.networks()) {
      lines.add(
          String.format(
              Locale.ROOT,
              FORMAT,
              network.name(),
              network.verdict().map(v -> v.outcome().toString()).orElse("(reference)"),
              number(network, "retain-accuracy", 3),
              number(network, "forget-accuracy", 3),
              number(network, "test-accuracy", 3),
              network.attacks().stream().findFirst().map(Summary::auc).orElse("–"),
              number(network, "wall-seconds", 1)));
    }
    report.networks().stream()
        .filter(n -> n.role() == NetworkReport.Role.CANDIDATE)
        .forEach(
            n ->
                n.verdict()
                    .ifPresent(
                        v -> {
                          lines.add("");
                          lines.add(n.name() + ": " + v.outcome());
                          v.reasons().forEach(reason -> lines.add("  " + reason));
                        }));
    return String.join(System.lineSeparator(), lines);
  }

  private static String number(NetworkReport network, String prefix, int decimals) {
    return network.metrics().entrySet().stream()
        .filter(metric -> metric.getKey().startsWith(prefix))
        .findFirst()
        .map(metric -> metric.getValue())
        .flatMap(Measure::value)
        .map(value -> String.format(Locale.ROOT, "%." + decimals + "f", value))
        .orElse("–");
  }

  private static String auc(AttackReport attack) {
    return String.format(Locale.ROOT, "%.3f", attack.auc().estimate());
  }
}
