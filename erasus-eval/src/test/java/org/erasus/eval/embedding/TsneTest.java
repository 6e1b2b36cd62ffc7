package org.erasus.eval.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TsneTest {
  static List<JsonNode> cases() {
    return Golden.list("tsne");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void affinitiesAreThoseOfScikitLearn(JsonNode golden) {
    double[][] p = Tsne.affinities(features(golden), Golden.number(golden, "perplexity"));
    double[][] expected = matrix(golden, "p");
    for (int i = 0; i < p.length; i++) {
      for (int j = 0; j < p.length; j++) {
        if (i != j) {
          assertThat(p[i][j]).isCloseTo(expected[i][j], within(1e-6)); // theirs are found to 1e-5
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void divergenceAndGradientAreThoseOfScikitLearn(JsonNode golden) {
    double[][] y = matrix(golden, "y");
    double[][] gradient = new double[y.length][2];
    double[][] p = matrix(golden, "p");
    double divergence = Tsne.gradient(p, 1, y, gradient, new double[y.length][y.length]);
    assertThat(divergence).isCloseTo(Golden.number(golden, "divergence"), within(1e-6));
    double[][] expected = matrix(golden, "gradient");
    for (int i = 0; i < y.length; i++) {
      assertThat(gradient[i]).containsExactly(expected[i], within(1e-7));
    }
  }

  /** A layout by chance is ten times as far from the truth. */
  @ParameterizedTest
  @MethodSource("cases")
  void theLayoutIsAsGoodAsThatOfScikitLearn(JsonNode golden) {
    float[][] x = features(golden);
    Tsne tsne = Tsne.DEFAULTS.withPerplexity(Golden.number(golden, "perplexity"));
    double[][] y = tsne.withIterations(1000).layOut(x, 2);
    double[][] p = Tsne.affinities(x, tsne.perplexity());
    double[][] near = new double[x.length][x.length];
    double found = Tsne.gradient(p, 1, y, new double[x.length][2], near);
    assertThat(found).isLessThan(1.1 * Golden.number(golden, "fitted") + 0.01);
    assertThat(Tsne.gradient(p, 1, matrix(golden, "y"), new double[x.length][2], near))
        .isGreaterThan(1.5 * found);
  }

  /** Started from its own end, a layout keeps its neighbourhoods; all is repeatable. */
  @Test
  void aLayoutThatStartsFromAnotherStaysNearIt() {
    float[][] x = features(cases().get(1));
    Tsne tsne = Tsne.DEFAULTS.withPerplexity(12);
    double[][] first = tsne.layOut(x, 2);
    double[][] second = tsne.layOut(x, first);
    assertThat(tsne.layOut(x, first)).isDeepEqualTo(second);
    double dot = 0;
    double a = 0;
    double b = 0;
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < 2; c++) {
        dot += first[i][c] * second[i][c];
        a += first[i][c] * first[i][c];
        b += second[i][c] * second[i][c];
      }
    }
    assertThat(dot / Math.sqrt(a * b)).isGreaterThan(0.9);
  }

  @Test
  void equalRowsAndTooFewAndNaN() {
    assertThat(Tsne.DEFAULTS.layOut(new float[10][3], 2)).hasDimensions(10, 2);
    assertThatThrownBy(() -> Tsne.DEFAULTS.layOut(new float[3][3], 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 4 rows");
    float[][] broken = new float[5][2];
    SplittableRandom random = new SplittableRandom(1);
    for (float[] row : broken) {
      row[0] = random.nextFloat();
    }
    broken[2][1] = Float.NaN;
    assertThatThrownBy(() -> Tsne.DEFAULTS.layOut(broken, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("finite");
  }

  private static float[][] features(JsonNode golden) {
    double[][] x = matrix(golden, "x");
    float[][] narrow = new float[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < x[i].length; k++) {
        narrow[i][k] = (float) x[i][k];
      }
    }
    return narrow;
  }

  private static double[][] matrix(JsonNode golden, String name) {
    JsonNode rows = golden.get(name);
    double[][] matrix = new double[rows.size()][];
    for (int i = 0; i < matrix.length; i++) {
      JsonNode row = rows.get(i);
      matrix[i] = new double[row.size()];
      for (int k = 0; k < matrix[i].length; k++) {
        matrix[i][k] = row.get(k).doubleValue();
      }
    }
    return matrix;
  }
}
