package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every selector by features does with features that tell nothing, or are no numbers. */
class FeaturesTest {
  static List<Selector> selectors() {
    return List.of(
        KCenter.DEFAULTS,
        Herding.DEFAULTS,
        KMeans.DEFAULTS,
        FacilityLocation.DEFAULTS,
        FacilityLocation.DEFAULTS.withNeighbours(2),
        GraphCut.DEFAULTS,
        GraphCut.DEFAULTS.withNeighbours(2),
        LogDeterminant.DEFAULTS,
        SaturatedCoverage.DEFAULTS,
        SaturatedCoverage.DEFAULTS.withNeighbours(2),
        FeatureBased.DEFAULTS);
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void whatIsNoNumberIsAnsweredWithItsRow(Selector selector) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(Float.NaN);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> selector.select(new SelectionTask(network, data.retain(), 2, 1)))
          .withMessage(
              selector.displayName()
                  + ": features must be finite, but row 1 has one of NaN: look at the network's weights");
    }
  }

  /** Squares of numbers far from 0 would swallow the distances in 32 bits. */
  @Test
  void whereTheFeaturesLieDoesNotMatter() {
    float[][] near = new float[40][2];
    float[][] far = new float[40][2];
    for (int i = 0; i < near.length; i++) {
      near[i][0] = i * i % 37 / 256f;
      near[i][1] = i * 7 % 31 / 256f;
      far[i][0] = near[i][0] + 1000;
      far[i][1] = near[i][1] - 1000;
    }
    for (Selector selector : List.of(KCenter.DEFAULTS, Herding.DEFAULTS, KMeans.DEFAULTS)) {
      assertThat(Given.choose(selector, 8, far).ids())
          .as(selector.displayName())
          .isEqualTo(Given.choose(selector, 8, near).ids());
    }
  }

  /** Rows of zeros and rows that coincide give k different rows. */
  @ParameterizedTest
  @MethodSource("selectors")
  void constantFeaturesGiveAsManyRowsAsWanted(Selector selector) {
    for (float value : new float[] {0, 0.3f}) {
      float[][] rows = new float[7][3];
      for (float[] row : rows) {
        Arrays.fill(row, value);
      }
      Coreset chosen = Given.choose(selector, 4, rows);
      assertThat(chosen.ids()).hasSize(4).doesNotHaveDuplicates();
    }
  }

  /** One row is chosen from one row. */
  @ParameterizedTest
  @MethodSource("selectors")
  void aSingleRowIsChosen(Selector selector) {
    assertThat(Given.choose(selector, 3, new float[] {1, 2}).ids()).containsExactly(0);
  }
}
