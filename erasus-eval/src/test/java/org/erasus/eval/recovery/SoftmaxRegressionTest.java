package org.erasus.eval.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SoftmaxRegressionTest {
  static List<JsonNode> probes() {
    return StreamSupport.stream(Golden.cases("recovery").get("probes").spliterator(), false)
        .toList();
  }

  private static float[][] rows(JsonNode c, String field) {
    return StreamSupport.stream(c.get(field).spliterator(), false)
        .map(
            row -> {
              float[] values = new float[row.size()];
              for (int d = 0; d < values.length; d++) {
                values[d] = (float) row.get(d).doubleValue();
              }
              return values;
            })
        .toArray(float[][]::new);
  }

  private static int[] ints(JsonNode c, String field) {
    return IntStream.range(0, c.get(field).size())
        .map(i -> c.get(field).get(i).intValue())
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("probes")
  void whatItSaysIsWhatScikitLearnSays(JsonNode c) {
    int classes = (int) number(c, "classes");
    SoftmaxRegression fitted =
        SoftmaxRegression.fit(rows(c, "x"), ints(c, "y"), classes, number(c, "lambda"));
    float[][] unseen = rows(c, "unseen");

    assertThat(fitted.predict(unseen)).containsExactly(ints(c, "predicted"));
    for (int i = 0; i < unseen.length; i++) {
      double[] z = fitted.logits(unseen[i]);
      double top = Arrays.stream(z).max().orElseThrow();
      double sum = Arrays.stream(z).map(v -> Math.exp(v - top)).sum();
      for (int k = 0; k < classes; k++) {
        double expected = c.get("logProbabilities").get(i).get(k).doubleValue();
        assertThat(z[k] - top - Math.log(sum))
            .isCloseTo(expected, within(1e-3 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  /** A feature that does not vary says nothing, and a class without rows is not guessed. */
  @Test
  void constantFeaturesArePassedOver() {
    float[][] x = {{1, 7}, {2, 7}, {-1, 7}, {-2, 7}};
    SoftmaxRegression fitted = SoftmaxRegression.fit(x, new int[] {2, 2, 0, 0}, 3, 0.01);

    assertThat(fitted.predict(new float[][] {{3, 7}, {-3, 1e6f}})).containsExactly(2, 0);
    float[][] same = {{7, 7}, {7, 7}, {7, 7}};
    assertThat(SoftmaxRegression.fit(same, new int[] {1, 1, 0}, 2, 0.01).predict(same))
        .as("the larger class")
        .containsOnly(1);
  }

  @Test
  void featuresThatAreNoNumbersAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SoftmaxRegression.fit(new float[][] {{1, Float.NaN}}, new int[] {0}, 2, 1))
        .withMessageContaining("features must be finite, but feature 1 is NaN");
  }
}
