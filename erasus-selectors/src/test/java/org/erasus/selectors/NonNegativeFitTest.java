package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.selectors.Attribution.GOLDEN;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NonNegativeFitTest {
  /** Taking columns in until none lowers the error ends at the least of all, which SciPy finds its own way. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void endsAtTheNonNegativeLeastSquaresOfSciPy(int number) {
    String here = "/nonNegative/" + number;
    double[][] columns = GOLDEN.table(here + "/columns");
    double[] b = GOLDEN.numbers(here + "/b");
    double ridge = GOLDEN.number(here + "/ridge");
    NonNegativeFit fit = new NonNegativeFit();
    Set<Integer> useless = new HashSet<>();
    int left = 0;
    while (true) {
      double[] rest = rest(columns, b, fit);
      int best = -1;
      for (int j = 0; j < columns.length; j++) {
        if (!fit.members().contains(j)
            && !useless.contains(j)
            && dot(columns[j], rest) > 1e-9
            && (best < 0 || dot(columns[j], rest) > dot(columns[best], rest))) {
          best = j;
        }
      }
      if (best < 0) {
        break;
      }
      int chosen = best;
      double[] products =
          fit.members().stream().mapToDouble(m -> dot(columns[chosen], columns[m])).toArray();
      int before = products.length;
      if (fit.add(
          best, products, dot(columns[best], columns[best]) + ridge, dot(columns[best], b))) {
        useless.clear();
        left += before + 1 - fit.members().size();
      } else {
        useless.add(best);
      }
      assertThat(Arrays.stream(fit.weights()).allMatch(w -> w > 0)).isTrue();
    }
    double[] rest = rest(columns, b, fit);
    double[] expected = GOLDEN.numbers(here + "/fit");
    for (int i = 0; i < rest.length; i++) {
      assertThat(b[i] - rest[i]).isCloseTo(expected[i], within(1e-8));
    }
    double[] w = fit.weights();
    assertThat(dot(rest, rest) + ridge * dot(w, w))
        .isCloseTo(GOLDEN.number(here + "/error"), within(1e-8));
    if (number == 0) {
      assertThat(left).as("columns that had to leave").isPositive();
    }
  }

  private static double[] rest(double[][] columns, double[] b, NonNegativeFit fit) {
    double[] rest = b.clone();
    double[] weights = fit.weights();
    for (int m = 0; m < weights.length; m++) {
      for (int i = 0; i < rest.length; i++) {
        rest[i] -= weights[m] * columns[fit.members().get(m)][i];
      }
    }
    return rest;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  /** b = (2, 1): the first axis alone gives 2, both give 2 and 1; the sum of both, (1, 1), adds nothing new. */
  @Test
  void aColumnInTheSpanOfTheMembersIsRefused() {
    NonNegativeFit fit = new NonNegativeFit();
    assertThat(fit.add(10, new double[] {}, 1, 2)).isTrue();
    assertThat(fit.weights()).containsExactly(2);
    assertThat(fit.add(11, new double[] {0}, 1, 1)).isTrue();
    assertThat(fit.weights()).containsExactly(2, 1);
    assertThat(fit.add(12, new double[] {1, 1}, 2, 3)).isFalse();
    assertThat(fit.members()).containsExactly(10, 11);
    assertThat(fit.weights()).containsExactly(2, 1);
  }

  /**
   * Whoever left, the weights w > 0 solve the equations of those that stayed, Σ_j w_j (g_i·g_j) + λw_i = g_i·b: the factor is
   * that of their Gram matrix.
   */
  @Test
  void theFactorIsThatOfThoseThatStayed() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] columns = new double[120][40];
    double[] b = new double[40];
    for (double[] column : columns) {
      Arrays.setAll(column, i -> random.nextDouble(-0.6, 1));
    }
    Arrays.setAll(b, i -> random.nextDouble(-0.6, 1));
    NonNegativeFit fit = new NonNegativeFit();
    int left = 0;
    for (int column = 0; column < columns.length; column++) {
      double[] own = columns[column];
      List<Integer> before = fit.members();
      double[] products = before.stream().mapToDouble(m -> dot(own, columns[m])).toArray();
      boolean taken = fit.add(column, products, dot(own, own) + 0.01, dot(own, b));
      left += before.size() + (taken ? 1 : 0) - fit.members().size();
      double[] rest = rest(columns, b, fit);
      double[] weights = fit.weights();
      for (int m = 0; m < weights.length; m++) {
        assertThat(weights[m]).isPositive();
        assertThat(dot(columns[fit.members().get(m)], rest))
            .isCloseTo(0.01 * weights[m], within(1e-10));
      }
    }
    assertThat(left).isGreaterThan(10);
  }

  /** Ridge λ: w = g·b / (‖g‖² + λ). */
  @Test
  void theRidgeShrinksWeights() {
    NonNegativeFit fit = new NonNegativeFit();
    fit.add(0, new double[] {}, 4 + 1, 10);
    assertThat(fit.weights()[0]).isCloseTo(2, within(1e-15));
  }
}
