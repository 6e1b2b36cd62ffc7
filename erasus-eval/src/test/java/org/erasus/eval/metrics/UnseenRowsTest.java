package org.erasus.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Mark;
import org.erasus.eval.Fakes;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.stats.Estimate;
import org.junit.jupiter.api.Test;

/** Forget rows against the unseen rows of the same network. */
class UnseenRowsTest {
  /** Wanted 2 : 1; class 1 has 3 rows, so 6 of class 0 go with them: of 8, all but the first and the fifth. */
  @Test
  void theScarcestClassDecidesAndTheOthersAreThinnedEvenly() {
    int[] labels = {0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 0};

    assertThat(Differences.inProportion(labels, new int[] {0, 0, 1}))
        .containsExactly(1, 2, 3, 4, 7, 8, 9, 10, 11);
    assertThat(Differences.inProportion(labels, new int[] {2, 2, 2})).containsExactly(5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Differences.inProportion(labels, new int[] {0, 4}))
        .withMessage("there must be rows of class 4, but is none");
  }

  /** 30 of 38 right against 5 of 8: 31/40 − 6/10. */
  @Test
  void theDifferenceIsThatOfTheTwoMeans() {
    NetworkOutputs network =
        Fakes.network("n", Fakes.answers(30, 8), Fakes.answers(2, 0), Fakes.answers(5, 3));

    assertThat(Differences.toUnseen(network, Differences::correct).value())
        .isCloseTo(0.175, within(1e-12));
    assertThat(Differences.accuracy(network.forget())).isEqualTo(30 / 38.0);
  }

  /** Forget rows right, logits 2 against 0; of the unseen rows a half: ties with 4, above 4: (½ · 4 + 4)/8 = ¾. */
  @Test
  void theAucIsCountedFromOneHalf() {
    NetworkOutputs network =
        Fakes.network("n", Fakes.answers(60, 0), Fakes.answers(2, 0), Fakes.answers(4, 4));

    assertThat(Differences.aucToChance(network, ThresholdAttacks.LOSS).value())
        .isCloseTo(0.25, within(1e-12));
  }

  /**
   * Class 0 is easy and class 1 hard, for forget and unseen rows alike; D_f is of class 1 for the most part, the unseen rows are
   * of class 0. Without matching the two would differ by a half.
   */
  @Test
  void anotherMixOfClassesIsNoMemory() {
    NetworkOutputs network =
        Fakes.network(
            "n", mixed("forget", 20, 80), mixed("retain", 10, 10), mixed("unseen", 800, 200));

    assertThat(Differences.toUnseen(network, Differences::correct).value())
        .isCloseTo(0, within(0.01));
    assertThat(Differences.aucToChance(network, ThresholdAttacks.LOSS).value())
        .isCloseTo(0, within(1e-12));
    assertThat(Differences.unseenLikeForget(network).size()).isEqualTo(250);
  }

  @Test
  void withoutNonMembersThereIsNothingToTellForgetRowsFrom() {
    NetworkOutputs two = Fakes.everywhere("two", new float[8][2]);
    NetworkOutputs alone =
        new NetworkOutputs("alone", Map.of(Mark.FORGET, two.forget()), Optional.empty(), List.of());
    NetworkOutputs others =
        Fakes.network(
            "others", two.forget(), two.retain(), Fakes.rows("unseen", new float[8][2], 1));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Differences.ofAuc(alone, List.of(two), ThresholdAttacks.LOSS))
        .withMessage("split \"unseen\" must have rows, but has none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Differences.aucToChance(others, ThresholdAttacks.LOSS))
        .withMessage("split \"unseen\": a subset must have at least 1 row, but has none");
  }

  /** Comparing rows by their place would give a number, and a wrong one. */
  @Test
  void networksThatWereAskedOtherThingsAreNotCompared() {
    NetworkOutputs two = Fakes.everywhere("two", new float[8][2]);
    NetworkOutputs three = Fakes.everywhere("three", new float[8][3]);
    NetworkOutputs more = Fakes.everywhere("more", new float[9][2]);
    ScoredRows other =
        ScoredRows.ofLogits(
            "forget", new long[] {0, 1, 2, 3, 4, 5, 6, 9}, new float[8][2], new int[8]);
    NetworkOutputs others = Fakes.network("others", other, two.retain(), two.retain());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofMean(two, three))
        .withMessage(
            "split \"forget\": networks \"two\" and \"three\" must tell the same classes apart, but have 2 and 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Differences.ofAuc(two, List.of(three), ThresholdAttacks.LOSS))
        .withMessageContaining("tell the same classes apart");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofMean(two, more))
        .withMessageEndingWith("must be asked about the same rows, but have 8 and 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ofMean(two, others))
        .withMessageEndingWith("but row 7 has the ids 7 and 9");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Fakes.evidence(two, three))
        .withMessage(
            "split \"forget\": all networks must tell the same classes apart, but the network has 2 and reference"
                + " \"three\" has 3");
  }

  private static Estimate ofMean(NetworkOutputs network, NetworkOutputs reference) {
    return Differences.ofMean(
        network, List.of(reference), NetworkOutputs::forget, Differences::correct);
  }

  /** Rows of class 0 are answered right, and every other one of class 1. */
  private static ScoredRows mixed(String split, int zero, int one) {
    float[][] logits = new float[zero + one][];
    int[] labels = new int[zero + one];
    Arrays.fill(labels, zero, zero + one, 1);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = i < zero || i % 2 == 0 ? new float[] {2, 0} : new float[] {0, 1};
    }
    return ScoredRows.ofLogits(split, logits, labels);
  }
}
