package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.LabelOnly;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.RowTable;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class LabelOnlyTest {
  private static final SplittableRandom NONE = new SplittableRandom(0);

  /** A 3×3 picture 1 … 9 and its negative as a second channel, moved by one pixel: right, down, left, up, and not at all. */
  @Test
  void picturesAreMovedToAllSides() {
    float[] picture = new float[18];
    for (int i = 0; i < 9; i++) {
      picture[i] = i + 1;
      picture[9 + i] = -i - 1;
    }
    Shape shape = new Shape(2, 3, 3);
    Perturbation shifts = new Perturbation.Shifts(1);
    List<List<Float>> moved = new ArrayList<>();
    for (int k = 0; k < shifts.count(); k++) {
      float[] one = shifts.apply(picture, shape, k, NONE);
      moved.add(IntStream.range(0, 9).mapToObj(i -> one[i]).toList());
      for (int i = 0; i < 9; i++) {
        assertThat(one[9 + i]).isEqualTo(-one[i] + 0f);
      }
    }

    assertThat(moved)
        .containsExactly(
            List.of(0f, 1f, 2f, 0f, 4f, 5f, 0f, 7f, 8f),
            List.of(0f, 0f, 0f, 1f, 2f, 3f, 4f, 5f, 6f),
            List.of(2f, 3f, 0f, 5f, 6f, 0f, 8f, 9f, 0f),
            List.of(4f, 5f, 6f, 7f, 8f, 9f, 0f, 0f, 0f),
            List.of(1f, 2f, 3f, 4f, 5f, 6f, 7f, 8f, 9f));
  }

  /** Where a single bright pixel of a 9×9 picture goes: 4d + 1 different places, d away or none. */
  @Test
  void shiftsByTwoReachTheWholeDiamond() {
    float[] picture = new float[81];
    picture[40] = 1;
    Perturbation shifts = new Perturbation.Shifts(2);
    HashSet<Integer> places = new HashSet<>();
    for (int k = 0; k < shifts.count(); k++) {
      float[] moved = shifts.apply(picture, new Shape(1, 9, 9), k, NONE);
      int at = IntStream.range(0, 81).filter(i -> moved[i] == 1).findFirst().orElseThrow();
      int far = Math.abs(at / 9 - 4) + Math.abs(at % 9 - 4);
      assertThat(far).isIn(0, 2);
      places.add(at);
    }
    assertThat(places).hasSize(9);
  }

  @Test
  void noiseHasItsDeviation() {
    float[] noisy =
        new Perturbation.Noise(3, 1)
            .apply(new float[20_000], new Shape(20_000), 0, new SplittableRandom(1));
    double squares = IntStream.range(0, noisy.length).mapToDouble(i -> noisy[i] * noisy[i]).sum();

    assertThat(Math.sqrt(squares / noisy.length)).isCloseTo(3, within(0.06));
  }

  @Test
  void theScoreIsTheShareOfRightAnswers() {
    RowTable answers = RowTable.of(new long[] {7, 9}, new double[][] {{1, 0, 1, 1}, {0, 0, 0, 1}});
    LabelOnly attack = new LabelOnly("noise", answers);
    ScoredRows rows = ScoredRows.ofLogits("forget", new long[] {9, 7}, new float[2][2], new int[2]);
    ScoredRows unknown = ScoredRows.ofLogits("forget", new long[] {8}, new float[1][2], new int[1]);

    assertThat(attack.name()).isEqualTo("label-only-noise");
    assertThat(attack.calibrate(rows, rows).scores(rows)).containsExactly(0.25, 0.75);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> attack.calibrate(rows, rows).scores(unknown))
        .withMessage(
            "split \"forget\": attack \"label-only-noise\" must know every row, but was told nothing about row"
                + " 8");
  }

  /** Labels at random can only be learned by heart, and near those inputs they are said again. */
  @Test
  void rowsLearnedByHeartAreFoundByLabelsAlone() {
    try (UnlearningDataset data = Problem.randomLabels(60, 60, 200, 1);
        Network trained = Problem.perceptron(1);
        Network without = Problem.perceptron(2)) {
      Problem.train(trained, data.markRetain(data.trained()), 1, 300);
      Problem.train(without, data, 2, 300);

      assertThat(auc(trained, data, 3)).isGreaterThan(0.75);
      assertThat(auc(without, data, 3)).isBetween(0.35, 0.65);
      assertThat(auc(trained, data, 3)).isEqualTo(auc(trained, data, 3));
      assertThat(auc(trained, data, 3)).isNotEqualTo(auc(trained, data, 4));
    }
  }

  private static double auc(Network network, UnlearningDataset data, long seed) {
    LabelOnly attack =
        new Perturbation.Noise(0.1, 20).ask(network, data.forget().and(data.unseen()), seed);
    NetworkOutputs outputs = NetworkOutputs.of("network", network, data);
    return MembershipTest.DEFAULTS
        .run(attack, outputs.forget(), outputs.unseenOfForgetClasses(), new SplittableRandom(1))
        .auc()
        .auc();
  }

  @Test
  void answersOfARowDoNotDependOnTheOthers() {
    try (UnlearningDataset data = Problem.mislabelled(20, 60, 40, 1);
        Network network = Problem.perceptron(1)) {
      Problem.train(network, data, 1);
      Perturbation noise = new Perturbation.Noise(1, 7);
      ScoredRows outputs = NetworkOutputs.score("network", network, data.forget(), "forget");
      LabelOnly all = noise.ask(network, data.trained(), 1);
      LabelOnly few = noise.ask(network, data.forget(), 1);

      assertThat(all.calibrate(outputs, outputs).scores(outputs))
          .isEqualTo(few.calibrate(outputs, outputs).scores(outputs))
          .isNotEqualTo(new double[20]);
    }
  }

  @Test
  void rowsThatAreNoPicturesCannotBeMoved() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Perturbation.Shifts.DEFAULTS.ask(network, data.forget(), 1))
          .withMessageStartingWith(
              "shifts are for pictures of shape (channels, height, width), but rows are of shape (8)");
    }
  }
}
