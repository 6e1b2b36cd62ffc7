package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrakTest implements SelectorContract {
  @TempDir Path folder;

  @Override
  public Selector selector() {
    return Trak.DEFAULTS;
  }

  /** Two networks, eight dimensions, the inverse as in the paper; the script draws the same projections by itself. */
  @Test
  void scoresAreThoseOfThePaperInPyTorch() {
    Trak selector = new Trak(Mark.UNSEEN, 8, 0, Attribution.checkpoints(folder));
    assertClose(Attribution.scores(selector, 11), GOLDEN.numbers("/trak"));
  }

  @Test
  void dampedScoresAreThoseOfPyTorch() {
    Trak selector = new Trak(Mark.UNSEEN, 13, 0.05, Attribution.checkpoints(folder));
    assertClose(Attribution.scores(selector, 12), GOLDEN.numbers("/trakDamped"));
  }

  private static void assertClose(double[] found, double[] expected) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat(found).containsExactly(expected, offset(1e-4 * largest));
  }

  /**
   * Zero weights: p = (½, ½) and h = 0, so ∇f is 0 but for the bias of the head, (1, −1) or (−1, 1), and however the
   * parameters are added up, all φ are v or −v for some v. With v·v = s and damping λ the matrix is n·vvᵀ + λ·n·s/m·I, whose
   * inverse takes v to v/(n·s(1 + λ/m)). So a row of the target's class scores ½/(n(1 + λ/m)), of the other class minus that;
   * v is 0 when the sketch has both biases on one place with equal signs, which this seed has not.
   */
  @Test
  void rowsOfTheTargetsClassShareItsMargin() {
    float[] inputs = new float[4 * Toys.WIDTH];
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), new int[] {0, 1, 0, 0}, 2)
                .withUnseen(new float[Toys.WIDTH], new int[] {0});
        Network network = Pairs.zero()) {
      Coreset chosen =
          new Trak(Mark.UNSEEN, 5, 0.5, List.of())
              .select(new SelectionTask(network, data.retain(), 4, 3));
      assertThat(chosen.ids()).containsExactly(0, 2, 3, 1);
      double expected = 0.5 / (4 * (1 + 0.5 / 5));
      assertThat(chosen.score(0).orElseThrow()).isCloseTo(expected, offset(1e-7));
      assertThat(chosen.score(3).orElseThrow()).isCloseTo(-expected, offset(1e-7));
    }
  }

  @Test
  void mislabelledRowsScoreLower() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        UnlearningDataset spoilt = Pairs.mislabelled(data)) {
      assertThat(
              Pairs.shareOfMislabelledAmongTheLower(
                  Trak.DEFAULTS.withDimensions(64).withDamping(0.1), network, spoilt))
          .isGreaterThan(0.5);
    }
  }

  /** Φ is taken in blocks of 4096 rows: the first rows and their copies in the second block score alike. */
  @Test
  void rowsOfALaterBlockCountLikeTheFirst() {
    int n = 4096 + 10;
    float[] inputs = new float[n * Toys.WIDTH];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      for (int d = 0; d < Toys.WIDTH; d++) {
        inputs[i * Toys.WIDTH + d] = (float) Math.sin(1.7 * (i % 4096 * Toys.WIDTH + d));
      }
      labels[i] = i % 4096 % 3;
    }
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), labels, 3)
                .withUnseen(new float[] {1, 0, 1, 0, 1, 0, 1, 0}, new int[] {1});
        Network network = Toys.perceptron(1)) {
      Coreset all =
          new Trak(Mark.UNSEEN, 16, 0.1, List.of())
              .select(new SelectionTask(network, data.retain(), n, 1));
      double[] scores = new double[n];
      for (int place = 0; place < n; place++) {
        scores[(int) all.id(place)] = all.score(place).orElseThrow();
      }
      for (int i = 0; i < 10; i++) {
        assertThat(scores[i]).isNotZero();
        assertThat(scores[4096 + i])
            .isCloseTo(scores[i], offset(1e-4 * Math.abs(scores[i]) + 1e-12));
      }
    }
  }

  @Test
  void anotherSeedProjectsOtherwise() {
    Trak selector = new Trak(Mark.UNSEEN, 8, 0.05, List.of());
    assertThat(Attribution.scores(selector, 1)).isNotEqualTo(Attribution.scores(selector, 2));
  }

  @Test
  void moreDimensionsThanRowsNeedDamping() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      SelectionTask task = new SelectionTask(network, data.forget(), 3, 1);
      assertThatThrownBy(() -> Trak.DEFAULTS.withDamping(0).select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "trak without damping needs as many candidates as dimensions, 512, but there are 18:"
                  + " take fewer dimensions or some damping");
    }
  }

  /** Of zero weights only the biases of the head have gradients, so eight dimensions cannot be spanned. */
  @Test
  void gradientsThatDoNotSpanTheDimensionsNeedDamping() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(0);
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 1);
      assertThatThrownBy(() -> Trak.DEFAULTS.withDimensions(8).withDamping(0).select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "trak found projected gradients that do not span its 8 dimensions: take fewer");
    }
  }

  @Test
  void weightsThatAreNotNumbersAreSaidToBeSo() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(Float.NaN);
      assertThatThrownBy(
              () -> Trak.DEFAULTS.select(new SelectionTask(network, data.retain(), 3, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("trak: gradients must be finite");
    }
  }

  @Test
  void withoutRowsToCompareWithItSaysSo() {
    try (UnlearningDataset data = data().withoutValidation();
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () -> Trak.DEFAULTS.select(new SelectionTask(network, data.retain(), 3, 1)))
          .hasMessageStartingWith("trak compares candidates with rows marked VALIDATION, but ");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> Trak.DEFAULTS.withDimensions(1))
        .hasMessage("dimensions must be at least 2, but was 1");
    assertThatThrownBy(() -> Trak.DEFAULTS.withDamping(-1)).hasMessageStartingWith("damping must");
  }
}
