package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.erasus.Coreset;
import org.erasus.Selector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each function against its definition, written out over pairs of rows, and its greedy choice against all subsets. */
class SubmodularFunctionTest {
  private static final int ROWS = 11;
  private static final Similarity EXACT = Similarity.DOT; // whole numbers stay whole

  /** A selector and its f, from the features. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Case(
      String name, Selector selector, ToDoubleFunction<List<Integer>> value, float[][] features) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    return IntStream.range(0, 4)
        .boxed()
        .flatMap(
            seed -> {
              Stream<Case> all = cases(Given.wholeNumbers(ROWS, 3, 4, seed), false);
              return Stream.concat(all, cases(Given.numbers(ROWS, 3, seed), true));
            });
  }

  static Stream<Case> cases(float[][] h, boolean near) {
    OptionalInt neighbours = near ? OptionalInt.of(3) : OptionalInt.empty();
    double[][] s = near ? SimilarityMatrixTest.nearest(products(h), 3) : products(h);
    Maximizer lazy = new Maximizer.Lazy();
    String form = near ? " near" : " all";
    Stream<Case> graphs =
        Stream.of(
            new Case(
                "facility-location" + form,
                new FacilityLocation(EXACT, neighbours, lazy),
                a -> facilityLocation(s, a),
                h),
            new Case(
                "saturated-coverage" + form,
                new SaturatedCoverage(EXACT, neighbours, 0.25, lazy),
                a -> saturatedCoverage(s, a, 0.25),
                h),
            new Case(
                "graph-cut" + form,
                new GraphCut(EXACT, neighbours, 0.5, lazy),
                a -> graphCut(s, a, 0.5),
                h));
    return near
        ? graphs
        : Stream.concat(
            graphs,
            Stream.of(
                new Case("feature-based", FeatureBased.DEFAULTS, a -> featureBased(h, a), h),
                new Case(
                    "log-determinant",
                    new LogDeterminant(EXACT, 2, lazy),
                    a -> logDeterminant(products(h), a, 2),
                    h)));
  }

  private static double[][] products(float[][] h) {
    double[][] s = new double[h.length][h.length];
    for (int i = 0; i < s.length; i++) {
      for (int j = 0; j < s.length; j++) {
        for (int d = 0; d < h[0].length; d++) {
          s[i][j] += h[i][d] * h[j][d];
        }
      }
    }
    return s;
  }

  private static double facilityLocation(double[][] s, List<Integer> a) {
    double sum = 0;
    for (int j = 0; j < s.length; j++) {
      int column = j;
      sum += a.stream().mapToDouble(i -> s[i][column]).max().orElse(0);
    }
    return sum;
  }

  private static double saturatedCoverage(double[][] s, List<Integer> a, double saturation) {
    double sum = 0;
    for (int j = 0; j < s.length; j++) {
      int column = j;
      double whole = Arrays.stream(s).mapToDouble(row -> row[column]).sum();
      sum += Math.min(a.stream().mapToDouble(i -> s[i][column]).sum(), saturation * whole);
    }
    return sum;
  }

  private static double graphCut(double[][] s, List<Integer> a, double weight) {
    double sum = 0;
    for (int i : a) {
      sum += Arrays.stream(s[i]).sum();
      for (int j : a) {
        sum -= weight * s[i][j];
      }
    }
    return sum;
  }

  private static double featureBased(float[][] h, List<Integer> a) {
    double sum = 0;
    for (int d = 0; d < h[0].length; d++) {
      int feature = d;
      sum += Math.sqrt(a.stream().mapToDouble(i -> h[i][feature]).sum());
    }
    return sum;
  }

  /** By elimination, without a Cholesky factor. */
  private static double logDeterminant(double[][] s, List<Integer> a, double noise) {
    double[][] m = new double[a.size()][a.size()];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < m.length; j++) {
        m[i][j] = s[a.get(i)][a.get(j)] / noise + (i == j ? 1 : 0);
      }
    }
    double log = 0;
    for (int p = 0; p < m.length; p++) {
      log += Math.log(m[p][p]);
      for (int i = p + 1; i < m.length; i++) {
        double factor = m[i][p] / m[p][p];
        for (int j = p; j < m.length; j++) {
          m[i][j] -= factor * m[p][j];
        }
      }
    }
    return log;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gainsAreDifferencesOfTheDefinition(Case c) {
    Coreset chosen = Given.choose(c.selector, ROWS, c.features);
    List<Integer> rows = new ArrayList<>();
    double before = c.value.applyAsDouble(rows);
    for (int t = 0; t < ROWS; t++) {
      rows.add((int) chosen.id(t));
      double after = c.value.applyAsDouble(rows);
      assertThat(chosen.score(t).orElseThrow()).isCloseTo(after - before, within(1e-4));
      before = after;
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyChoiceHasTheLargestGainOfAll(Case c) {
    Coreset chosen = Given.choose(c.selector, ROWS, c.features);
    List<Integer> rows = new ArrayList<>();
    for (int t = 0; t < ROWS; t++) {
      double taken = valueWith(c, rows, (int) chosen.id(t));
      for (int i = 0; i < ROWS; i++) {
        if (!rows.contains(i)) {
          assertThat(valueWith(c, rows, i)).isLessThanOrEqualTo(taken + 1e-4);
        }
      }
      rows.add((int) chosen.id(t));
    }
  }

  private static double valueWith(Case c, List<Integer> rows, int row) {
    List<Integer> more = new ArrayList<>(rows);
    more.add(row);
    return c.value.applyAsDouble(more);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void lazyChoosesWhatNaiveChooses(Case c) {
    Coreset lazy = Given.choose(c.selector, ROWS, c.features);
    Coreset naive = Given.choose(with(c.selector, new Maximizer.Naive()), ROWS, c.features);
    assertThat(lazy).isEqualTo(naive);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theChoiceReachesItsShareOfTheBestOfAllSubsets(Case c) {
    for (int k = 1; k <= 4; k++) {
      double best = Subsets.best(ROWS, k, c.value);
      for (Maximizer maximizer :
          List.of(new Maximizer.Lazy(), new Maximizer.Naive(), new Maximizer.Stochastic(0.01))) {
        Coreset chosen = Given.choose(with(c.selector, maximizer), k, c.features);
        assertThat(value(c, chosen)).isBetween((1 - 1 / Math.E) * best - 1e-9, best + 1e-9);
      }
      Coreset shared = Given.choose(with(c.selector, new Maximizer.Distributed(3)), k, c.features);
      assertThat(value(c, shared))
          .isBetween((1 - 1 / Math.E) / Math.min(3, k) * best - 1e-9, best + 1e-9);
    }
  }

  /** Rows by chance do worse on most problems: the bound is no accident. */
  @ParameterizedTest
  @MethodSource("cases")
  void theChoiceIsBetterThanTheMeanOfAllSubsets(Case c) {
    double[] sum = new double[2];
    Subsets.each(
        ROWS,
        3,
        rows -> {
          sum[0] += c.value.applyAsDouble(rows);
          sum[1]++;
        });
    assertThat(value(c, Given.choose(c.selector, 3, c.features)))
        .isGreaterThan(1.03 * sum[0] / sum[1]);
  }

  private static double value(Case c, Coreset chosen) {
    return c.value.applyAsDouble(Arrays.stream(Given.rows(chosen)).boxed().toList());
  }

  private static Selector with(Selector selector, Maximizer maximizer) {
    if (selector instanceof FacilityLocation f) {
      return f.withMaximizer(maximizer);
    } else if (selector instanceof SaturatedCoverage f) {
      return f.withMaximizer(maximizer);
    } else if (selector instanceof GraphCut f) {
      return f.withMaximizer(maximizer);
    } else if (selector instanceof FeatureBased f) {
      return f.withMaximizer(maximizer);
    }
    return ((LogDeterminant) selector).withMaximizer(maximizer);
  }
}
