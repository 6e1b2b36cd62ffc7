package org.erasus.eval.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ThresholdAttacksTest {
  static List<JsonNode> cases() {
    return Golden.list("attacks");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresAreThoseOfTheDefinitions(JsonNode c) {
    double[] values = array(c, "logits");
    float[] logits = new float[values.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) values[i];
    }
    ScoredRows row = rows(logits, c.get("label").intValue());

    for (RowAttack attack : ThresholdAttacks.ALL) {
      double expected = number(c, attack.name());
      assertThat(attack.scores(row)[0]).as(attack.name()).isCloseTo(expected, close(expected));
    }
  }

  /** Near certainty the scores are tiny: relative precision is what keeps such rows apart. */
  @ParameterizedTest
  @MethodSource("cases")
  void tinyScoresKeepTheirDigits(JsonNode c) {
    double expected = number(c, "loss");
    double[] values = array(c, "logits");
    float[] logits = new float[values.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) values[i];
    }
    assertThat(ThresholdAttacks.LOSS.scores(rows(logits, c.get("label").intValue()))[0])
        .isCloseTo(expected, within(1e-12 * Math.abs(expected)));
  }

  /** p = ½, ¼, ¼ and label 0: entropy 1.5 log 2; modified −(½ log ½ + 2 · ¼ log ¾); odds 1. */
  @Test
  void threeClassesAreDoneByHand() {
    ScoredRows row =
        ScoredRows.ofProbabilities(
            "forget", new long[] {9}, new double[][] {{0.5, 0.25, 0.25}}, new int[] {0});

    assertThat(ThresholdAttacks.LOSS.scores(row)[0]).isCloseTo(-Math.log(2), within(1e-15));
    assertThat(ThresholdAttacks.ENTROPY.scores(row)[0])
        .isCloseTo(-1.5 * Math.log(2), within(1e-15));
    assertThat(ThresholdAttacks.MODIFIED_ENTROPY.scores(row)[0])
        .isCloseTo(-0.5 * Math.log(2) + 0.5 * Math.log(0.75), within(1e-15));
    assertThat(ThresholdAttacks.MARGIN.scores(row)[0]).isCloseTo(Math.log(2), within(1e-15));
    assertThat(ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(row)[0]).isCloseTo(0, within(1e-15));
    assertThat(ThresholdAttacks.CORRECTNESS.scores(row)).containsExactly(1);
    assertThat(row.id(0)).isEqualTo(9);
  }

  /** At a gap of 100 p is 1 in every format; the odds are e^100 all the same, and e^200 for a gap of 200. */
  @Test
  void certaintyDoesNotBecomeInfinite() {
    ScoredRows sure =
        ScoredRows.ofLogits("forget", new float[][] {{100, 0}, {200, 0}, {0, 200}}, new int[3]);

    assertThat(ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(sure))
        .containsExactly(new double[] {100, 200, -200}, within(1e-12));
    assertThat(ThresholdAttacks.LOSS.scores(sure)[1])
        .isCloseTo(-Math.exp(-200), within(1e-100))
        .isNegative();
  }

  @Test
  void probabilitiesOfZeroAndOneGiveFiniteScores() {
    ScoredRows rows =
        ScoredRows.ofProbabilities(
            "forget", new long[] {0, 1}, new float[][] {{1, 0}, {1, 0}}, new int[] {0, 1});

    for (RowAttack attack : ThresholdAttacks.ALL) {
      for (double score : attack.scores(rows)) {
        assertThat(score).as(attack.name()).isFinite();
      }
    }
    double[] odds = ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(rows);
    assertThat(odds[0]).isEqualTo(-odds[1]).isGreaterThan(700);
  }

  @Property(tries = 300)
  void addingAConstantToTheLogitsChangesNothing(
      @ForAll @Size(min = 2, max = 8) List<@FloatRange(min = -20, max = 20) Float> logits) {
    float[] plain = new float[logits.size()];
    float[] shifted = new float[logits.size()];
    for (int i = 0; i < plain.length; i++) {
      // Multiples of 1/64, so that adding 32 is exact.
      plain[i] = Math.round(logits.get(i) * 64) / 64f;
      shifted[i] = plain[i] + 32;
    }
    for (RowAttack attack : ThresholdAttacks.ALL) {
      assertThat(attack.scores(rows(shifted, 1))[0])
          .isCloseTo(attack.scores(rows(plain, 1))[0], within(1e-12));
    }
  }

  /** Raising the logit of the label by one makes a row more member-like to every attack that looks at the label. */
  @Property(tries = 300)
  void moreOfTheRightClassIsMoreMemberLike(
      @ForAll @Size(min = 2, max = 8) List<@FloatRange(min = -9, max = 9) Float> logits) {
    float[] less = new float[logits.size()];
    for (int i = 0; i < less.length; i++) {
      less[i] = logits.get(i);
    }
    float[] more = less.clone();
    more[0] += 1;
    for (RowAttack attack :
        List.of(
            ThresholdAttacks.LOSS,
            ThresholdAttacks.MARGIN,
            ThresholdAttacks.LOGIT_SCALED_CONFIDENCE,
            ThresholdAttacks.MODIFIED_ENTROPY)) {
      assertThat(attack.scores(rows(more, 0))[0])
          .as(attack.name())
          .isGreaterThan(attack.scores(rows(less, 0))[0]);
    }
  }

  private static ScoredRows rows(float[] logits, int label) {
    return ScoredRows.ofLogits("forget", new float[][] {logits}, new int[] {label});
  }
}
