package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class LogDeterminantTest implements SelectorContract {
  @Override
  public Selector selector() {
    return LogDeterminant.DEFAULTS;
  }

  /**
   * I + K = [[2, 2, 0], [2, 5, 0], [0, 0, 2]]: row 1 gains log 5, then row 2 log 2, then row 0 log(6/5), since the determinant
   * of the first two is 6.
   */
  @Test
  void gainsAreLogarithmsOfQuotientsOfDeterminants() {
    Coreset chosen =
        Given.choose(
            LogDeterminant.DEFAULTS.withSimilarity(Similarity.DOT).withNoise(1),
            3,
            new float[][] {{1, 0}, {2, 0}, {0, 1}});
    assertThat(chosen.ids()).containsExactly(1, 2, 0);
    assertThat(chosen.score(0).orElseThrow()).isCloseTo(Math.log(5), within(1e-6));
    assertThat(chosen.score(1).orElseThrow()).isCloseTo(Math.log(2), within(1e-6));
    assertThat(chosen.score(2).orElseThrow()).isCloseTo(Math.log(1.2), within(1e-6));
  }

  /** A row that is chosen already gains log(1 + 1/(1 + σ²/K)) ≤ log 2, less than a new one here and never less than nothing. */
  @Test
  void duplicatesComeLast() {
    float[][] rows = new float[9][2];
    for (int i = 0; i < rows.length; i++) {
      rows[i][i % 2] = 1 + i / 2 % 2;
    }
    Coreset chosen = Given.choose(LogDeterminant.DEFAULTS, 9, rows);
    for (int t = 0; t < 4; t++) {
      for (int u = 0; u < t; u++) {
        assertThat(rows[(int) chosen.id(t)]).isNotEqualTo(rows[(int) chosen.id(u)]);
      }
    }
    for (int t = 1; t < 9; t++) {
      assertThat(chosen.score(t).orElseThrow()).isBetween(0.0, chosen.score(t - 1).orElseThrow());
    }
  }

  @Test
  void distancesWithoutAVolumeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogDeterminant.DEFAULTS.withSimilarity(Similarity.EUCLIDEAN))
        .withMessage(
            "similarity must be COSINE, DOT or RBF, whose matrices are positive semidefinite, but"
                + " was EUCLIDEAN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LogDeterminant.DEFAULTS.withNoise(0))
        .withMessage("noise must be > 0 and finite, but was 0.0");
  }
}
