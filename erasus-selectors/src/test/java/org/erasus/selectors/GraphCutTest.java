package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class GraphCutTest implements SelectorContract {
  private static final float[][] ROWS = {{1, 0}, {2, 0}, {0, 1}};

  @Override
  public Selector selector() {
    return GraphCut.DEFAULTS;
  }

  /**
   * s = [[1, 2, 0], [2, 4, 0], [0, 0, 1]] and λ = ½: gains 3 − ½, 6 − 2 and 1 − ½; after row 1 row 0 has 2½ − 2·½·2 = ½ left,
   * as much as row 2, and comes before it in the data.
   */
  @Test
  void gainsAreLikenessToAllWithoutThatToTheChosen() {
    Coreset chosen = Given.choose(GraphCut.DEFAULTS.withSimilarity(Similarity.DOT), 3, ROWS);
    assertThat(chosen.ids()).containsExactly(1, 0, 2);
    assertThat(chosen.score(0)).contains(4.0);
    assertThat(chosen.score(1)).contains(0.5);
    assertThat(chosen.score(2)).contains(0.5);
  }

  /** λ = 1: gains 2, 2, 0; after row 0 row 1 has 2 − 2·2 = −2, so the other direction comes first. */
  @Test
  void aLargerWeightTurnsAwayFromWhatIsChosen() {
    Coreset chosen =
        Given.choose(
            GraphCut.DEFAULTS.withSimilarity(Similarity.DOT).withRedundancyWeight(1), 3, ROWS);
    assertThat(chosen.ids()).containsExactly(0, 2, 1);
    assertThat(chosen.score(2)).contains(-2.0);
  }

  @Test
  void theWeightIsNotBelowZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GraphCut.DEFAULTS.withRedundancyWeight(-1))
        .withMessage("redundancyWeight must be >= 0 and finite, but was -1.0");
  }
}
