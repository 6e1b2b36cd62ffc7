package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class SaturatedCoverageTest implements SelectorContract {
  @Override
  public Selector selector() {
    return SaturatedCoverage.DEFAULTS;
  }

  /**
   * s = [[1, 2, 0], [2, 4, 0], [0, 0, 1]] and α = ½: enough is (1.5, 3, 0.5). Row 1 gains 1.5 + 3 and leaves the first two
   * nothing to want; row 2 gains 0.5, row 0 nothing.
   */
  @Test
  void gainsAreWhatIsStillWanted() {
    Coreset chosen =
        Given.choose(
            SaturatedCoverage.DEFAULTS.withSimilarity(Similarity.DOT).withSaturation(0.5),
            3,
            new float[][] {{1, 0}, {2, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(1, 2, 0);
    assertThat(chosen.score(0)).contains(4.5);
    assertThat(chosen.score(1)).contains(0.5);
    assertThat(chosen.score(2)).contains(0.0);
  }

  /** With α = 1 nothing is ever enough: the gain of a row is the sum of its similarities, 3, 6 and 1. */
  @Test
  void withoutSaturationGainsAreSums() {
    Coreset chosen =
        Given.choose(
            SaturatedCoverage.DEFAULTS.withSimilarity(Similarity.DOT).withSaturation(1),
            3,
            new float[][] {{1, 0}, {2, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(1, 0, 2);
    assertThat(chosen.score(1)).contains(3.0);
  }

  @Test
  void saturationIsAShare() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SaturatedCoverage.DEFAULTS.withSaturation(1.5))
        .withMessageContaining("saturation must be in [")
        .withMessageContaining("but was 1.5");
  }
}
