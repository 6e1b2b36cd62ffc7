package org.erasus.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.erasus.Check;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.RowAttack;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.metrics.Metrics;
import org.erasus.eval.recovery.FewShotProbe;
import org.erasus.eval.recovery.LinearProbe;

/**
 * What is measured and what decides, fixed before anyone looks at a result, and named in every report.
 *
 * <p>The rows are those of the data set's marks: forget and retain rows were trained on, unseen rows decide, validation rows
 * are for choosing and are never scored here.
 *
 * @param name in kebab case
 * @param version raised, from the first release on, whenever a number could come out differently
 * @param request which requests it is for
 * @param gates all of them decide
 * @param attacks all of them are reported, none is picked
 * @param metrics names of the catalogue
 * @param spreadFactor a margin is at least this many times the difference between two retrained networks; 0 or more
 * @param membership how attacks are calibrated
 */
public record Protocol(
    String name,
    int version,
    Request request,
    List<Gate> gates,
    List<RowAttack> attacks,
    List<String> metrics,
    double spreadFactor,
    MembershipTest membership) {
  /** What is to be forgotten, which decides what there is to look at. */
  public enum Request {
    /** Any rows. */
    ANY,
    /** Whole classes: of no class of a forget row is a row kept. */
    CLASSES,
    /** Rows of classes that are kept. */
    ROWS
  }

  private static final List<Gate> COMMON =
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
              "test-accuracy", Gate.Aim.UTILITY, MeanGate.On.UNSEEN, MeanGate.Value.CORRECT, 0.03));

  /**
   * For any rows of any classifier, by its outputs alone: a network that only refuses to say what it knows can pass.
   *
   * <p>Margins: 5 points of accuracy, of likelihood and of AUC on forget rows; 2 points of retain and 3 of test accuracy.
   * They are what retrained networks of small image problems commonly differ by; where yours differ more, give two or more
   * as references and the margins follow them.
   */
  public static final Protocol GENERAL =
      new Protocol(
          "general",
          1,
          Request.ANY,
          COMMON,
          List.of(ThresholdAttacks.LOSS, ThresholdAttacks.CONFIDENCE),
          List.copyOf(Metrics.all().keySet()),
          2,
          MembershipTest.DEFAULTS);

  /**
   * For whole classes: as {@link #GENERAL}, and unseen rows of the forgotten classes must be known no better and no worse than
   * to retraining, within 5 points, also by new last layers that were shown five rows of it, within 15. A network that unlearned D_f by
   * heart still knows the class, and one that only refuses to say so, or has a new last layer, still has it in its features.
   * Needs networks that can be looked into.
   */
  public static final Protocol CLASS =
      new Protocol(
          "class",
          2,
          Request.CLASSES,
          plus(
              COMMON,
              new MeanGate(
                  "forget-class-accuracy",
                  Gate.Aim.FORGETTING,
                  MeanGate.On.UNSEEN_OF_FORGET_CLASSES,
                  MeanGate.Value.CORRECT,
                  0.05),
              new RecoveryGate(
                  "few-shot-accuracy",
                  0.15,
                  "told by new last layers that were shown few",
                  FewShotProbe.DEFAULTS)),
          List.of(ThresholdAttacks.LOSS, ThresholdAttacks.CONFIDENCE),
          without("nomus", "indiscernibility"),
          2,
          MembershipTest.DEFAULTS);

  /**
   * For rows of classes that are kept: as {@link #GENERAL}, with all attacks that need no training, and a gate on the one
   * that looks at the label and the other classes together (modified entropy), 5 points of AUC, and on a new last layer, 5
   * points of accuracy. Needs networks that can be looked into.
   */
  public static final Protocol RANDOM_ROWS =
      new Protocol(
          "random-rows",
          1,
          Request.ROWS,
          plus(
              COMMON,
              new AttackGate(ThresholdAttacks.MODIFIED_ENTROPY, 0.05),
              new RecoveryGate(
                  "probe-accuracy", 0.05, "told by a new last layer", LinearProbe.DEFAULTS)),
          ThresholdAttacks.ALL,
          without("zrf"),
          2,
          MembershipTest.DEFAULTS);

  /**
   * The protocol for the request that a data set's marks make.
   *
   * @return {@link #CLASS} when of no class of a forget row is a row kept, {@link #RANDOM_ROWS} when of each, {@link #GENERAL}
   *     when of some, and without forget rows
   */
  public static Protocol of(UnlearningDataset data) {
    Set<Integer> kept = data.retain().classes();
    Set<Integer> forgotten = data.forget().classes();
    long both = forgotten.stream().filter(kept::contains).count();
    if (forgotten.isEmpty() || (both > 0 && both < forgotten.size())) {
      return GENERAL;
    }
    return both == 0 ? CLASS : RANDOM_ROWS;
  }

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
    return new Protocol(
        otherName, version, request, otherGates, attacks, metrics, spreadFactor, membership);
  }

  /** The same under another name, with other metrics. */
  public Protocol withMetrics(String otherName, List<String> otherMetrics) {
    return new Protocol(
        otherName, version, request, gates, attacks, otherMetrics, spreadFactor, membership);
  }

  private static List<Gate> plus(List<Gate> gates, Gate... others) {
    List<Gate> more = new ArrayList<>(gates);
    more.addAll(List.of(others));
    return more;
  }

  private static List<String> without(String... names) {
    return Metrics.all().keySet().stream().filter(m -> !List.of(names).contains(m)).toList();
  }
}
