package org.erasus.eval.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.function.IntFunction;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

/** Features are the inputs themselves, so what a head can know of them is plain. */
class FewShotProbeTest {
  private static final int ROWS = 20;
  private static final float[][] CORNERS = {{1, 0}, {0, 1}, {-1, -1}};

  /** Rows of classes 0 and 1 at their corners, and class 2, to be forgotten, where it is put. */
  private static UnlearningDataset with(IntFunction<float[]> forgotten) {
    float[] inputs = new float[3 * ROWS * 2];
    int[] labels = new int[3 * ROWS];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = i % 3;
      float[] at = labels[i] == 2 ? forgotten.apply(i) : CORNERS[labels[i]];
      System.arraycopy(at, 0, inputs, 2 * i, 2);
    }
    return UnlearningDataset.of(inputs, new Shape(2), labels, 3).markForgetClasses(2);
  }

  private static List<Double> known(FewShotProbe probe, UnlearningDataset data) {
    try (data;
        Network network = Network.of(new Sequential().add("fc1", new Linear(3)), new Shape(2), 1)) {
      return probe.known(network, data, 7);
    }
  }

  @Test
  void aClassApartFromAllOthersIsKnownAfterOneRow() {
    assertThat(known(FewShotProbe.DEFAULTS.withShots(1), with(i -> CORNERS[2])))
        .hasSize(ROWS)
        .containsOnly(1.0);
  }

  @Test
  void aClassThatLooksLikeAnotherIsNot() {
    assertThat(known(FewShotProbe.DEFAULTS, with(i -> CORNERS[0]))).containsOnly(0.0);
  }

  @Test
  void noRowIsJudgedByAHeadThatWasShownIt() {
    List<Double> known =
        known(FewShotProbe.DEFAULTS.withDraws(1).withShots(3), with(i -> CORNERS[2]));
    assertThat(known.stream().filter(k -> k == 0)).as("those shown").hasSize(3);
    assertThat(known.stream().filter(k -> k == 1)).hasSize(ROWS - 3);
  }

  @Test
  void moreRowsShownTellMore() {
    IntFunction<float[]> near = i -> new float[] {1 - i / 60f, -i / 60f}; // from corner 0 outward
    FewShotProbe probe = FewShotProbe.DEFAULTS;
    assertThat(mean(known(probe.withShots(10), with(near))))
        .isGreaterThan(mean(known(probe.withShots(1), with(near))));
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(v -> v).average().orElseThrow();
  }

  @Test
  void aClassThatIsShownWholeIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> known(FewShotProbe.DEFAULTS.withShots(ROWS), with(i -> CORNERS[2])))
        .withMessage(
            "recovery test \"few-shot-probe\" cannot run: split \"forget\" must have at least 40 rows of class"
                + " 2, as 20 are shown and the others are asked for, but has 20");
  }
}
