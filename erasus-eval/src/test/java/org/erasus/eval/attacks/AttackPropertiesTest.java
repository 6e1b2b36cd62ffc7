package org.erasus.eval.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class AttackPropertiesTest {
  private static ScoredRows rows(String split, int n, double shift, SplittableRandom random) {
    float[][] logits = new float[n][3];
    int[] labels = new int[n];
    long[] ids = new long[n];
    for (int i = 0; i < n; i++) {
      labels[i] = random.nextInt(3);
      ids[i] = random.nextLong();
      for (int c = 0; c < 3; c++) {
        logits[i][c] = (float) (random.nextGaussian() * 2 + (c == labels[i] ? shift : 0));
      }
    }
    return ScoredRows.ofLogits(split, ids, logits, labels);
  }

  /** Loss, odds and cube of the odds order the rows alike, so every ranking figure is the same. */
  @Property(tries = 50)
  void rankingFiguresDoNotChangeUnderRisingTransforms(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ScoredRows members = rows("forget", 60, 2, random);
    ScoredRows others = rows("unseen", 80, 1, random);
    RowAttack odds = ThresholdAttacks.LOGIT_SCALED_CONFIDENCE;
    AttackResult first = run(odds, members, others);
    for (RowAttack attack :
        List.of(
            ThresholdAttacks.LOSS,
            new RowAttack("cube", p -> Math.pow(odds.score().applyAsDouble(p), 3)))) {
      AttackResult other = run(attack, members, others);
      assertThat(other.auc()).isEqualTo(first.auc());
      assertThat(other.tprAt1PercentFpr().tpr()).isEqualTo(first.tprAt1PercentFpr().tpr());
      assertThat(other.tprAtPointOnePercentFpr().tpr())
          .isEqualTo(first.tprAtPointOnePercentFpr().tpr());
    }
  }

  private static AttackResult run(Attack attack, ScoredRows members, ScoredRows others) {
    return MembershipTest.DEFAULTS.run(attack, members, others, new SplittableRandom(1));
  }

  /** 200 against 200 rows: the deviation of an AUC is about 0.03, and 0.15 is five of them. */
  @Property(tries = 60)
  void scoresAtRandomAreACoin(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    ScoredRows members = rows("forget", 200, 1, random);
    ScoredRows others = rows("unseen", 200, 1, random);
    AttackResult result = run(new RowAttack("random", p -> random.nextDouble()), members, others);

    assertThat(result.auc().auc()).isCloseTo(0.5, within(0.15));
    assertThat(result.tprAt1PercentFpr().tpr().estimate()).isLessThan(0.15);
  }
}
