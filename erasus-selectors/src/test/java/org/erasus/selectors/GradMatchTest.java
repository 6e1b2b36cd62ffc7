package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Listener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradMatchTest implements SelectorContract {
  @Override
  public Selector selector() {
    return GradMatch.DEFAULTS;
  }

  /** Weights by scikit-learn's matching pursuit, by SciPy's non-negative least squares where a weight would be negative. */
  @ParameterizedTest
  @CsvSource({"gradMatch,9,0.5", "gradMatchPlain,18,0"})
  void rowsAndWeightsAreThoseOfTheReference(String golden, int k, double regularization) {
    Coreset chosen = Attribution.select(new GradMatch(regularization), k, 1);
    int[] labels = Attribution.integers("/labels");
    for (int c = 0; c < 3; c++) {
      int wanted = c;
      int[] places =
          IntStream.range(0, chosen.size())
              .filter(p -> labels[(int) chosen.id(p)] == wanted && chosen.weight(p) > 0)
              .toArray();
      String here = "/" + golden + "/" + c;
      assertThat(Arrays.stream(places).mapToDouble(chosen::id).toArray())
          .containsExactly(GOLDEN.numbers(here + "/ids"));
      double[] expected = GOLDEN.numbers(here + "/weights");
      double largest = Arrays.stream(expected).max().orElseThrow();
      assertThat(Arrays.stream(places).mapToDouble(chosen::weight).toArray())
          .containsExactly(expected, offset(1e-3 * largest));
    }
  }

  @Test
  void theWeightedGradientIsNearerToThatOfAllThanOneOfRandomRows() {
    assertThat(Matching.errorOf(new GradMatch(0), 20))
        .isLessThan(0.5 * Matching.errorOf(RandomRows.DEFAULTS, 20));
  }

  /**
   * All rows of a class alike: one row of weight n gives the sum exactly when λ = 0, and with λ the weight is n/(1 + λ), as ḡ²
   * is the squared norm of each. Without λ no other row says more, so the rest come in order, with weight 0.
   */
  @Test
  void oneOfRowsThatCoincideStandsForAll() {
    float[] same = new float[8 * Toys.WIDTH];
    Arrays.fill(same, 0.5f);
    try (UnlearningDataset data = UnlearningDataset.of(same, new Shape(Toys.WIDTH), new int[8], 3);
        Network network = Toys.perceptron(1)) {
      SelectionTask three = new SelectionTask(network, data.rows(), 3, 0);
      Coreset plain = new GradMatch(0).select(three);
      assertThat(plain.ids()).containsExactly(0, 1, 2);
      assertThat(plain.weight(0)).isCloseTo(8, offset(1e-6));
      assertThat(plain.weight(1)).isZero();
      assertThat(plain.weight(2)).isZero();
      Coreset shrunk = new GradMatch(0.6).select(new SelectionTask(network, data.rows(), 1, 0));
      assertThat(shrunk.ids()).containsExactly(0);
      assertThat(shrunk.weight(0)).isCloseTo(8 / 1.6, offset(1e-6));
    }
  }

  /** Two equal rows that count once and three times: one of them stands for four when training multiplies the weights. */
  @Test
  void weightsMultiplyThoseOfTheRows() {
    float[] same = new float[2 * Toys.WIDTH];
    Arrays.fill(same, 0.5f);
    try (UnlearningDataset plain =
            UnlearningDataset.of(same, new Shape(Toys.WIDTH), new int[2], 3);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset data = plain.withWeights(plain.rows(), new double[] {1, 3});
      Coreset one = new GradMatch(0).select(new SelectionTask(network, data.rows(), 1, 0));
      assertThat(data.weightedBy(one).withIds(one.ids()).totalWeight()).isCloseTo(4, offset(1e-6));
      UnlearningDataset none = plain.withWeights(plain.rows(), new double[] {0, 3});
      Coreset both = new GradMatch(0).select(new SelectionTask(network, none.rows(), 2, 0));
      assertThat(both.ids()).containsExactly(1, 0);
      assertThat(both.weight(0)).isCloseTo(1, offset(1e-6));
      assertThat(both.weight(1)).isZero();
    }
  }

  /** With λ the weight of equal rows is shared: w = n/(λ + t) each for t of them. */
  @Test
  void regularizationSpreadsTheWeight() {
    float[] same = new float[8 * Toys.WIDTH];
    Arrays.fill(same, 0.5f);
    try (UnlearningDataset data = UnlearningDataset.of(same, new Shape(Toys.WIDTH), new int[8], 3);
        Network network = Toys.perceptron(1)) {
      Coreset chosen = new GradMatch(0.5).select(new SelectionTask(network, data.rows(), 3, 0));
      assertThat(chosen.ids()).containsExactly(0, 1, 2);
      for (int place = 0; place < 3; place++) {
        assertThat(chosen.weight(place)).isCloseTo(8 / 3.5, offset(1e-6));
      }
    }
  }

  /**
   * With w the least of E on S, the slope g_j·(Σ_i g_i − Σ_S w g) − λḡ²w_j is 0 for rows of S; with room for all rows, none
   * outside S is above 0 any more, though rows have come and gone on the way.
   */
  @ParameterizedTest
  @CsvSource({"60,0", "60,0.3", "162,0", "162,0.01"})
  void noOtherWeightsFitBetter(int k, double regularization) {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Coreset chosen =
          new GradMatch(regularization).select(new SelectionTask(network, data.retain(), k, 1));
      double[][] g = Matching.gradients(Probe.of(network, data.retain()));
      long[] ids = data.retain().ids();
      int[] labels = data.retain().labels();
      double[] weights = new double[ids.length];
      for (int i = 0; i < ids.length; i++) {
        for (int place = 0; place < chosen.size(); place++) {
          weights[i] += chosen.id(place) == ids[i] ? chosen.weight(place) : 0;
        }
      }
      for (int c = 0; c < 3; c++) {
        int wanted = c;
        int[] rows = IntStream.range(0, ids.length).filter(i -> labels[i] == wanted).toArray();
        double[] sum = new double[g[0].length];
        double[] rest = new double[sum.length];
        double squares = 0;
        for (int i : rows) {
          squares += Matching.norm(g[i]) * Matching.norm(g[i]) / rows.length;
          for (int d = 0; d < sum.length; d++) {
            sum[d] += g[i][d];
            rest[d] += (1 - weights[i]) * g[i][d];
          }
        }
        double steepest =
            Arrays.stream(rows).mapToDouble(i -> Matching.dot(g[i], sum)).max().orElseThrow();
        for (int i : rows) {
          double slope = Matching.dot(g[i], rest) - regularization * squares * weights[i];
          if (weights[i] > 0) {
            assertThat(slope).isCloseTo(0, offset(1e-6 * steepest));
          } else if (k == ids.length) {
            assertThat(slope).isLessThan(1e-6 * steepest);
          }
        }
      }
    }
  }

  /** 15,000 of 20,000 rows of a class are 300 million numbers: nothing is asked of the network. */
  @Test
  void moreThanMemoryIsForIsRefusedBeforeAnyWork() {
    int n = 20_000;
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[n], new Shape(1), new int[n], Toys.CLASSES);
        Network network = Planted.identity(1, Toys.CLASSES)) {
      SelectionTask task =
          new SelectionTask(network, data.rows(), 15_000, 1)
              .withListener(
                  new Listener() {
                    @Override
                    public void progressed(String what, long done, long total) {
                      throw new AssertionError(what);
                    }
                  });
      assertThatThrownBy(() -> selector().select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "grad-match keeps a number for each of k·n pairs in a class, at most 200000000, but k = 15000 of n ="
                  + " 20000 rows of class 0 make 300000000: choose fewer, or from fewer");
    }
  }

  @Test
  void negativeRegularizationIsRefused() {
    assertThatThrownBy(() -> GradMatch.DEFAULTS.withRegularization(-0.1))
        .hasMessage("regularization must be >= 0 and finite, but was -0.1");
  }
}
