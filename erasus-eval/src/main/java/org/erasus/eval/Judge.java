package org.erasus.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Equivalence;
import org.erasus.eval.stats.Equivalence.Decision;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.Holm;
import org.erasus.eval.stats.SampleSize;

/**
 * Puts the gates of a protocol to a network.
 *
 * <pre>{@code
 * FORGETTING  harmless: |d| < margin shown (TOST)      harmful: |d| > margin shown
 * UTILITY     harmless: d > −margin shown              harmful: d < −margin shown
 * }</pre>
 *
 * <p>The claims of harmlessness form one family for Holm, the claims of harm another. PASS needs all of the first, for which
 * no correction would be due; with it, each gate's claim may also be quoted alone.
 */
final class Judge {
  private static final double POWER = 0.8;

  private final List<Gate> gates;
  private final List<Margin> margins;
  private final double alpha;

  Judge(List<Gate> gates, List<Margin> margins, double alpha) {
    this.gates = gates;
    this.margins = margins;
    this.alpha = alpha;
  }

  /** What the gates say about a network against references. */
  List<GateResult> ask(NetworkOutputs network, List<NetworkOutputs> references) {
    List<Estimate> differences = new ArrayList<>();
    double[] harmless = new double[gates.size()];
    double[] harmful = new double[gates.size()];
    for (int g = 0; g < gates.size(); g++) {
      Estimate d = gates.get(g).difference(network, references);
      Equivalence test = gates.get(g).test(d, margins.get(g).value(), alpha);
      boolean utility = gates.get(g).aim() == Gate.Aim.UTILITY;
      differences.add(d);
      harmless[g] = utility ? test.pBelow() : test.pValue();
      harmful[g] = utility ? 1 - test.pBelow() : test.pDifferent();
    }
    double[] adjustedHarmless = Holm.adjust(harmless);
    double[] adjustedHarmful = Holm.adjust(harmful);
    List<Decision> decisions = new ArrayList<>();
    for (int g = 0; g < gates.size(); g++) {
      decisions.add(decision(g, adjustedHarmless[g], adjustedHarmful[g]));
    }
    List<GateResult> results = new ArrayList<>();
    for (int g = 0; g < gates.size(); g++) {
      Gate gate = gates.get(g);
      Estimate d = differences.get(g);
      long rows = gate.count(network);
      boolean isOpen = decisions.get(g) == Decision.INCONCLUSIVE;
      Optional<String> doubt = isOpen ? margins.get(g).doubt(gate.aim()) : Optional.empty();
      results.add(
          new GateResult(
              gate.name(),
              gate.aim(),
              d.interval(1 - 2 * alpha, "tost"),
              gate.against(),
              margins.get(g).value(),
              adjustedHarmless[g],
              adjustedHarmful[g],
              decisions.get(g),
              rows,
              gate.rows(),
              isOpen && doubt.isEmpty() ? needed(g, d, rows, decisions) : Optional.empty(),
              doubt));
    }
    return results;
  }

  private Decision decision(int g, double pHarmless, double pHarmful) {
    if (pHarmful <= alpha) {
      return Decision.DIFFERENT;
    }
    boolean isClear = margins.get(g).doubt(gates.get(g).aim()).isEmpty();
    return isClear && pHarmless <= alpha ? Decision.EQUIVALENT : Decision.INCONCLUSIVE;
  }

  private Optional<Long> needed(int g, Estimate d, long rows, List<Decision> decisions) {
    // Better use is no harm.
    Estimate counted = gates.get(g).aim() == Gate.Aim.UTILITY ? d.at(Math.min(0, d.value())) : d;
    double margin = margins.get(g).value();
    Decision planned =
        Math.abs(counted.value()) < margin ? Decision.EQUIVALENT : Decision.DIFFERENT;
    // Of the claims that Holm has let through none counts any more.
    long open = decisions.stream().filter(decision -> decision != planned).count();
    OptionalLong needed =
        new SampleSize(alpha / open, POWER).toDecide(counted, Math.max(1, rows), margin);
    return needed.isPresent() ? Optional.of(needed.getAsLong()) : Optional.empty();
  }

  /**
   * Sums up.
   *
   * @param controls which gates can condemn and acquit, and why a PASS would show nothing
   */
  static Verdict verdict(List<GateResult> results, Controls controls) {
    List<String> harmful = new ArrayList<>();
    List<String> open = new ArrayList<>();
    List<String> harmless = new ArrayList<>();
    for (GateResult result : results) {
      if (result.decision() == Decision.EQUIVALENT && controls.isLenient(result)) {
        open.add(result.reason() + ", but not by the protocol's margin, see the warnings");
      } else if (result.decision() == Decision.EQUIVALENT) {
        harmless.add(result.reason());
      } else if (result.decision() == Decision.INCONCLUSIVE) {
        open.add(result.reason());
      } else if (controls.unsound().contains(result.gate())) {
        open.add(result.reason() + ", but this gate condemns nobody here, see the warnings");
      } else {
        harmful.add(result.reason());
      }
    }
    Verdict.Outcome outcome =
        !harmful.isEmpty()
            ? Verdict.Outcome.FAIL
            : open.isEmpty() && controls.blind().isEmpty()
                ? Verdict.Outcome.PASS
                : Verdict.Outcome.INCONCLUSIVE;
    List<String> reasons = new ArrayList<>(harmful);
    reasons.addAll(open);
    if (outcome == Verdict.Outcome.INCONCLUSIVE) {
      reasons.addAll(controls.blind());
    }
    reasons.addAll(harmless);
    return new Verdict(outcome, results, reasons);
  }
}
