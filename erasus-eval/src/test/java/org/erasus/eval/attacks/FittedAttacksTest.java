package org.erasus.eval.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FittedAttacksTest {
  static List<JsonNode> cases() {
    return Golden.list("reference_attacks");
  }

  private static double[] scores(Attack attack, JsonNode c) {
    return attack
        .calibrate(GoldenRows.members(c), GoldenRows.nonMembers(c))
        .scores(GoldenRows.all(c));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logisticRegressionIsThatOfScikitLearn(JsonNode c) {
    assertThat(scores(LogisticRegression.DEFAULTS.withCost(0.7), c))
        .containsExactly(array(c, "logistic-regression"), within(1e-5));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theSupportVectorMachineIsThatOfScikitLearn(JsonNode c) {
    assertThat(scores(RbfSvm.DEFAULTS.withCost(1.3).withGamma(0.8), c))
        .containsExactly(array(c, "rbf-svm"), within(1e-4));
  }

  /** Rows of two classes, label 0, with logit gaps drawn from ranges in turn; ids from a start. */
  private static ScoredRows rows(String split, int n, long seed, double... ranges) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] logits = new float[n][2];
    for (int i = 0; i < n; i++) {
      int range = 2 * (i % (ranges.length / 2));
      logits[i][0] = (float) random.nextDouble(ranges[range], ranges[range + 1]);
    }
    return ScoredRows.ofLogits(
        split, LongStream.range(seed * 10_000, seed * 10_000 + n).toArray(), logits, new int[n]);
  }

  /** Members lie between the non-members: no threshold tells them apart, a machine with a kernel does. */
  @Test
  void whatNoThresholdSeparatesTheMachineDoes() {
    ScoredRows members = rows("forget", 200, 1, 1, 2);
    ScoredRows others = rows("unseen", 200, 2, -2, 0, 4, 6);
    SplittableRandom random = new SplittableRandom(1);
    MembershipTest test = MembershipTest.DEFAULTS;

    assertThat(test.run(ThresholdAttacks.LOSS, members, others, random).auc().auc())
        .isBetween(0.35, 0.65);
    assertThat(test.run(RbfSvm.DEFAULTS, members, others, random).auc().auc()).isGreaterThan(0.98);
    assertThat(test.run(RbfSvm.DEFAULTS.withMaxRows(30), members, others, random).auc().auc())
        .isGreaterThan(0.9);
    assertThat(test.run(LogisticRegression.DEFAULTS, members, others, random).auc().auc())
        .isGreaterThan(0.8);
  }

  /** No difference to learn: fitted and scored on the same rows, the machine would seem to succeed. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void nothingToLearnIsACoin(long seed) {
    ScoredRows members = rows("forget", 200, 2 * seed, 0, 3);
    ScoredRows others = rows("unseen", 200, 2 * seed + 1, 0, 3);
    Attack overfitted = RbfSvm.DEFAULTS.withCost(1e4).withGamma(1e6);
    Attack.Scorer same = overfitted.calibrate(members, others);
    double right =
        Arrays.stream(same.scores(members)).filter(s -> s > 0).count() / (double) members.size();

    assertThat(right).as("on its own calibration rows").isGreaterThan(0.9);
    for (Attack attack :
        List.of(
            overfitted, LogisticRegression.DEFAULTS, new ClassCalibrated(ThresholdAttacks.LOSS))) {
      AttackResult result =
          MembershipTest.DEFAULTS
              .withLevel(0.999)
              .run(attack, members, others, new SplittableRandom(seed));
      assertThat(result.auc().interval().contains(0.5)).as(attack.name()).isTrue();
      assertThat(result.members()).isEqualTo(100);
    }
  }

  @Test
  void equalOutputsEverywhereGiveEqualScores() {
    ScoredRows same = ScoredRows.ofLogits("forget", new float[8][2], new int[8]);

    for (Attack attack : List.of(LogisticRegression.DEFAULTS, RbfSvm.DEFAULTS)) {
      double[] scores = attack.calibrate(same, same).scores(same);
      assertThat(Arrays.stream(scores).distinct().count()).as(attack.name()).isEqualTo(1);
      assertThat(scores[0]).isFinite();
    }
  }

  /** Class 0 is learned far better than class 1: one threshold confuses class with membership, one each does not. */
  @Test
  void everyClassHasAThresholdOfItsOwn() {
    int n = 100;
    float[][] logits = new float[n][2];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      logits[i][labels[i]] = labels[i] == 0 ? 8 : 1;
    }
    ScoredRows others = ScoredRows.ofLogits("unseen", logits, labels);
    for (int i = 0; i < n; i++) {
      logits[i][labels[i]] += 1;
    }
    ScoredRows members = ScoredRows.ofLogits("forget", logits, labels);
    SplittableRandom random = new SplittableRandom(1);
    ClassCalibrated calibrated = new ClassCalibrated(ThresholdAttacks.LOSS);

    assertThat(calibrated.name()).isEqualTo("class-loss");
    assertThat(
            MembershipTest.DEFAULTS.run(ThresholdAttacks.LOSS, members, others, random).auc().auc())
        .isEqualTo(0.75);
    AttackResult result = MembershipTest.DEFAULTS.run(calibrated, members, others, random);
    assertThat(result.auc().auc()).isEqualTo(1);
    assertThat(result.balancedAccuracy().estimate()).isEqualTo(1);
  }

  /** Class 1 has no calibration row among the non-members: it takes the threshold of all rows. */
  @Test
  void aClassWithoutCalibrationRowsTakesTheThresholdOfAll() {
    ScoredRows members =
        ScoredRows.ofLogits("forget", new float[][] {{4, 0}, {0, 3}}, new int[] {0, 1});
    ScoredRows others = ScoredRows.ofLogits("unseen", new float[][] {{2, 0}}, new int[] {0});
    RowAttack gap = ThresholdAttacks.MARGIN;
    double[] scores = new ClassCalibrated(gap).calibrate(members, others).scores(members);

    // Thresholds half-way: (4 + 2) / 2 for class 0, (3 + 2) / 2 for all.
    assertThat(scores[0]).isCloseTo(1, within(1e-6));
    assertThat(scores[1]).isCloseTo(0.5, within(1e-6));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void conditionalQuantilesAreThoseOfLinearProgramming(JsonNode c) {
    RowTable features =
        RowTable.of(
            IntStream.range(0, c.get("labels").size()).asLongStream().toArray(),
            GoldenRows.matrix(c.get("features")));
    for (double quantile : new double[] {0.5, 0.9}) {
      double[] expected = array(c.get("quantiles"), Double.toString(quantile));

      assertThat(scores(QuantileRegression.of(features).withQuantile(quantile), c))
          .containsExactly(expected, within(2e-3));
    }
  }

  /** φ of non-members follows a feature; members are one above it. The feature finds them, the loss alone does not. */
  @Test
  void rowsAreComparedWithWhatTheirFeaturesPromise() {
    int n = 1200;
    SplittableRandom random = new SplittableRandom(5);
    double[][] features = new double[n][2];
    float[][] logits = new float[n][2];
    for (int i = 0; i < n; i++) {
      features[i][0] = random.nextDouble(-10, 10);
      features[i][1] = 3;
      logits[i][0] = (float) (features[i][0] + (i < n / 2 ? 1 : 0) + random.nextDouble(-0.5, 0.5));
    }
    ScoredRows all = ScoredRows.ofLogits("all", logits, new int[n]);
    ScoredRows members = all.subset(IntStream.range(0, n / 2).toArray());
    ScoredRows others = all.subset(IntStream.range(n / 2, n).toArray());
    RowTable table = RowTable.of(LongStream.range(0, n).toArray(), features);
    Attack attack = QuantileRegression.of(table);
    AttackResult result =
        MembershipTest.DEFAULTS.run(attack, members, others, new SplittableRandom(1));

    assertThat(result.auc().auc()).isGreaterThan(0.99);
    assertThat(
            MembershipTest.DEFAULTS
                .run(ThresholdAttacks.LOSS, members, others, new SplittableRandom(1))
                .auc()
                .auc())
        .isLessThan(0.6);
    Attack.Scorer scorer =
        attack.calibrate(members, others.subset(IntStream.range(0, 300).toArray()));
    double above =
        Arrays.stream(scorer.scores(others.subset(IntStream.range(300, 600).toArray())))
            .filter(s -> s > 0)
            .count();
    assertThat(above / 300).as("a share of 1 − τ of other non-members").isBetween(0.04, 0.17);
  }

  /** Thirds and tenths do not add up exactly; what never varied says nothing about a row in which it does. */
  @Test
  void aFeatureThatIsConstantOnTheCalibrationRowsDoesNotCount() {
    int n = 101;
    SplittableRandom random = new SplittableRandom(5);
    double[][] features = new double[n + 2][2];
    float[][] logits = new float[n + 2][2];
    for (int i = 0; i < n; i++) {
      features[i] = new double[] {random.nextDouble(), 0.1};
      logits[i][0] = (float) random.nextDouble();
    }
    features[n] = new double[] {0.5, 0.1};
    features[n + 1] = new double[] {0.5, 0.7};
    ScoredRows all = ScoredRows.ofLogits("all", logits, new int[n + 2]);
    ScoredRows calibration = all.subset(IntStream.range(0, n).toArray());
    RowTable table = RowTable.of(LongStream.range(0, n + 2).toArray(), features);

    double[] scores =
        QuantileRegression.of(table)
            .calibrate(calibration, calibration)
            .scores(all.subset(new int[] {n, n + 1}));
    assertThat(scores[1]).isEqualTo(scores[0]);
  }

  @Test
  void everyFaultNamesItsRule() {
    ScoredRows four = ScoredRows.ofLogits("unseen", new float[4][2], new int[4]);
    RowTable three =
        RowTable.of(
            new long[] {0, 1, 2, 3}, new double[][] {{1, 2, 3}, {1, 1, 1}, {2, 2, 2}, {4, 5, 6}});

    assertThatIllegalArgumentException()
        .isThrownBy(() -> QuantileRegression.of(three).calibrate(four, four))
        .withMessage(
            "split \"unseen\": attack \"quantile-regression\" needs more calibration rows than the 4"
                + " coefficients of 3 features, but has 4");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RowTable.of(new long[] {4, 4}, new double[][] {{1}, {1}}))
        .withMessage("id 4 is given twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RowTable.of(new long[] {4}, new double[][] {{Double.NaN}}))
        .withMessage("numbers of a table must be finite, but row 4 has NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RowTable.of(new long[] {4, 5}, new double[][] {{1}, {1, 2}}))
        .withMessage(
            "all rows of a table must have equally many numbers, at least 1, but row 5 has 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogisticRegression.DEFAULTS.withCost(0))
        .withMessage("cost must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RbfSvm.DEFAULTS.withMaxRows(1))
        .withMessage("maxRows must be at least 2, but was 1");
  }
}
