package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class FacilityLocationTest implements SelectorContract {
  @Override
  public Selector selector() {
    return FacilityLocation.DEFAULTS;
  }

  /**
   * s = [[1, 2, 0], [2, 4, 0], [0, 0, 1]]: row 1 gains 2 + 4, then row 2 gains 1, and row 0 adds nothing since row 1 is more
   * like both than it is.
   */
  @Test
  void gainsAreWhatRowsAddToTheBestLikeness() {
    Coreset chosen =
        Given.choose(
            FacilityLocation.DEFAULTS.withSimilarity(Similarity.DOT),
            3,
            new float[][] {{1, 0}, {2, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(1, 2, 0);
    assertThat(chosen.score(0)).contains(6.0);
    assertThat(chosen.score(1)).contains(1.0);
    assertThat(chosen.score(2)).contains(0.0);
  }

  /** Three clouds of different sizes: three rows, one of each, the largest cloud's first. */
  @Test
  void everyCloudGetsARow() {
    float[][] rows = new float[12][3];
    for (int i = 0; i < rows.length; i++) {
      rows[i][i < 6 ? 0 : i < 10 ? 1 : 2] = 1 + i / 100f;
    }
    for (Similarity similarity : Similarity.values()) {
      Coreset chosen = Given.choose(FacilityLocation.DEFAULTS.withSimilarity(similarity), 3, rows);
      assertThat(chosen.id(0)).isBetween(0L, 5L);
      assertThat(chosen.ids()).hasSize(3);
      assertThat(Arrays.stream(chosen.ids())).anyMatch(i -> i >= 6 && i < 10);
      assertThat(Arrays.stream(chosen.ids())).anyMatch(i -> i >= 10);
    }
  }

  /** A row and its double: the second adds nothing and comes last. */
  @Test
  void aDuplicateAddsNothing() {
    Coreset chosen =
        Given.choose(FacilityLocation.DEFAULTS, 3, new float[][] {{1, 0}, {1, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(0, 2, 1);
    assertThat(chosen.score(2)).contains(0.0);
  }
}
