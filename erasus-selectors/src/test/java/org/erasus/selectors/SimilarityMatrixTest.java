package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Comparator;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both forms of the matrix against loops over pairs in Java. */
class SimilarityMatrixTest {
  private static void with(
      float[][] features,
      Similarity similarity,
      OptionalInt neighbours,
      Consumer<SimilarityMatrix> use) {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      use.accept(
          SimilarityMatrix.of(manager, features, similarity, neighbours, (done, total) -> {}));
    }
  }

  /** With features below 0, too. */
  private static float[][] features(int n) {
    float[][] rows = Given.numbers(n, 5, 3);
    for (float[] row : rows) {
      row[2] -= 0.8f;
    }
    return rows;
  }

  /** The definitions, pair by pair; none below 0. */
  private static double[][] table(float[][] h, Similarity similarity) {
    int n = h.length;
    double[][] dot = new double[n][n];
    double[][] distance = new double[n][n];
    double longest = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        for (int d = 0; d < h[0].length; d++) {
          dot[i][j] += (double) h[i][d] * h[j][d];
          distance[i][j] += Math.pow(h[i][d] - h[j][d], 2);
        }
        squares += distance[i][j];
        distance[i][j] = Math.sqrt(distance[i][j]);
        longest = Math.max(longest, distance[i][j]);
      }
    }
    double[][] s = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        s[i][j] =
            Math.max(
                0,
                switch (similarity) {
                  case DOT -> dot[i][j];
                  case COSINE -> dot[i][j] / Math.sqrt(dot[i][i] * dot[j][j]);
                  case EUCLIDEAN -> longest - distance[i][j];
                  case RBF -> Math.exp(-Math.pow(distance[i][j], 2) / (squares / n / n));
                });
      }
    }
    return s;
  }

  /** Each row's own, its most similar others, and those it is such another of. */
  static double[][] nearest(double[][] s, int neighbours) {
    int n = s.length;
    double[][] kept = new double[n][n];
    for (int i = 0; i < n; i++) {
      int row = i;
      kept[i][i] = s[i][i];
      IntStream.range(0, n)
          .filter(j -> j != row)
          .boxed()
          .sorted(Comparator.comparingDouble(j -> -s[row][j]))
          .limit(neighbours)
          .forEach(
              j -> {
                kept[row][j] = s[row][j];
                kept[j][row] = s[j][row];
              });
    }
    return kept;
  }

  private static void assertHolds(SimilarityMatrix found, double[][] expected) {
    int n = expected.length;
    assertThat(found.size()).isEqualTo(n);
    int[] all = IntStream.range(0, n).toArray();
    double[] level = Arrays.stream(all).mapToDouble(i -> 0.1 + 0.01 * i).toArray();
    double[] above = new double[n];
    double[] below = new double[n];
    for (int i = 0; i < n; i++) {
      double[] row = new double[n];
      found.addRow(i, 1, row);
      assertThat(row).containsExactly(expected[i], within(2e-5));
      assertThat(found.self(i)).isCloseTo(expected[i][i], within(2e-5));
      for (int j = 0; j < n; j++) {
        above[i] += Math.max(expected[i][j] - level[j], 0);
        below[i] += Math.min(expected[i][j], level[j]);
      }
    }
    assertThat(found.sums())
        .containsExactly(
            Arrays.stream(expected).mapToDouble(r -> Arrays.stream(r).sum()).toArray(),
            within(1e-3));
    SimilarityMatrix.Levels levels = found.levels(level);
    assertThat(levels.above(all)).containsExactly(above, within(1e-4));
    assertThat(levels.below(all)).containsExactly(below, within(1e-4));
    assertThat(levels.above(new int[] {n - 1, 2}))
        .containsExactly(new double[] {above[n - 1], above[2]}, within(1e-4));
    levels.raise(3);
    levels.lower(5);
    double[] moved = new double[n];
    for (int j = 0; j < n; j++) {
      moved[j] = Math.max(Math.max(level[j], expected[3][j]) - expected[5][j], 0);
    }
    double expectedBelow = 0;
    for (int j = 0; j < n; j++) {
      expectedBelow += Math.min(expected[7][j], moved[j]);
    }
    assertThat(levels.below(new int[] {7})[0]).isCloseTo(expectedBelow, within(1e-4));
  }

  @ParameterizedTest
  @EnumSource(Similarity.class)
  void allPairsHoldTheDefinition(Similarity similarity) {
    float[][] h = features(37);
    with(h, similarity, OptionalInt.empty(), s -> assertHolds(s, table(h, similarity)));
  }

  @ParameterizedTest
  @EnumSource(Similarity.class)
  void nearestPairsAreTheMostSimilarOnes(Similarity similarity) {
    float[][] h = features(37);
    for (int neighbours : new int[] {1, 4, 36}) {
      with(
          h,
          similarity,
          OptionalInt.of(neighbours),
          s -> assertHolds(s, nearest(table(h, similarity), neighbours)));
    }
  }

  /** More neighbours than there are rows are all of them. */
  @ParameterizedTest
  @EnumSource(Similarity.class)
  void asManyNeighboursAsRowsAreAllPairs(Similarity similarity) {
    float[][] h = features(20);
    for (int neighbours : new int[] {19, 20, Integer.MAX_VALUE}) {
      with(h, similarity, OptionalInt.of(neighbours), s -> assertHolds(s, table(h, similarity)));
    }
  }

  /** Rows that coincide are as alike as can be; rows of zeros are like no other by cosine, not even themselves. */
  @ParameterizedTest
  @EnumSource(Similarity.class)
  void constantRowsGiveFiniteSimilarities(Similarity similarity) {
    for (float value : new float[] {0, 0.3f}) {
      float[][] h = new float[8][3];
      for (float[] row : h) {
        Arrays.fill(row, value);
      }
      double expected =
          switch (similarity) {
            case COSINE -> value == 0 ? 0 : 1;
            case DOT -> 3 * value * value;
            case EUCLIDEAN -> 0;
            case RBF -> 1;
          };
      for (OptionalInt neighbours : new OptionalInt[] {OptionalInt.empty(), OptionalInt.of(7)}) {
        with(
            h,
            similarity,
            neighbours,
            s -> {
              double[] row = new double[8];
              s.addRow(4, 1, row);
              assertThat(row).containsOnly(new double[] {expected}, within(1e-5));
            });
      }
    }
  }

  @Test
  void tooManyRowsOrPairsAreRefusedBeforeAnyWork() {
    float[][] many = new float[SimilarityMatrix.MOST_ROWS + 1][1];
    Given.with(
        many,
        (network, data) -> {
          SelectionTask task = new SelectionTask(network, data.rows(), 2, 1);
          for (Selector selector :
              new Selector[] {
                FacilityLocation.DEFAULTS, SaturatedCoverage.DEFAULTS, GraphCut.DEFAULTS
              }) {
            assertThatIllegalArgumentException()
                .isThrownBy(() -> selector.select(task))
                .withMessage(
                    selector.displayName()
                        + " compares all pairs of at most 20000 rows, but there are 20001"
                        + " candidates: keep only the nearest of each with withNeighbours(100)");
          }
          assertThatIllegalArgumentException()
              .isThrownBy(() -> FacilityLocation.DEFAULTS.withNeighbours(3000).select(task))
              .withMessage(
                  "facility-location keeps at most 50000000 pairs, but 20001 candidates with 3000"
                      + " neighbours each are more: keep at most 2499");
          return task;
        });
  }

  @Test
  void neighboursAreAtLeastOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FacilityLocation.DEFAULTS.withNeighbours(0))
        .withMessage("neighbours must be at least 1, but was 0");
  }
}
