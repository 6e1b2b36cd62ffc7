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
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.erasus.eval.Golden;
import org.erasus.eval.attacks.Lira.Variance;
import org.erasus.eval.stats.DeLong;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceAttacksTest {
  static List<JsonNode> cases() {
    return Golden.list("reference_attacks");
  }

  /** Rows of two classes, label 0, whose logit-scaled confidences are given; ids from 0. */
  private static ScoredRows rows(String split, double... phi) {
    float[][] logits = new float[phi.length][2];
    for (int i = 0; i < phi.length; i++) {
      logits[i][0] = (float) phi[i];
    }
    return ScoredRows.ofLogits(split, logits, new int[phi.length]);
  }

  private static double[] scores(Attack attack, ScoredRows rows) {
    return attack.calibrate(rows, rows).scores(rows);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void likelihoodRatiosAreThoseOfTheNormalDistributions(JsonNode c) {
    ScoredRows all = GoldenRows.all(c);
    References references = GoldenRows.references(c);
    Lira online = Lira.online(references);
    Lira offline = Lira.offline(references);

    assertThat(scores(online, all)).containsExactly(array(c, "lira-online-fixed"), within(1e-6));
    assertThat(scores(online.withVariance(Variance.PER_ROW), all))
        .containsExactly(array(c, "lira-online-row"), within(1e-4));
    assertThat(probabilities(scores(offline, all)))
        .containsExactly(array(c, "lira-offline-fixed"), within(1e-8));
    assertThat(probabilities(scores(offline.withVariance(Variance.PER_ROW), all)))
        .containsExactly(array(c, "lira-offline-row"), within(1e-8));
    assertThat(scores(ULira.heldOut(references), all)).isEqualTo(scores(online, all));
  }

  private static double[] probabilities(double[] z) {
    return Arrays.stream(z).map(new NormalDistribution()::cumulativeProbability).toArray();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void relativeScoresCountTheNonMembersThatAreBeaten(JsonNode c) {
    for (Rmia attack :
        List.of(Rmia.online(GoldenRows.references(c)), Rmia.offline(GoldenRows.references(c)))) {
      double[] found =
          attack
              .calibrate(GoldenRows.members(c), GoldenRows.nonMembers(c))
              .scores(GoldenRows.all(c));

      assertThat(found).containsExactly(array(c, attack.name()), within(1e-12));
    }
  }

  /**
   * One row, in: 3 and 5, out: 0 and 2, so μ = 4 and 1, all deviations √2. At φ = 4 the ratio is (9 − 0)/4 and the offline
   * score 3/√2; half-way, at 2.5, neither is likelier.
   */
  @Test
  void oneRowIsDoneByHand() {
    References references =
        References.of(
            new long[] {0},
            new double[][] {{3}, {0}, {5}, {2}},
            new boolean[][] {{true}, {false}, {true}, {false}});

    assertThat(scores(Lira.online(references), rows("forget", 4))[0])
        .isCloseTo(2.25, within(1e-12));
    assertThat(scores(Lira.online(references), rows("forget", 2.5))[0]).isCloseTo(0, within(1e-12));
    assertThat(scores(Lira.offline(references), rows("forget", 4))[0])
        .isCloseTo(3 / Math.sqrt(2), within(1e-12));
    // p = ½ everywhere but for a row with p = ⅘: ratio 1.6 against 1 is not twice, and is with γ =
    // 1.6.
    References even =
        References.of(
            new long[] {0, 1},
            new double[][] {{0, 0}, {0, 0}},
            new boolean[][] {{true, true}, {false, false}});
    ScoredRows two = rows("forget", Math.log(4), 0);
    assertThat(scores(Rmia.online(even), two)).containsExactly(0, 0);
    assertThat(scores(Rmia.online(even).withGamma(1.5), two)).containsExactly(0.5, 0);
    assertThat(scores(Rmia.online(even).withGamma(1), two)).containsExactly(1, 0.5);
  }

  /** Certainty in both directions, where p rounds to 0 or 1. */
  @Test
  void certaintyStaysFinite() {
    References references =
        References.of(
            LongStream.range(0, 4).toArray(),
            new double[][] {{900, -900, 0, 1}, {-900, -800, 0, 2}},
            new boolean[][] {{true, false, true, false}, {false, true, false, true}});
    ScoredRows sure = rows("forget", 1000, -1000, 0, 3);

    for (Rmia attack :
        List.of(Rmia.online(references), Rmia.offline(references).withOfflineShift(1))) {
      for (double score : scores(attack, sure)) {
        assertThat(score).isBetween(0.0, 1.0);
      }
    }
  }

  /**
   * Rows differ far more in hardness than by membership: a threshold on the loss is near a coin, the row's own references are
   * not. References that say nothing about the rows leave a coin.
   */
  @Test
  void referencesSeeWhatHardnessHides() {
    int n = 400;
    SplittableRandom random = new SplittableRandom(3);
    double[] hardness = random.doubles(n).map(u -> 20 * u - 10).toArray();
    double[] phi =
        IntStream.range(0, n)
            .mapToDouble(i -> hardness[i] + (i < n / 2 ? 2 : 0) + random.nextGaussian() * 0.5)
            .toArray();
    boolean[][] in = new boolean[8][n];
    double[][] refs = new double[8][n];
    double[][] noise = new double[8][n];
    for (int k = 0; k < 8; k++) {
      for (int i = 0; i < n; i++) {
        in[k][i] = (k + i) % 2 == 0;
        refs[k][i] = hardness[i] + (in[k][i] ? 2 : 0) + random.nextGaussian() * 0.5;
        noise[k][i] = random.nextGaussian();
      }
    }
    long[] ids = LongStream.range(0, n).toArray();
    References informed = References.of(ids, refs, in);
    ScoredRows all = rows("forget", phi);

    assertThat(auc(ThresholdAttacks.LOSS, all)).isBetween(0.4, 0.7);
    for (Attack attack :
        List.of(
            Lira.online(informed),
            Lira.online(informed).withVariance(Variance.PER_ROW),
            Lira.offline(informed))) {
      assertThat(auc(attack, all)).as(attack.name()).isGreaterThan(0.9);
    }
    // Probabilities saturate for the easy half, whose ratios are then all 1.
    assertThat(auc(Rmia.online(informed).withGamma(1), all)).isGreaterThan(0.7);
    assertThat(auc(Lira.online(References.of(ids, noise, in)), all)).isLessThan(0.75);
  }

  /** The first half are members. */
  private static double auc(Attack attack, ScoredRows all) {
    int half = all.size() / 2;
    ScoredRows members = all.subset(IntStream.range(0, half).toArray());
    ScoredRows others = all.subset(IntStream.range(half, all.size()).toArray());
    Attack.Scorer scorer = attack.calibrate(members, others);
    return DeLong.auc(scorer.scores(members), scorer.scores(others), 0.95).auc();
  }

  /** Unlearned networks say −3 ± 1, those without the row 0 ± 1, those with it 6 ± 1: a row pushed far below unseen ones is found, which LiRA of training misses. */
  @Test
  void unlearnedNetworksTellWhatUnlearningLeaves() {
    boolean[][] in = {{true}, {true}, {false}, {false}};
    long[] id = {0};
    References trained = References.of(id, new double[][] {{5}, {7}, {-1}, {1}}, in);
    References unlearned = References.of(id, new double[][] {{-4}, {-2}, {9}, {9.5}}, in);
    ScoredRows pushed = rows("forget", -3);
    Attack uLira = ULira.of(unlearned, trained);

    assertThat(scores(Lira.online(trained), pushed)[0]).isNegative();
    assertThat(scores(uLira, pushed)[0]).isCloseTo(2.25, within(1e-12));
    assertThat(uLira.name()).isEqualTo("u-lira");
    // After unlearning others 9 and 9.5, deviation √⅛; after unlearning it −3, deviation √2.
    assertThat(ULira.heldOut(unlearned).name()).isEqualTo("u-lira-held-out");
    assertThat(scores(ULira.heldOut(unlearned), pushed)[0])
        .isCloseTo(Math.log(Math.sqrt(0.125) / Math.sqrt(2)) + 12.25 * 12.25 / 0.25, within(1e-9));
    References other =
        References.of(new long[] {5}, new double[][] {{1}, {2}}, new boolean[][] {{true}, {false}});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> unlearned.withoutFrom(other))
        .withMessage("the networks trained without row 0 said nothing about it");
  }

  @Property(tries = 50)
  void theOrderOfTheNetworksDoesNotMatter(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] refs = new double[6][20];
    boolean[][] in = new boolean[6][20];
    for (int k = 0; k < 6; k++) {
      for (int i = 0; i < 20; i++) {
        refs[k][i] = random.nextInt(-64, 64) / 8.0;
        in[k][i] = (i + k) % 2 == 0;
      }
    }
    long[] ids = LongStream.range(0, 20).toArray();
    ScoredRows rows = rows("forget", random.doubles(20, -4, 4).toArray());
    double[] before = scores(Lira.online(References.of(ids, refs, in)), rows);
    double[][] turned = {refs[4], refs[2], refs[5], refs[0], refs[1], refs[3]};
    boolean[][] turnedIn = {in[4], in[2], in[5], in[0], in[1], in[3]};

    assertThat(scores(Lira.online(References.of(ids, turned, turnedIn)), rows))
        .containsExactly(before, within(1e-9));
  }

  @Test
  void everyFaultNamesItsRule() {
    long[] ids = {0, 1};
    boolean[][] in = {{true, true}, {false, true}};
    References one = References.of(ids, new double[][] {{1, 2}, {3, 4}}, in);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(Rmia.online(one), rows("forget", 1, 2)))
        .withMessage(
            "split \"forget\": attack \"rmia-online\" needs 1 reference networks trained with each row and 1"
                + " trained without it, but for row 1 there are 2 and 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(Rmia.offline(one), rows("unseen", 1, 2, 3).subset(new int[] {2})))
        .withMessage(
            "split \"unseen\": attack \"rmia-offline\" must know every row, but was told nothing about row 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> scores(Lira.offline(one), rows("forget", 1)))
        .withMessageStartingWith(
            "attack \"lira-offline\" needs rows with two or more reference networks trained without");
    References equal =
        References.of(
            new long[] {0},
            new double[][] {{1}, {1}, {2}, {3}},
            new boolean[][] {{true}, {true}, {false}, {false}});
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> scores(Lira.online(equal).withVariance(Variance.PER_ROW), rows("forget", 1)))
        .withMessage(
            "a row of its own variance must have reference networks that differ, but 2 of them all have the"
                + " confidence 1.0: use one variance for all rows");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                References.of(
                    ids,
                    new double[][] {{1, Double.POSITIVE_INFINITY}},
                    new boolean[][] {{true, true}}))
        .withMessage("confidences of reference network 0 must be finite, but value 1 was Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> References.of(ids, new double[][] {{1}}, new boolean[][] {{true}}))
        .withMessage(
            "reference network 0 must have a confidence and a mask for each of the 2 rows, but has 1 and 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> References.of(new long[] {7, 7}, new double[][] {{1, 2}}, new boolean[1][2]))
        .withMessage("id 7 is given twice");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> References.of(ids, new double[0][], new boolean[0][]))
        .withMessage("number of reference networks must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rmia.online(one).withGamma(0.5))
        .withMessage("gamma must be >= 1 and finite, but was 0.5");
  }
}
