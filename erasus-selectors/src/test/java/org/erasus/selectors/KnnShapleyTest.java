package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.erasus.Coreset;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KnnShapleyTest implements SelectorContract {
  @Override
  public Selector selector() {
    return KnnShapley.DEFAULTS;
  }

  /** Values of rows by target rows, both given as they are. */
  private static double[] values(
      int k, float[] rows, int[] labels, float[] targets, int[] targetLabels, int width) {
    try (UnlearningDataset data =
            UnlearningDataset.of(rows, new Shape(width), labels, 3)
                .withUnseen(targets, targetLabels);
        Network network = Planted.identity(width, 3)) {
      Rows all = data.retain();
      Coreset chosen =
          new KnnShapley(k, Mark.UNSEEN).select(new SelectionTask(network, all, labels.length, 0));
      return Planted.scores(chosen, all);
    }
  }

  /**
   * Rows at 0, 1, 2 of classes A, B, A and a target of class A at −1, one neighbour: s₃ = 1/3, s₂ = s₃ − 1/2, s₁ = s₂ + 1.
   */
  @Test
  void threeRowsOnALine() {
    double[] found =
        values(1, new float[] {0, 1, 2}, new int[] {0, 1, 0}, new float[] {-1}, new int[] {0}, 1);
    assertThat(found).containsExactly(new double[] {5 / 6.0, -1 / 6.0, 1 / 3.0}, offset(1e-12));
  }

  /** The sum over all 2^N subsets, as the paper defines it; twenty neighbours are more than there are rows. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 20})
  void valuesAreThoseOfAllSubsets(int k) {
    Golden golden = Golden.load(getClass(), "valuation");
    double[] found =
        values(
            k,
            golden.floats("/rows"),
            ints(golden, "/labels"),
            golden.floats("/targets"),
            ints(golden, "/targetLabels"),
            3);
    assertThat(found).containsExactly(golden.numbers("/knn/" + k), offset(1e-10));
  }

  private static int[] ints(Golden golden, String pointer) {
    return Arrays.stream(golden.numbers(pointer)).mapToInt(v -> (int) v).toArray();
  }

  /** Efficiency: the values sum to the mean share of right among the K nearest. Symmetry: equal rows of a class, equal values. */
  @Property(tries = 40)
  void valuesAddUpAndEqualRowsAreWorthTheSame(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 30) int n,
      @ForAll @IntRange(min = 1, max = 8) int k) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] rows = new float[2 * n];
    float[] targets = new float[2 * 3];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) random.nextGaussian();
    }
    int[] labels = random.ints(n, 0, 3).toArray();
    rows[2] = rows[0];
    rows[3] = rows[1];
    labels[1] = labels[0];
    int[] targetLabels = {0, 1, 2};
    double[] found = values(k, rows, labels, targets, targetLabels, 2);
    double worth = 0;
    for (int t = 0; t < 3; t++) {
      int at = t;
      worth +=
          IntStream.range(0, n)
                  .boxed()
                  .sorted(
                      Comparator.comparingDouble(
                          i ->
                              Math.hypot(
                                  rows[2 * i] - targets[2 * at],
                                  rows[2 * i + 1] - targets[2 * at + 1])))
                  .limit(k)
                  .filter(i -> labels[i] == targetLabels[at])
                  .count()
              / (3.0 * k);
    }
    assertThat(Arrays.stream(found).sum()).isCloseTo(worth, offset(1e-9));
    assertThat(found[1]).isCloseTo(found[0], offset(1e-9));
  }

  /** All rows alike are at equal distance: the first in the data set is the nearest. */
  @Test
  void rowsAtEqualDistanceStandInTheOrderOfTheDataSet() {
    float[] same = new float[4 * 2];
    Arrays.fill(same, 0.3f);
    double[] found = values(1, same, new int[] {0, 1, 1, 0}, new float[] {5, 5}, new int[] {0}, 2);
    // s₄ = 1/4, s₃ = s₄ − 1/3, s₂ = s₃, s₁ = s₂ + 1
    assertThat(found)
        .containsExactly(new double[] {11 / 12.0, -1 / 12.0, -1 / 12.0, 1 / 4.0}, offset(1e-12));
  }

  @Test
  void rowsOfAWrongClassAreWorthLeast() {
    try (Planted planted = new Planted(160, 60, 3);
        Network network = planted.identity()) {
      SelectionTask task = new SelectionTask(network, planted.data.retain(), 160, 0);
      assertThat(planted.wrongLower(selector().select(task))).isGreaterThan(0.95);
    }
  }

  @Test
  void withoutTargetRowsNothingIsDone() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[4 * 2], new Shape(2), new int[4], 3);
        Network network = Planted.identity(2, 3)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 2, 0);
      for (Selector selector :
          new Selector[] {
            KnnShapley.DEFAULTS,
            DataShapley.DEFAULTS,
            Banzhaf.DEFAULTS,
            BetaShapley.DEFAULTS,
            ValuationNetwork.DEFAULTS
          }) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> selector.select(task))
            .withMessageStartingWith(
                selector.displayName() + " compares candidates with rows marked VALIDATION, but ");
      }
    }
  }

  @Test
  void featuresThatAreNoNumbersAreNamed() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(Float.NaN);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> selector().select(new SelectionTask(network, data.forget(), 2, 0)))
          .withMessageContaining("features must be finite, but row 0 has one of NaN");
    }
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KnnShapley.DEFAULTS.withK(0))
        .withMessage("k must be at least 1, but was 0");
    Selector other = KnnShapley.DEFAULTS.withK(3).withTarget(Mark.UNSEEN);
    assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
  }
}
