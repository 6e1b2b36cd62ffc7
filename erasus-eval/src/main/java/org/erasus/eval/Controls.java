package org.erasus.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.erasus.eval.NetworkReport.Role;
import org.erasus.eval.stats.Equivalence.Decision;

/**
 * What the controls say about the verifier, and so about every verdict.
 *
 * <p>A test that cannot tell the original from retraining says nothing by passing someone: then PASS becomes INCONCLUSIVE.
 * A gate that rejects a retrained network says nothing by rejecting someone: then it no longer counts towards FAIL.
 * A gate of forgetting whose margin the references widened until the original is no longer told from them, or while one of
 * them is rejected itself, says nothing by letting someone through: then only those count towards PASS who are within the
 * protocol's own margin.
 *
 * @param blind why a PASS would show nothing; empty when the controls are caught
 * @param unsound gates that reject a network which never saw the rows
 * @param lenient gates whose widened margin lets too much through, each with the protocol's own
 * @param warnings for the report
 * @see <a href="https://database.ich.org/sites/default/files/E10_Guideline.pdf">ICH E10, on assay sensitivity</a>
 */
record Controls(
    List<String> blind, Set<String> unsound, Map<String, Double> lenient, List<String> warnings) {
  static final String RETRAINING = "retraining";

  /** No doubts at all. */
  static final Controls NO_DOUBTS = new Controls(List.of(), Set.of(), Map.of(), List.of());

  /** The gates' answers about one network. */
  record Answer(String name, Role role, List<GateResult> gates) {}

  /**
   * Asks the controls.
   *
   * @param answers about all networks that are judged
   * @param margins of the gates
   */
  static Controls of(List<Answer> answers, List<Margin> margins) {
    Map<String, Double> lenient = new LinkedHashMap<>();
    Set<String> unsound = new LinkedHashSet<>();
    List<String> blind = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    for (Answer answer : answers) {
      if (answer.role() == Role.RETRAINED || answer.role() == Role.REFERENCE) {
        for (GateResult gate : answer.gates()) {
          if (gate.decision() == Decision.DIFFERENT) {
            unsound.add(gate.gate());
            warnings.add(
                "the retrained network \""
                    + answer.name()
                    + "\" is rejected ("
                    + gate.reason()
                    + "): give "
                    + (gate.against().equals(RETRAINING)
                        ? "more retrained networks as references, so that the margin follows their spread"
                        : "it as a reference")
                    + "; until then this gate rejects nobody");
          }
        }
      }
    }
    for (Answer answer : answers) {
      if (answer.role() == Role.ORIGINAL && !caught(answer, unsound, Gate.Aim.FORGETTING)) {
        blind.add(
            "the original network is not shown to differ from "
                + against(answer, Gate.Aim.FORGETTING)
                + " in any forgetting gate, so passing them shows nothing here"
                + decidedBy(answer, Gate.Aim.FORGETTING));
      }
      if (answer.role() == Role.RANDOM && !caught(answer, unsound, Gate.Aim.UTILITY)) {
        blind.add(
            "random weights are not shown to be of less use than "
                + against(answer, Gate.Aim.UTILITY)
                + ", so passing the utility gates shows nothing here"
                + decidedBy(answer, Gate.Aim.UTILITY));
      }
    }
    for (Margin margin : margins) {
      tooWide(margin, answers)
          .ifPresent(
              why -> {
                lenient.put(margin.gate(), margin.protocol());
                warnings.add(
                    "gate "
                        + margin.gate()
                        + ": the references widened its margin, and "
                        + why
                        + ", so it acquits by the protocol's "
                        + margin.protocol()
                        + " alone");
              });
    }
    warnings.addAll(blind);
    return new Controls(blind, unsound, lenient, warnings);
  }

  /** What a margin of a gate of forgetting lets through that it must not, when the references widened it. */
  private static Optional<String> tooWide(Margin margin, List<Answer> answers) {
    if (!margin.isWidened()) {
      return Optional.empty();
    }
    for (Answer answer : answers) {
      for (GateResult gate : answer.gates()) {
        if (gate.gate().equals(margin.gate()) && gate.aim() == Gate.Aim.FORGETTING) {
          boolean isDifferent = gate.decision() == Decision.DIFFERENT;
          if (answer.role() == Role.ORIGINAL && !isDifferent) {
            return Optional.of("the original network is not shown to differ from retraining by it");
          }
          if (answer.role() == Role.REFERENCE && isDifferent) {
            return Optional.of(
                "the retrained network \""
                    + answer.name()
                    + "\" among them differs from the others");
          }
        }
      }
    }
    return Optional.empty();
  }

  /** These controls with other doubts. */
  Controls and(Controls doubts) {
    List<String> allBlind = new ArrayList<>(blind);
    allBlind.addAll(doubts.blind);
    Set<String> allUnsound = new LinkedHashSet<>(unsound);
    allUnsound.addAll(doubts.unsound);
    Map<String, Double> allLenient = new LinkedHashMap<>(lenient);
    allLenient.putAll(doubts.lenient);
    List<String> allWarnings = new ArrayList<>(doubts.warnings);
    allWarnings.addAll(warnings);
    return new Controls(allBlind, allUnsound, allLenient, allWarnings);
  }

  /** Whether the network is let through by a widened margin that lets too much through, and not by the protocol's own. */
  boolean isLenient(GateResult result) {
    Double own = lenient.get(result.gate());
    return own != null && !result.isWithin(own);
  }

  /** The verdict on a network in the light of the controls. */
  Verdict verdict(List<GateResult> gates) {
    return Judge.verdict(gates, this);
  }

  private static String against(Answer answer, Gate.Aim aim) {
    return answer.gates().stream()
        .filter(g -> g.aim() == aim)
        .map(GateResult::against)
        .findFirst()
        .orElse(RETRAINING);
  }

  private static boolean caught(Answer answer, Set<String> unsound, Gate.Aim aim) {
    return answer.gates().stream()
        .anyMatch(
            g ->
                g.aim() == aim
                    && g.decision() == Decision.DIFFERENT
                    && !unsound.contains(g.gate()));
  }

  /** The fewest rows that would show a difference as large as the one measured. */
  private static String decidedBy(Answer answer, Gate.Aim aim) {
    return answer.gates().stream()
        .filter(g -> g.aim() == aim)
        .filter(g -> Math.abs(g.difference().estimate()) > g.margin())
        .filter(g -> g.rowsToDecide().isPresent())
        .min(Comparator.comparingLong(g -> g.rowsToDecide().orElseThrow()))
        .map(g -> "; about " + g.rowsToDecide().orElseThrow() + " " + g.rowsOf() + " would show it")
        .orElse(
            aim == Gate.Aim.FORGETTING
                ? "; the network may not have memorised the rows"
                : "; what it is compared with may be of no use either");
  }
}
