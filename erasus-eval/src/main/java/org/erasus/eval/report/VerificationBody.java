package org.erasus.eval.report;

import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.VerificationReport;

/** The sections of the page on attacks and recovery tests, in order. */
final class VerificationBody {
  private final VerificationReport report;
  private final AttackFigures attacks;

  VerificationBody(VerificationReport report) {
    this.report = report;
    attacks = new AttackFigures(report.networks());
  }

  String text() {
    return top() + attacks() + recovery() + method();
  }

  private String top() {
    List<String> facts = new ArrayList<>();
    facts.add(
        report.networks().stream().map(this::words).collect(Collectors.joining(", ", "", "")));
    facts.addAll(Parts.rows(report.data()));
    facts.add("intervals at " + Parts.number(100 * report.level(), 0) + " %");
    facts.add("seed " + report.seed());
    facts.add(report.created().truncatedTo(ChronoUnit.SECONDS).toString());
    return Parts.top("Attacks and recovery tests", facts, report.notes());
  }

  private String words(NetworkReport network) {
    return network.name()
        + switch (network.role()) {
          case CANDIDATE -> " (unlearned)";
          case REFERENCE, RETRAINED -> " (retrained)";
          case ORIGINAL, NO_OP, RANDOM -> "";
        };
  }

  private String attacks() {
    if (attacks.names().isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder(Html.section("Attacks"));
    out.append(
        Html.text(
            "p",
            "Every attack is reported and none is picked. One that succeeds as well on retrained networks says that"
                + " the rows are special, not that they are remembered."));
    out.append(attacks.areas());
    out.append(Html.details("Every number of every attack", attacks.table()));
    out.append(Html.text("h3", "Curves and scores"));
    for (String attack : attacks.names()) {
      String figures = attacks.rocs(attack) + attacks.histograms(attack);
      String block =
          Html.details(
              attack + ": AUC " + attacks.summary(attack),
              "<div class=\"cards\">" + figures + "</div>");
      boolean first = attack.equals(attacks.names().get(0));
      out.append(first ? block.replaceFirst("<details>", "<details open>") : block);
    }
    return out.toString();
  }

  private String recovery() {
    List<RecoveryFigure> tests = report.recovery().stream().map(RecoveryFigure::new).toList();
    List<String> findings = tests.stream().map(RecoveryFigure::findings).toList();
    List<String> curves =
        IntStream.range(0, tests.size()).mapToObj(i -> tests.get(i).curves(i)).toList();
    return Parts.cards(
            "Recovery",
            "Copies of all networks are treated alike, and what they know of the forget rows is compared row by row with"
                + " retrained networks. NEVER_LEFT: known better before the treatment. COMES_BACK: known better after"
                + " it. STAYS_AWAY: shown not to be, wherever the original is told from retraining. OPEN: nothing is"
                + " shown.",
            findings)
        + Parts.cards("Curves of recovery", "", curves);
  }

  private String method() {
    return Html.section("Method")
        + Html.text(
            "p",
            "There is no verdict: a benchmark gives one. Members are forget rows, non-members unseen rows of the same"
                + " classes; thresholds of attacks are chosen on rows that are not judged. AUC by DeLong, rates by"
                + " Clopper and Pearson, accuracies by Wilson; differences from retraining are of level 1 − 2α, as in"
                + " the tests behind the findings.")
        + Parts.fingerprints(report.data());
  }
}
