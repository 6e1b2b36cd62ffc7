package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.erasus.eval.AttackReport;
import org.erasus.eval.NetworkReport;

/** What attacks could do to the networks of a report, which all have the same ones. */
final class AttackFigures {
  private final List<NetworkReport> networks;

  AttackFigures(List<NetworkReport> networks) {
    this.networks = networks;
  }

  /** All attacks by name. */
  List<String> names() {
    return networks.get(0).attacks().stream().map(AttackReport::attack).toList();
  }

  /** The area under the curve: attacks down, networks across. */
  String areas() {
    List<String> header = new ArrayList<>(List.of("attack"));
    networks.forEach(n -> header.add(n.name()));
    List<List<String>> rows = new ArrayList<>();
    for (String attack : names()) {
      List<String> row = new ArrayList<>(List.of(Html.escape(attack)));
      networks.forEach(n -> row.add(Parts.cell(of(n, attack).auc())));
      rows.add(row);
    }
    return Html.table(
        "AUC of each attack on forget against unseen rows of the same classes; 0.5 is chance",
        header,
        rows);
  }

  /** Every number. */
  String table() {
    List<List<String>> rows = new ArrayList<>();
    for (NetworkReport network : networks) {
      for (AttackReport attack : network.attacks()) {
        rows.add(
            List.of(
                Html.escape(network.name()),
                Html.escape(attack.attack()),
                Parts.cell(attack.auc()),
                Parts.cell(attack.tprAt1PercentFpr()) + coarse(attack.resolvedAt1Percent()),
                Parts.cell(attack.tprAtPointOnePercentFpr())
                    + coarse(attack.resolvedAtPointOnePercent()),
                Parts.cell(attack.balancedAccuracy()),
                Parts.number(attack.epsilonAtLeast(), 2),
                attack.members() + " / " + attack.nonMembers()));
      }
    }
    return Html.table(
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
        rows);
  }

  private static String coarse(boolean resolved) {
    return resolved ? "" : "<small>too few rows: no false alarm allowed</small>";
  }

  /** The areas of one attack in words. */
  String summary(String attack) {
    return networks.stream()
        .map(n -> n.name() + " " + Parts.number(of(n, attack).auc().estimate(), 3))
        .collect(Collectors.joining(", "));
  }

  /** The ROC curves of one attack, on linear and on logarithmic axes. */
  String rocs(String attack) {
    StringBuilder out = new StringBuilder();
    for (String kind : List.of("roc", "roc-log")) {
      boolean log = kind.equals("roc-log");
      out.append(
          Html.chart(
              kind + "-" + Html.escape(attack),
              kind,
              "data-attack=\"" + Html.escape(attack) + "\"",
              "ROC of the " + attack + " attack" + (log ? ", few false alarms" : ""),
              log ? "both axes logarithmic" : "the diagonal is chance",
              "Curve of forget rows found against unseen rows accused; areas: "
                  + summary(attack)
                  + "."));
    }
    return out.toString();
  }

  /** The scores of one attack, a figure a network. */
  String histograms(String attack) {
    return IntStream.range(0, networks.size())
        .mapToObj(i -> histogram(i, attack))
        .collect(Collectors.joining());
  }

  private String histogram(int index, String attack) {
    NetworkReport network = networks.get(index);
    return Html.chart(
        "histogram-" + index + "-" + Html.escape(attack),
        "histogram",
        "data-network=\"" + index + "\" data-attack=\"" + Html.escape(attack) + "\"",
        network.name(),
        "AUC " + Parts.number(of(network, attack).auc().estimate(), 3),
        "Histogram of the scores of forget and unseen rows under "
            + network.name()
            + ": the more they overlap, the less can be told.");
  }

  private static AttackReport of(NetworkReport network, String attack) {
    return network.attacks().stream()
        .filter(a -> a.attack().equals(attack))
        .findFirst()
        .orElseThrow();
  }
}
