package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class CraigTest implements SelectorContract {
  @Override
  public Selector selector() {
    return Craig.DEFAULTS;
  }

  /** The rows that looking at every row in every step finds, in that order, and the number of rows nearest to each. */
  @Test
  void choosesWhatGreedyBruteForceChooses() {
    Coreset chosen = Attribution.select(Craig.DEFAULTS, 9, 1);
    int[] labels = Attribution.integers("/labels");
    for (int c = 0; c < 3; c++) {
      List<Integer> places = placesOf(chosen, labels, c);
      assertThat(places.stream().mapToDouble(chosen::id).toArray())
          .containsExactly(GOLDEN.numbers("/craig/" + c + "/ids"));
      assertThat(places.stream().mapToDouble(chosen::weight).toArray())
          .containsExactly(GOLDEN.numbers("/craig/" + c + "/weights"));
    }
  }

  private static List<Integer> placesOf(Coreset chosen, int[] labels, int c) {
    return IntStream.range(0, chosen.size())
        .filter(place -> labels[(int) chosen.id(place)] == c)
        .boxed()
        .toList();
  }

  /** Greedy reaches at least (1 − 1/e) of the best F; of the cost to the best choice of all, the script looked at all. */
  @Test
  void theScoresAddUpToTheValueOfTheChoice() {
    Coreset chosen = Attribution.select(Craig.DEFAULTS, 9, 1);
    int[] labels = Attribution.integers("/labels");
    double c;
    try (UnlearningDataset data = Attribution.data();
        Network network = Attribution.network(0)) {
      double[] norms = Grand.DEFAULTS.score(Probe.of(network, data.retain()));
      c = 2 * Arrays.stream(norms).max().orElseThrow();
    }
    for (int y = 0; y < 3; y++) {
      List<Integer> places = placesOf(chosen, labels, y);
      double value = places.stream().mapToDouble(place -> chosen.score(place).orElseThrow()).sum();
      double rows = places.stream().mapToDouble(chosen::weight).sum();
      assertThat(value).isCloseTo(rows * c - GOLDEN.number("/craig/" + y + "/cost"), offset(1e-4));
      assertThat(value)
          .isGreaterThan((1 - 1 / Math.E) * (rows * c - GOLDEN.number("/craig/" + y + "/best")));
    }
  }

  @Test
  void weightsAddUpToTheRowsAndCarryOverToTrainingLosses() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Coreset chosen = selector().select(new SelectionTask(network, data.retain(), 20, 1));
      double sum = 0;
      for (int place = 0; place < chosen.size(); place++) {
        sum += chosen.weight(place);
      }
      assertThat(sum).isEqualTo(data.retain().size());
      UnlearningDataset weighted = data.weightedBy(chosen);
      Rows rows = weighted.withIds(chosen.ids());
      for (int place = 0; place < chosen.size(); place++) {
        assertThat(weighted.weight(rows.position(place))).isEqualTo(chosen.weight(place));
      }
    }
  }

  /** The weighted gradients of the chosen are nearer to the gradient of all than those of random rows that count alike. */
  @Test
  void theWeightedGradientIsNearerToThatOfAllThanOneOfRandomRows() {
    assertThat(Matching.errorOf(Craig.DEFAULTS, 20))
        .isLessThan(0.7 * Matching.errorOf(RandomRows.DEFAULTS, 20));
  }

  /** A class of several blocks: gains looked at again lazily are those of looking at all. */
  @Test
  void lazyChoiceIsThatOfLookingAtEveryRow() {
    int n = 700;
    float[] inputs = new float[n * Toys.WIDTH];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) Math.sin(1.3 * i + 0.01 * i * i);
    }
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), new int[n], 3);
        Network network = Toys.perceptron(1)) {
      Coreset chosen = selector().select(new SelectionTask(network, data.rows(), 40, 1));
      double[][] g = Matching.gradients(Probe.of(network, data.rows()));
      double[] nearest = new double[n];
      Arrays.fill(nearest, 2 * Arrays.stream(g).mapToDouble(Matching::norm).max().orElseThrow());
      for (int t = 0; t < chosen.size(); t++) {
        double most = 0;
        for (int j = 0; j < n; j++) {
          most = Math.max(most, gain(g, nearest, j));
        }
        int taken = (int) chosen.id(t);
        assertThat(gain(g, nearest, taken)).isCloseTo(most, offset(1e-5 * most));
        for (int i = 0; i < n; i++) {
          nearest[i] = Math.min(nearest[i], Matching.distance(g[i], g[taken]));
        }
      }
    }
  }

  private static double gain(double[][] g, double[] nearest, int j) {
    double sum = 0;
    for (int i = 0; i < g.length; i++) {
      sum += Math.max(0, nearest[i] - Matching.distance(g[i], g[j]));
    }
    return sum;
  }

  /**
   * Two rows a distance d apart that count once and three times: F is 4c − 3d with the first, 4c − d with the second, which
   * stands for four when training multiplies its weight with 3.
   */
  @Test
  void weightsMultiplyThoseOfTheRows() {
    float[] apart = new float[2 * Toys.WIDTH];
    Arrays.fill(apart, Toys.WIDTH, 2 * Toys.WIDTH, 0.5f);
    try (UnlearningDataset plain =
            UnlearningDataset.of(apart, new Shape(Toys.WIDTH), new int[2], 3);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset data = plain.withWeights(plain.rows(), new double[] {1, 3});
      Coreset one = selector().select(new SelectionTask(network, data.rows(), 1, 0));
      assertThat(one.ids()).containsExactly(1);
      assertThat(data.weightedBy(one).withIds(one.ids()).totalWeight()).isCloseTo(4, offset(1e-9));
    }
  }

  @Test
  void rowsThatDoNotCountComeLastWithWeightZero() {
    float[] apart = new float[2 * Toys.WIDTH];
    Arrays.fill(apart, Toys.WIDTH, 2 * Toys.WIDTH, 0.5f);
    try (UnlearningDataset plain =
            UnlearningDataset.of(apart, new Shape(Toys.WIDTH), new int[2], 3);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset data = plain.withWeights(plain.rows(), new double[] {0, 3});
      Coreset both = selector().select(new SelectionTask(network, data.rows(), 2, 0));
      assertThat(both.ids()).containsExactly(1, 0);
      assertThat(both.weight(0)).isEqualTo(1);
      assertThat(both.weight(1)).isZero();
      UnlearningDataset none = plain.withWeights(plain.rows(), new double[] {0, 0});
      Coreset zeros = selector().select(new SelectionTask(network, none.rows(), 1, 0));
      assertThat(zeros.ids()).containsExactly(0);
      assertThat(zeros.weight(0)).isZero();
    }
  }

  /** Nothing tells the rows of a class apart: the order of the data set decides, and the first stands for all. */
  @Test
  void rowsThatCoincideAreTakenInOrder() {
    float[] same = new float[10 * Toys.WIDTH];
    Arrays.fill(same, 0.5f);
    int[] labels = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    try (UnlearningDataset data = UnlearningDataset.of(same, new Shape(Toys.WIDTH), labels, 3);
        Network network = Toys.perceptron(1)) {
      Coreset chosen = selector().select(new SelectionTask(network, data.rows(), 6, 0));
      assertThat(chosen.ids()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(chosen.weight(0)).isEqualTo(5);
      assertThat(chosen.weight(1)).isEqualTo(5);
      assertThat(chosen.weight(2)).isZero();
    }
  }
}
