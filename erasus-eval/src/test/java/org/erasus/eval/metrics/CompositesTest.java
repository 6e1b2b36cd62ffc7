package org.erasus.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Fakes.answers;
import static org.erasus.eval.Fakes.evidence;
import static org.erasus.eval.Fakes.network;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.erasus.eval.Fakes;
import org.erasus.eval.Golden;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.eval.stats.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompositesTest {
  static List<JsonNode> outputs() {
    return StreamSupport.stream(Golden.cases("representation").get("outputs").spliterator(), false)
        .toList();
  }

  static List<JsonNode> competition() {
    return Golden.list("neurips2023");
  }

  private static Interval interval(Metric metric, Evidence evidence) {
    Measure found = metric.measure(evidence).values().iterator().next();
    return found instanceof Measure.Estimated estimated
        ? estimated.interval()
        : fail("no interval: %s", found);
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void distancesToRetrainAreThoseOfScipy(JsonNode c) {
    NetworkOutputs mine = Fakes.everywhere("m", RepresentationTest.rows(c, "network"));
    NetworkOutputs one = Fakes.everywhere("a", RepresentationTest.rows(c, "one"));
    NetworkOutputs two = Fakes.everywhere("b", RepresentationTest.rows(c, "two"));

    assertDistance(new JsToRetrain(), c.get("js"), mine, one, two);
    assertDistance(new ActivationDistance(), c.get("distance"), mine, one, two);
    assertDistance(new Completeness(), c.get("agree"), mine, one, two);
  }

  private static void assertDistance(
      Metric metric, JsonNode c, NetworkOutputs mine, NetworkOutputs one, NetworkOutputs two) {
    assertThat(interval(metric, evidence(mine, one)).estimate())
        .isCloseTo(number(c, "one"), within(1e-9));
    assertThat(interval(metric, evidence(mine, one, two)).estimate())
        .isCloseTo(number(c, "both"), within(1e-9));
    assertThat(metric.measure(evidence(mine)).values())
        .hasOnlyElementsOfType(Measure.Unavailable.class);
  }

  /** Sure of another class on half of the rows: JS ½, distance √2/2, agreement ½; the same rows: 0, 0, 1. */
  @Test
  void distancesRunFromAgreementToContradiction() {
    float[][] mine = {{90, 0}, {90, 0}, {0, 90}, {0, 90}};
    float[][] theirs = {{90, 0}, {0, 90}, {0, 90}, {90, 0}};
    Evidence half = evidence(Fakes.everywhere("m", mine), Fakes.everywhere("t", theirs));
    Evidence none = evidence(Fakes.everywhere("m", mine), Fakes.everywhere("t", mine));

    assertThat(interval(new JsToRetrain(), half).estimate()).isCloseTo(0.5, within(1e-12));
    assertThat(interval(new ActivationDistance(), half).estimate())
        .isCloseTo(Math.sqrt(2) / 2, within(1e-12));
    assertThat(interval(new Completeness(), half).estimate()).isEqualTo(0.5);
    assertThat(interval(new JsToRetrain(), none).estimate()).isZero();
    assertThat(interval(new ActivationDistance(), none).estimate()).isZero();
    assertThat(interval(new Completeness(), none).estimate()).isEqualTo(1);
    assertThat(interval(new Completeness(), none).low())
        .as("four rows prove little")
        .isLessThan(0.6);
  }

  @Test
  void unlearningAccuracyIsWhatForgetAccuracyLeaves() {
    Evidence evidence = evidence(network("n", answers(1, 3), answers(9, 1), answers(3, 2)));
    Interval ua = interval(new UnlearningAccuracy(), evidence);
    Interval fa = interval(new ForgetAccuracy(), evidence);

    assertThat(ua.estimate()).isEqualTo(0.75);
    assertThat(ua.low()).isEqualTo(1 - fa.high());
    assertThat(ua.high()).isEqualTo(1 - fa.low());
  }

  /** Unseen rows of two kept classes: class 0 keeps 3 of 4, class 1 falls from 4 to 1 of 4, class 2 is not kept. */
  private static NetworkOutputs classes(String name, int zero, int one, int two) {
    List<float[]> logits = new ArrayList<>();
    int[] labels = new int[10];
    for (int i = 0; i < 10; i++) {
      int label = i < 4 ? 0 : i < 8 ? 1 : 2;
      boolean right = i < 4 ? i < zero : i < 8 ? i - 4 < one : i - 8 < two;
      float[] z = new float[3];
      z[right ? label : (label + 1) % 3] = 5;
      logits.add(z);
      labels[i] = label;
    }
    ScoredRows unseen = ScoredRows.ofLogits("unseen", logits.toArray(float[][]::new), labels);
    float[][] sure = {{5, 0, 0}, {0, 5, 0}, {5, 0, 0}, {0, 5, 0}};
    return Fakes.network(
        name,
        ScoredRows.ofLogits("forget", sure, new int[] {2, 2, 2, 2}),
        ScoredRows.ofLogits("retain", sure, new int[] {0, 1, 0, 1}),
        unseen);
  }

  @Test
  void overForgettingIsTheLossOfTheWorstKeptClass() {
    Evidence evidence = evidence(classes("m", 3, 1, 0), classes("r", 3, 4, 2));
    Interval worst = interval(new OverForgetting(), evidence);
    List<OverForgetting.ClassChange> changes =
        OverForgetting.changes(evidence.network(), evidence.references(), 0.95);

    assertThat(worst.estimate()).isEqualTo(0.75);
    assertThat(worst.contains(0.75)).isTrue();
    assertThat(changes.stream().map(OverForgetting.ClassChange::label)).containsExactly(0, 1);
    assertThat(changes.get(0).change().estimate()).isZero();
    assertThat(changes.get(0).change().halfWidth()).as("four rows").isGreaterThan(0.3);
    assertThat(changes.get(1).change().estimate()).isEqualTo(-0.75);
    assertThat(
            interval(new OverForgetting(), evidence(classes("m", 4, 4, 0), classes("r", 3, 2, 2)))
                .estimate())
        .as("the class that gained least")
        .isEqualTo(-0.25);
    assertThat(new OverForgetting().measure(evidence(classes("m", 3, 1, 0))).get("over-forgetting"))
        .isInstanceOf(Measure.Unavailable.class);
  }

  @Test
  void theSemanticShiftSaysWhereForgetRowsWent() {
    assertThat(OverForgetting.confusion(classes("m", 3, 1, 0).forget()))
        .isDeepEqualTo(new int[][] {{0, 0, 0}, {0, 0, 0}, {2, 2, 0}});
  }

  /** As the authors have it: 1 at one half, 0 at the ends, and linear between. */
  @Test
  void indiscernibilityIsDoneByHand() {
    Interval blind = Indiscernibility.of(new Interval(0.4, 0.5, 0.7, 0.95, "w"));
    Interval keen = Indiscernibility.of(new Interval(0.6, 0.8, 0.9, 0.95, "w"));
    Interval wrong = Indiscernibility.of(new Interval(0, 0.1, 0.2, 0.95, "w"));

    assertThat(blind.estimate()).isEqualTo(1);
    assertThat(blind.high()).isEqualTo(1);
    assertThat(blind.low()).isCloseTo(0.6, within(1e-12));
    assertThat(keen.estimate()).isCloseTo(0.4, within(1e-12));
    assertThat(keen.low()).isCloseTo(0.2, within(1e-12));
    assertThat(keen.high()).isCloseTo(0.8, within(1e-12));
    assertThat(wrong.estimate()).isCloseTo(0.2, within(1e-12));
    assertThat(wrong.low()).isZero();
    assertThat(wrong.high()).isCloseTo(0.4, within(1e-12));
    Interval nomus = Nomus.of(new Interval(0.7, 0.8, 0.9, 0.975, "wilson"), keen, 0.95);
    assertThat(nomus.estimate()).as("½ · 0.8 + ½ · 0.4").isCloseTo(0.6, within(1e-12));
    assertThat(nomus.low()).isCloseTo(0.45, within(1e-12));
  }

  private static float[][] graded(int rows, double shift) {
    float[][] logits = new float[rows][];
    for (int i = 0; i < rows; i++) {
      logits[i] = new float[] {(float) (shift + 0.01 * i), 0};
    }
    return logits;
  }

  /** Forget rows with far smaller losses are told always; with losses as of unseen rows hardly. */
  @Test
  void anAttackThatTellsMakesTheScoresFall() {
    NetworkOutputs told = network("t", graded(100, 9), graded(100, 9), graded(100, 1));
    NetworkOutputs alike = network("a", graded(100, 1), graded(100, 9), graded(100, 1));

    assertThat(interval(new Indiscernibility(), evidence(told)).estimate()).isZero();
    assertThat(interval(new Indiscernibility(), evidence(alike)).estimate()).isGreaterThan(0.7);
    assertThat(interval(new Nomus(), evidence(told)).estimate())
        .as("all unseen rows are right")
        .isCloseTo(0.5, within(1e-12));
    assertThat(interval(new Nomus(), evidence(alike)).estimate()).isGreaterThan(0.85);
  }

  /**
   * Rows of a kept class: (1 − (0.9 − 0.8)) / (1 + |0.6 − 0.8|) = 0.75. A forgotten class of which 1 of 5 unseen rows is
   * known still: class 0 and 1 are as before, so 1 / 1.2.
   */
  @Test
  void ausIsDoneByHand() {
    NetworkOutputs mine = network("m", answers(6, 4), answers(9, 1), answers(8, 2));
    NetworkOutputs before = network("o", answers(9, 1), answers(9, 1), answers(9, 1));
    Interval rows = interval(new Aus(), withOriginal(mine, before));
    Interval whole =
        interval(new Aus(), withOriginal(classes("m", 3, 4, 1), classes("o", 3, 4, 2)));

    assertThat(rows.estimate()).isCloseTo(0.75, within(1e-12));
    assertThat(rows.contains(0.75)).isTrue();
    assertThat(whole.estimate())
        .as("1 of 2 unseen rows of class 2")
        .isCloseTo(1 / 1.5, within(1e-12));
  }

  private static Evidence withOriginal(NetworkOutputs network, NetworkOutputs original) {
    return new Evidence(network, List.of(), original, List.of(), new Bootstrap(500, 0.95), 3);
  }

  /** Rows of two classes whose log(p_y/(1 − p_y)) is given: logits (c, 0) of class 0. */
  private static List<NetworkOutputs> networks(JsonNode c, String field) {
    List<double[]> rows = new ArrayList<>();
    c.get(field).forEach(row -> rows.add(array(row)));
    return IntStream.range(0, rows.get(0).length)
        .mapToObj(
            n -> {
              float[][] forget =
                  rows.stream().map(row -> new float[] {(float) row[n], 0}).toArray(float[][]::new);
              return network("n" + n, forget, answers(9, 1), answers(8, 2));
            })
        .toList();
  }

  private static double[] array(JsonNode row) {
    return StreamSupport.stream(row.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("competition")
  void theCompetitionScoreIsThatOfItsAuthorsCode(JsonNode c) {
    NeurIps2023Score found =
        NeurIps2023Score.of(
            networks(c, "unlearned"),
            networks(c, "retrained"),
            new Bootstrap(500, 0.95),
            new SplittableRandom(1));
    double[] epsilons = array(c.get("epsilons"));

    for (int i = 0; i < epsilons.length; i++) {
      assertThat(found.epsilons().get(i)).isCloseTo(epsilons[i], within(1e-4));
    }
    assertThat(found.forgetting().estimate())
        .isCloseTo(number(c, "score"), close(number(c, "score")));
    assertThat(found.score().estimate())
        .as("the accuracies are the same")
        .isCloseTo(number(c, "score"), within(1e-12));
  }

  /** ⌈ln 511⌉ = 7, so fourteen buckets; ⌈ln 7⌉ = 2, so four. */
  @Test
  void bucketsAreThoseOfTheCompetition() {
    assertThat(NeurIps2023Score.points(0.49, 512)).isEqualTo(1);
    assertThat(NeurIps2023Score.points(0.5, 512)).isEqualTo(0.5);
    assertThat(NeurIps2023Score.points(6.9, 512)).isEqualTo(Math.pow(2, -13));
    assertThat(NeurIps2023Score.points(7, 512)).isZero();
    assertThat(NeurIps2023Score.points(1.9, 8)).isEqualTo(0.125);
    assertThat(NeurIps2023Score.points(2, 8)).isZero();
  }

  @Test
  void lostAccuracyCosts() {
    JsonNode c = competition().get(0);
    List<NetworkOutputs> halved =
        networks(c, "unlearned").stream()
            .map(n -> network(n.name(), n.forget(), rows(answers(9, 1)), rows(answers(4, 6))))
            .toList();
    NeurIps2023Score found =
        NeurIps2023Score.of(
            halved, networks(c, "retrained"), new Bootstrap(500, 0.95), new SplittableRandom(1));

    assertThat(found.score().estimate())
        .isCloseTo(found.forgetting().estimate() / 2, within(1e-12));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                NeurIps2023Score.of(
                    halved.subList(0, 2),
                    halved.subList(0, 2),
                    new Bootstrap(500, 0.95),
                    new SplittableRandom(1)))
        .withMessageContaining("at least 3 of each, but there are 2 and 2");
  }

  private static ScoredRows rows(float[][] logits) {
    return Fakes.rows("rows", logits, 0);
  }
}
