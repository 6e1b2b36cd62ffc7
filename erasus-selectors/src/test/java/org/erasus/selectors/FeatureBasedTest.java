package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class FeatureBasedTest implements SelectorContract {
  @Override
  public Selector selector() {
    return FeatureBased.DEFAULTS;
  }

  /** Roots: rows gain 1, 2 and 1; after row 1, row 0 gains √5 − 2 and row 2 still 1. */
  @Test
  void gainsAreWhatRowsAddToTheConcaveSums() {
    Coreset chosen = Given.choose(FeatureBased.DEFAULTS, 3, new float[][] {{1, 0}, {4, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(1, 2, 0);
    assertThat(chosen.score(0)).contains(2.0);
    assertThat(chosen.score(1)).contains(1.0);
    assertThat(chosen.score(2).orElseThrow()).isCloseTo(Math.sqrt(5) - 2, within(1e-12));
  }

  @Test
  void everyConcaveFunctionIsItself() {
    float[][] one = {{3, 0}};
    assertThat(gain(FeatureBased.Concave.ROOT, one)).isCloseTo(Math.sqrt(3), within(1e-12));
    assertThat(gain(FeatureBased.Concave.LOG, one)).isCloseTo(Math.log(4), within(1e-12));
    assertThat(gain(FeatureBased.Concave.RATIO, one)).isCloseTo(0.75, within(1e-12));
  }

  private static double gain(FeatureBased.Concave concave, float[][] rows) {
    return Given.choose(FeatureBased.DEFAULTS.withConcave(concave), 1, rows).score(0).orElseThrow();
  }

  @Test
  void featuresBelowZeroAreRefusedWithTheRow() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Given.choose(FeatureBased.DEFAULTS, 1, new float[][] {{1, 0}, {2, -0.5f}}))
        .withMessage(
            "feature-based needs features of 0 or more, but row 1 has one of -0.5: take a network"
                + " with a ReLU before its last layer, or \"facility-location\"");
  }
}
