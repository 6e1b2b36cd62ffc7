package org.erasus.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Fakes.answers;
import static org.erasus.eval.Fakes.everywhere;
import static org.erasus.eval.Fakes.evidence;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.erasus.eval.Fakes;
import org.erasus.eval.Golden;
import org.erasus.eval.Protocol;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.corrective.CorrectiveProtocol;
import org.erasus.eval.recovery.RecoveryTests;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.eval.stats.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MetricsTest {
  static List<JsonNode> cases() {
    return Golden.list("metrics");
  }

  private static float[][] logits(JsonNode c, String field) {
    float[][] z = new float[c.get(field).size()][];
    for (int i = 0; i < z.length; i++) {
      JsonNode row = c.get(field).get(i);
      z[i] = new float[row.size()];
      for (int k = 0; k < z[i].length; k++) {
        z[i][k] = (float) row.get(k).doubleValue();
      }
    }
    return z;
  }

  private static Interval interval(Metric metric, String name, Evidence evidence) {
    Measure found = metric.measure(evidence).get(name);
    return found instanceof Measure.Estimated estimated
        ? estimated.interval()
        : fail("no interval of %s: %s", name, found);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void klToRetrainIsThatOfSciPy(JsonNode c) {
    NetworkOutputs mine = everywhere("mine", logits(c, "network"));
    NetworkOutputs one = everywhere("one", logits(c, "reference"));
    NetworkOutputs two = everywhere("two", logits(c, "reference2"));

    assertThat(interval(new KlToRetrain(), "kl-to-retrain", evidence(mine, one)).estimate())
        .isCloseTo(number(c, "kl"), close(number(c, "kl")));
    assertThat(interval(new KlToRetrain(), "kl-to-retrain", evidence(mine, one, two)).estimate())
        .isCloseTo(number(c, "klOfTwo"), close(number(c, "klOfTwo")));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void zrfIsThatOfSciPyAndOfTheAuthorsCode(JsonNode c) {
    NetworkOutputs mine = everywhere("mine", logits(c, "network"));
    Evidence evidence =
        new Evidence(
            mine,
            List.of(),
            mine,
            List.of(Fakes.rows("forget", logits(c, "random"), 0)),
            new Bootstrap(500, 0.95),
            1);

    assertThat(interval(Zrf.DEFAULTS, "zrf", evidence).estimate())
        .isCloseTo(number(c, "zrf"), within(1e-9));
    assertThat(interval(new Zrf(Zrf.Form.AS_PUBLISHED), "zrf-as-published", evidence).estimate())
        .isCloseTo(number(c, "zrfAsPublished"), within(1e-9));
  }

  /** Equal predictions score 1; certain ones of different classes score 1 − log 2 / log 2 = 0; two draws average. */
  @Test
  void zrfRunsFromZeroToOne() {
    float[][] sure = {{90, 0}, {90, 0}};
    float[][] other = {{0, 90}, {0, 90}};
    NetworkOutputs mine = everywhere("mine", sure);
    Bootstrap bootstrap = new Bootstrap(500, 0.95);

    Evidence same =
        new Evidence(mine, List.of(), mine, List.of(Fakes.rows("forget", sure, 0)), bootstrap, 1);
    Evidence opposite =
        new Evidence(mine, List.of(), mine, List.of(Fakes.rows("forget", other, 0)), bootstrap, 1);
    Evidence both =
        new Evidence(
            mine,
            List.of(),
            mine,
            List.of(Fakes.rows("forget", sure, 0), Fakes.rows("forget", other, 0)),
            bootstrap,
            1);
    assertThat(interval(Zrf.DEFAULTS, "zrf", same).estimate()).isEqualTo(1);
    assertThat(interval(Zrf.DEFAULTS, "zrf", opposite).estimate()).isCloseTo(0, within(1e-12));
    assertThat(interval(Zrf.DEFAULTS, "zrf", both).estimate()).isCloseTo(0.5, within(1e-12));
    assertThat(Zrf.DEFAULTS.measure(evidence(mine)).get("zrf"))
        .isInstanceOf(Measure.Unavailable.class);
  }

  @Test
  void accuraciesCountTheirOwnRows() {
    NetworkOutputs network = Fakes.network("n", answers(1, 3), answers(9, 1), answers(3, 2));

    assertThat(interval(new ForgetAccuracy(), "forget-accuracy", evidence(network)).estimate())
        .isEqualTo(0.25);
    assertThat(interval(new RetainAccuracy(), "retain-accuracy", evidence(network)).estimate())
        .isEqualTo(0.9);
    assertThat(interval(new TestAccuracy(), "test-accuracy", evidence(network)).estimate())
        .isEqualTo(0.6);
  }

  /** Unseen rows of class 1 count neither for use, as only class 0 is kept, nor as non-members of class 0. */
  @Test
  void unseenRowsOfOtherClassesAreLeftOut() {
    NetworkOutputs network =
        Fakes.network(
            "n",
            Fakes.rows("forget", answers(2, 2), 0),
            Fakes.rows("retain", answers(2, 2), 0),
            ScoredRows.ofLogits("unseen", answers(3, 2), new int[] {0, 1, 0, 0, 1}));

    assertThat(network.unseenOfRetainClasses().size()).isEqualTo(3);
    assertThat(network.unseenOfForgetClasses().size()).isEqualTo(3);
    assertThat(interval(new TestAccuracy(), "test-accuracy", evidence(network)).estimate())
        .isCloseTo(2 / 3.0, within(1e-12));
  }

  /**
   * Of 98 rows a split each, 10 forget rows more and 20 retain rows fewer are right, so 10/100, 20/100 and 0. All unseen
   * rows are wrong and tie with the wrong forget rows; the right ones beat all: AUC ½ + right/196, a gap of 10/196.
   */
  @Test
  void theGapIsTheMeanOfFourDistances() {
    NetworkOutputs mine = Fakes.network("m", answers(30, 68), answers(60, 38), answers(0, 98));
    NetworkOutputs theirs = Fakes.network("t", answers(20, 78), answers(80, 18), answers(0, 98));
    Interval gap = interval(new GapToRetrain(), "gap-to-retrain", evidence(mine, theirs));
    Interval tug = interval(new GapToRetrain(), "tug-of-war", evidence(mine, theirs));

    assertThat(gap.estimate()).isCloseTo((0.1 + 0.2 + 0 + 10 / 196.0) / 4, within(1e-12));
    assertThat(tug.estimate()).isCloseTo(0.9 * 0.8, within(1e-12));
    assertThat(gap.contains(gap.estimate())).isTrue();
    assertThat(gap.low()).isGreaterThan(0);
    assertThat(tug.low()).isLessThan(0.72);
  }

  @Test
  void withoutAnotherRetrainedNetworkNothingIsMadeUp() {
    NetworkOutputs alone = everywhere("alone", answers(3, 3));

    for (String name : List.of("gap-to-retrain", "kl-to-retrain", "anamnesis-index")) {
      assertThat(Metrics.get(name).measure(evidence(alone)).get(name))
          .as(name)
          .isInstanceOf(Measure.Unavailable.class);
    }
  }

  private static NetworkOutputs relearned(String name, Relearned... runs) {
    return everywhere(name, answers(3, 3)).withRelearned(List.of(runs));
  }

  private static Measure index(NetworkOutputs mine, NetworkOutputs... references) {
    return Objects.requireNonNull(
        new AnamnesisIndex().measure(evidence(mine, references)).get("anamnesis-index"));
  }

  /** Seeds 1 and 2: 10/40 and 30/60, mean 3/8. */
  @Test
  void theAnamnesisIndexIsTheMeanRatioOfStepsWithinSeeds() {
    NetworkOutputs mine = relearned("m", new Relearned(1, 10, true), new Relearned(2, 30, true));
    NetworkOutputs theirs = relearned("t", new Relearned(2, 60, true), new Relearned(1, 40, true));

    assertThat(index(mine, theirs).value())
        .hasValueSatisfying(v -> assertThat(v).isCloseTo(0.375, within(1e-12)));
  }

  @Test
  void runsThatWereEndedMakeTheIndexABound() {
    NetworkOutputs ended = relearned("e", new Relearned(1, 100, false));
    NetworkOutputs done = relearned("d", new Relearned(1, 50, true));

    assertThat(index(ended, done)).isEqualTo(new Measure.Censored(true, 2, reason(ended, done)));
    assertThat(index(done, ended)).isEqualTo(new Measure.Censored(false, 0.5, reason(done, ended)));
    assertThat(index(ended, done).value()).isEmpty();
    assertThat(index(ended, ended)).isInstanceOf(Measure.Unavailable.class);
    assertThat(index(ended, done).format(1)).isEqualTo("≥ 2.0");
    assertThat(index(done, ended).format(1)).isEqualTo("≤ 0.5");
  }

  private static String reason(NetworkOutputs mine, NetworkOutputs theirs) {
    return ((Measure.Censored) index(mine, theirs)).reason();
  }

  @Test
  void aRetrainedNetworkThatKnowsTheRowsLeavesNoIndex() {
    assertThat(
            index(
                relearned("m", new Relearned(1, 0, true)),
                relearned("t", new Relearned(1, 0, true))))
        .isInstanceOf(Measure.Unavailable.class);
  }

  @Test
  void efficiencyIsAShareOfTheMeanRetraining() {
    NetworkOutputs mine =
        everywhere("m", answers(3, 3)).withCost(new Cost(Duration.ofSeconds(2), 100));
    NetworkOutputs a =
        everywhere("a", answers(3, 3)).withCost(new Cost(Duration.ofSeconds(10), 300));
    NetworkOutputs b =
        everywhere("b", answers(3, 3)).withCost(new Cost(Duration.ofSeconds(6), 500));
    Map<String, Measure> found = new Efficiency().measure(evidence(mine, a, b));

    assertThat(found.get("wall-seconds")).isEqualTo(new Measure.Single(2));
    assertThat(found.get("wall-ratio")).isEqualTo(new Measure.Single(0.25));
    assertThat(found.get("rows-ratio")).isEqualTo(new Measure.Single(0.25));
    assertThat(new Efficiency().measure(evidence(mine)).get("wall-ratio"))
        .isInstanceOf(Measure.Unavailable.class);
  }

  @Test
  void theCatalogueNamesWhatItKnows() {
    assertThatThrownBy(() -> Metrics.get("zfr"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"zfr\"")
        .hasMessageContaining("zrf")
        .hasMessageContaining("layer-distance, cka, gradient-cosine")
        .hasMessageContaining("NeurIps2023Score");
    for (InsideMetric metric : InsideMetric.values()) {
      assertThat(Metrics.get(metric.id())).isEqualTo(metric);
      assertThat(metric.measure(evidence(everywhere("m", answers(3, 8)))))
          .containsExactly(
              Map.entry(
                  metric.id(),
                  new Measure.Unavailable("the network was not looked into while it was open")));
    }
  }

  @Test
  void theDocumentationListsTheCatalogues() throws IOException {
    String text = Files.readString(Path.of("..", "docs", "metrics.md"));
    assertThat(listed(text, "Metrics of outputs"))
        .containsExactlyElementsOf(Metrics.all().keySet());
    assertThat(listed(text, "What is inside"))
        .containsExactlyElementsOf(
            Arrays.stream(InsideMetric.values()).map(InsideMetric::id).toList());
    assertThat(listed(text, "Recovery tests"))
        .containsExactlyElementsOf(RecoveryTests.all().keySet());
    assertThat(listed(text, "Protocols"))
        .containsExactly(
            Protocol.GENERAL.name(),
            Protocol.CLASS.name(),
            Protocol.RANDOM_ROWS.name(),
            CorrectiveProtocol.NAME.replaceAll("/.*", ""));
  }

  private static List<String> listed(String text, String section) {
    String part = text.split("\n## " + section + "\n", 2)[1].split("\n## ", 2)[0];
    return Pattern.compile("^\\| `([^`]+)` \\|", Pattern.MULTILINE)
        .matcher(part)
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  @Test
  void everyMetricMeasuresWithoutNumbersThatAreNone() {
    NetworkOutputs mine = everywhere("m", answers(30, 8));
    NetworkOutputs theirs = everywhere("t", answers(20, 18));
    Metrics.all()
        .forEach(
            (name, metric) -> {
              Map<String, Measure> found = metric.measure(evidence(mine, theirs));
              assertThat(found).as(name).isNotEmpty();
              found.values().forEach(m -> assertThat(m.format(3)).doesNotContain("NaN", "Inf"));
            });
  }
}
