package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TracInTest implements SelectorContract {
  @TempDir Path folder;

  @Override
  public Selector selector() {
    return TracIn.DEFAULTS;
  }

  /** Two checkpoints, two rates, target rows of seven weights. */
  @ParameterizedTest
  @EnumSource
  void scoresAreThoseOfPyTorch(TracIn.Gradients gradients) {
    List<Double> rates = Arrays.stream(GOLDEN.numbers("/rates")).boxed().toList();
    TracIn selector = new TracIn(Mark.UNSEEN, gradients, Attribution.checkpoints(folder), rates);
    String expected = gradients == TracIn.Gradients.ALL ? "/tracinAll" : "/tracinLast";
    assertThat(Attribution.scores(selector, 1))
        .containsExactly(GOLDEN.numbers(expected), offset(2e-6));
  }

  /**
   * Zero weights: p = (½, ½) and h = 0, so only the bias has a gradient, p − onehot(y) = (∓½, ±½). Two rows of one class
   * multiply to ½, of two classes to −½.
   */
  @ParameterizedTest
  @EnumSource
  void withoutFeaturesRowsOfTheTargetsClassScoreOneHalf(TracIn.Gradients gradients) {
    float[] inputs = new float[3 * Toys.WIDTH];
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), new int[] {0, 1, 0}, 2)
                .withUnseen(new float[Toys.WIDTH], new int[] {1});
        Network network = Pairs.zero()) {
      Coreset chosen =
          TracIn.DEFAULTS
              .withTarget(Mark.UNSEEN)
              .withGradients(gradients)
              .select(new SelectionTask(network, data.retain(), 3, 1));
      assertThat(chosen.ids()).containsExactly(1, 0, 2);
      assertThat(chosen.score(0).orElseThrow()).isCloseTo(0.5, offset(1e-7));
      assertThat(chosen.score(1).orElseThrow()).isCloseTo(-0.5, offset(1e-7));
    }
  }

  /** Rows under a wrong label work against validation rows: their scores are lower. */
  @ParameterizedTest
  @EnumSource
  void mislabelledRowsScoreLower(TracIn.Gradients gradients) {
    try (UnlearningDataset data = data();
        Network network = network(data);
        UnlearningDataset spoilt = Pairs.mislabelled(data)) {
      assertThat(
              Pairs.shareOfMislabelledAmongTheLower(
                  TracIn.DEFAULTS.withGradients(gradients), network, spoilt))
          .isGreaterThan(0.5);
    }
  }

  @Test
  void withoutRowsToCompareWithItSaysSo() {
    try (UnlearningDataset data = data().withoutValidation();
        Network network = Toys.perceptron(1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 1);
      assertThatThrownBy(() -> TracIn.DEFAULTS.select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "tracin compares candidates with rows marked VALIDATION, but "
                  + data
                  + " has none: mark"
                  + " some, for example by cutValidation or holdOut, or name another mark by withTarget");
    }
  }

  @Test
  void targetsWhoseWeightsAreAllZeroAreRefused() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      UnlearningDataset weightless =
          data.withWeights(data.validation(), new double[data.validation().size()]);
      SelectionTask task = new SelectionTask(network, weightless.retain(), 3, 1);
      assertThatThrownBy(() -> TracIn.DEFAULTS.select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "tracin compares candidates with 30 rows whose weights are all 0: set some above 0");
    }
  }

  @Test
  void weightsThatAreNotNumbersAreSaidToBeSo() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(Float.NaN);
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 1);
      assertThatThrownBy(() -> TracIn.DEFAULTS.select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("features and logits must be finite");
      assertThatThrownBy(() -> TracIn.DEFAULTS.withGradients(TracIn.Gradients.ALL).select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be finite");
    }
  }

  @Test
  void ratesAreOneForEachCheckpointAndAboveZero() {
    assertThatThrownBy(
            () -> TracIn.DEFAULTS.withCheckpoints(List.of(Path.of("a")), List.of(0.1, 0.2)))
        .hasMessage("rates must be none, or one for each of the 1 networks, but were 2");
    assertThatThrownBy(() -> TracIn.DEFAULTS.withCheckpoints(List.of(), List.of(0.0)))
        .hasMessage("rate must be > 0 and finite, but was 0.0");
  }

  private static UnlearningDataset fourClasses() {
    var random = new Seeds(8).stream("rows");
    float[] x = new float[20 * 5];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    int[] y = IntStream.range(0, 20).map(i -> i % 4).toArray();
    return UnlearningDataset.of(Arrays.copyOf(x, 60), new Shape(5), Arrays.copyOf(y, 12), 4)
        .withUnseen(Arrays.copyOfRange(x, 60, 100), Arrays.copyOfRange(y, 12, 20));
  }

  private static Network withAClassMore() {
    try (Network network = Network.of(new Sequential().add(new Linear(3)), new Shape(5), 1)) {
      return network.widened(2);
    }
  }

  /** Networks that are their last layer, with a scale behind it, without a bias, with a class added: a backward pass a row. */
  @Test
  void theLastLayerIsTakenAsItIs() {
    List<Supplier<Network>> networks =
        List.of(
            () ->
                Network.of(
                    new Sequential().add(new Linear(4)).apply(z -> TorchOps.scale(z, -0.5)),
                    new Shape(5),
                    1),
            () ->
                Network.of(
                    new SequentialBlock()
                        .add(ai.djl.nn.core.Linear.builder().setUnits(4).optBias(false).build()),
                    new Shape(5),
                    1),
            TracInTest::withAClassMore);
    for (int n = 0; n < networks.size(); n++) {
      try (UnlearningDataset data = fourClasses();
          Network network = networks.get(n).get();
          NDManager scope = EngineRuntime.newManager();
          GradMode off = GradMode.off()) {
        Rows rows = data.retain();
        double[] products =
            InfluenceTest.scores(TracIn.DEFAULTS.withTarget(Mark.UNSEEN), network, rows);
        double[] norms = Grand.DEFAULTS.score(Probe.of(network, rows));
        NDArray mean = network.lossGradient(data.unseen(), scope).divi(data.unseen().size());
        for (int i = 0; i < rows.size(); i++) {
          NDArray g = network.lossGradient(rows.take(i), scope);
          assertThat(products[i])
              .as("network %d", n)
              .isCloseTo(g.mul(mean).sum().getFloat(), offset(1e-5));
          assertThat(norms[i]).as("network %d", n).isCloseTo(g.norm().getFloat(), offset(1e-5));
        }
      }
    }
  }

  @Test
  void aTailThatBendsTheLogitsIsRefused() {
    try (UnlearningDataset data = data();
        Network network =
            Network.of(
                new Sequential().add(new Linear(Toys.CLASSES)).apply(Activation::tanh),
                new Shape(Toys.WIDTH),
                1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 1);
      for (Selector selector :
          List.of(
              TracIn.DEFAULTS,
              Craig.DEFAULTS,
              GradMatch.DEFAULTS,
              Glister.DEFAULTS,
              Grand.DEFAULTS)) {
        assertThatThrownBy(() -> selector.select(task))
            .as(selector.displayName())
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining("those of a last linear layer, or a multiple");
      }
    }
  }
}
