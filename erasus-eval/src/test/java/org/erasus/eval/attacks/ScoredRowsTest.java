package org.erasus.eval.attacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ScoredRowsTest {
  @Test
  void everyFaultNamesItsSplit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredRows.ofLogits("unseen", new float[0][], new int[0]))
        .withMessage(
            "split \"unseen\": must have at least 1 row, but has none: mark some rows for it");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredRows.ofLogits("forget", new float[][] {{1}}, new int[] {0}))
        .withMessage("split \"forget\": outputs must have at least 2 classes, but have 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> ScoredRows.ofLogits("forget", new float[][] {{1, 2}, {1}}, new int[] {0, 0}))
        .withMessage("split \"forget\": row 1 must have as many classes as row 0, 2, but has 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ScoredRows.ofLogits(
                    "forget", new float[][] {{1, 2}, {1, Float.NaN}}, new int[] {0, 0}))
        .withMessage(
            "split \"forget\": row 1 must have finite outputs, but its logit of class 1 is NaN:"
                + " the network may have diverged");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ScoredRows.ofLogits(
                    "retain", new float[][] {{1, Float.POSITIVE_INFINITY}}, new int[] {0}))
        .withMessageStartingWith(
            "split \"retain\": row 0 must have finite outputs, but its logit of class 1 is Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                ScoredRows.ofLogits(
                    "retain", new float[][] {{Float.NEGATIVE_INFINITY, 1}}, new int[] {0}))
        .withMessageContaining("its logit of class 0 is -Infinity");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredRows.ofLogits("forget", new float[][] {{1, 2}}, new int[] {2}))
        .withMessage("split \"forget\": row 0 must have a label from 0 to 1, but has 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ScoredRows.ofLogits("forget", new float[][] {{1, 2}}, new int[] {0, 1}))
        .withMessage(
            "split \"forget\": ids, outputs and labels must be of one length, but held 1, 1 and 2");
  }

  @Test
  void logitsGivenAsProbabilitiesAreNoticed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> probabilities(0.9, 0.9))
        .withMessageStartingWith(
            "split \"forget\": probabilities of a row must sum to 1, but row 0 summed to 1.8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> probabilities(1.5, -0.5))
        .withMessage(
            "split \"forget\": probabilities must be >= 0 and <= 1, but row 0 had 1.5 at class 0");
  }

  private static ScoredRows probabilities(double p, double q) {
    return ScoredRows.ofProbabilities(
        "forget", new long[] {0}, new double[][] {{p, q}}, new int[] {0});
  }

  @Test
  void logitsAreCopiedAndSubsetsKeepIds() {
    float[][] logits = {{1, 2}, {5, 3}, {0, 0}};
    ScoredRows rows =
        ScoredRows.ofLogits("forget", new long[] {70, 80, 90}, logits, new int[] {0, 1, 1});
    double before = rows.prediction(1).logProbability(0);
    logits[1][0] = -5;
    ScoredRows part = rows.subset(new int[] {2, 1});

    assertThat(rows.prediction(1).logProbability(0)).isEqualTo(before);
    assertThat(part.id(0)).isEqualTo(90);
    assertThat(part.prediction(1).top()).isZero();
    assertThat(part.prediction(1).label()).isEqualTo(1);
    assertThat(part.size()).isEqualTo(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rows.subset(new int[0]))
        .withMessage("split \"forget\": a subset must have at least 1 row, but has none");
  }
}
