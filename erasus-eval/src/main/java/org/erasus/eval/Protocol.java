package org.erasus.eval;

import java.util.List;
import org.erasus.Check;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.RowAttack;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.metrics.Metrics;

/**
 * What is measured and what decides, fixed before anyone looks at a result, and named in every report.
 *
 * <p>The rows are those of the data set's marks: forget and retain rows were trained on, unseen rows decide, validation rows
 * are for choosing and are never scored here.
 *
 * @param name in kebab case
 * @param version raised whenever a number could come out differently
 * @param gates all of them decide
 * @param attacks all of them are reported, none is picked
 * @param metrics names of the catalogue
 * @param spreadFactor a margin is at least this many times the difference between two retrained networks; 0 or more
 * @param membership how attacks are calibrated
 */
public record Protocol(
    String name,
    int version,
    List<Gate> gates,
    List<RowAttack> attacks,
    List<String> metrics,
    double spreadFactor,
    MembershipTest membership) {
  /**
   * For any rows of any classifier.
   *
   * <p>Margins: 5 points of accuracy, of likelihood and of AUC on forget rows; 2 points of retain and 3 of test accuracy.
   * They are what retrained networks of small image problems commonly differ by; where yours differ more, give two or more
   * as references and the margins follow them.
   */
  public static final Protocol GENERAL =
      new Protocol(
          "general",
          1,
          List.of(
              new MeanGate(
                  "forget-accuracy",
                  Gate.Aim.FORGETTING,
                  MeanGate.On.FORGET,
                  MeanGate.Value.CORRECT,
                  0.05),
              new MeanGate(
                  "forget-likelihood",
                  Gate.Aim.FORGETTING,
                  MeanGate.On.FORGET,
                  MeanGate.Value.LIKELIHOOD,
                  0.05),
              new AttackGate(ThresholdAttacks.LOSS, 0.05),
              new AttackGate(ThresholdAttacks.CONFIDENCE, 0.05),
              new MeanGate(
                  "retain-accuracy",
                  Gate.Aim.UTILITY,
                  MeanGate.On.RETAIN,
                  MeanGate.Value.CORRECT,
                  0.02),
              new MeanGate(
                  "test-accuracy",
                  Gate.Aim.UTILITY,
                  MeanGate.On.UNSEEN,
                  MeanGate.Value.CORRECT,
                  0.03)),
          List.of(ThresholdAttacks.LOSS, ThresholdAttacks.CONFIDENCE),
          List.copyOf(Metrics.all().keySet()),
          2,
          MembershipTest.DEFAULTS);

  /** Copies the lists and checks names. */
  public Protocol {
    gates = List.copyOf(gates);
    attacks = List.copyOf(attacks);
    metrics = List.copyOf(metrics);
    Check.atLeast(1, gates.size(), "number of gates");
    Check.nonNegative(spreadFactor, "spreadFactor");
    metrics.forEach(Metrics::get);
  }

  /** The same questions under another name, with other gates; publish the name. */
  public Protocol withGates(String otherName, List<Gate> otherGates) {
    return new Protocol(otherName, version, otherGates, attacks, metrics, spreadFactor, membership);
  }

  /** The same under another name, with other metrics. */
  public Protocol withMetrics(String otherName, List<String> otherMetrics) {
    return new Protocol(otherName, version, gates, attacks, otherMetrics, spreadFactor, membership);
  }
}
