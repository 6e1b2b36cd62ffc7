package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.ScoringSelector;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Loss, entropy, margin, least confidence and BALD. */
class UncertaintyTest {
  private static final Map<String, ScoringSelector> OF_LOGITS =
      Map.of(
          "loss",
          Loss.DEFAULTS,
          "entropy",
          Entropy.DEFAULTS,
          "margin",
          Margin.DEFAULTS,
          "least-confidence",
          LeastConfidence.DEFAULTS);

  @Nested
  class LossTest implements SelectorContract {
    @Override
    public Selector selector() {
      return Loss.DEFAULTS;
    }
  }

  @Nested
  class EntropyTest implements SelectorContract {
    @Override
    public Selector selector() {
      return Entropy.DEFAULTS;
    }
  }

  @Nested
  class MarginTest implements SelectorContract {
    @Override
    public Selector selector() {
      return Margin.DEFAULTS;
    }
  }

  @Nested
  class LeastConfidenceTest implements SelectorContract {
    @Override
    public Selector selector() {
      return LeastConfidence.DEFAULTS;
    }
  }

  @Nested
  class BaldTest implements SelectorContract {
    @Override
    public Selector selector() {
      return Bald.DEFAULTS.withPasses(4);
    }

    @Override
    public Network network(UnlearningDataset data) {
      return dropped(3);
    }
  }

  /** A perceptron for the clouds with dropout before its last layer. */
  static Network dropped(long seed) {
    return Network.of(
        new Sequential()
            .add("hidden", new Linear(16))
            .apply(Activation::relu)
            .add("dropout", new Dropout(0.5))
            .add("head", new Linear(Toys.CLASSES)),
        new Shape(Toys.WIDTH),
        seed);
  }

  /** A network that hands its inputs through, W = 1 and b = 0, so that rows are their own logits. */
  private static Network identity(int classes) {
    Network network =
        Network.of(new Sequential().add("head", new Linear(classes)), new Shape(classes), 1);
    network.parameters().muli(0);
    long weight = network.layout().find("head.weight").orElseThrow().offset();
    for (int c = 0; c < classes; c++) {
      long at = weight + (long) c * classes + c;
      try (NDArray entry = network.parameters().get(at + ":" + (at + 1))) {
        entry.addi(1);
      }
    }
    return network;
  }

  private static UnlearningDataset rows(double[][] logits, int[] labels) {
    float[] inputs = new float[logits.length * logits[0].length];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) logits[i / logits[0].length][i % logits[0].length];
    }
    return UnlearningDataset.of(inputs, new Shape(logits[0].length), labels, logits[0].length);
  }

  @Test
  void scoresAreThoseOfScipyAndScikitLearn() {
    Golden golden = Golden.load(UncertaintyTest.class, "uncertainty");
    int[] labels = Arrays.stream(golden.numbers("/labels")).mapToInt(v -> (int) v).toArray();
    try (UnlearningDataset data = rows(golden.table("/logits"), labels);
        Network network = identity(data.classes())) {
      OF_LOGITS.forEach(
          (name, selector) -> {
            double[] scores = selector.score(Probe.of(network, data.rows()));
            assertThat(scores).as(name).containsExactly(golden.numbers("/" + name), offset(1e-6));
            assertThat(selector.displayName()).isEqualTo(name);
          });
    }
  }

  @Test
  void disagreementIsTheMutualInformationOfPassAndClass() {
    Golden golden = Golden.load(UncertaintyTest.class, "uncertainty");
    double[] expected = golden.numbers("/bald");
    double[][] passes = golden.table("/passes");
    int classes = passes[0].length / expected.length;
    for (int i = 0; i < expected.length; i++) {
      assertThat(Bald.disagreement(passes, i * classes, classes))
          .isCloseTo(expected[i], offset(1e-12));
    }
  }

  /**
   * z = (log 3, 0, 0): p = (3/5, 1/5, 1/5), so the margin is 2/5, the confidence 3/5, H = log 5 − 3/5 log 3, and the loss of
   * class 0 is log 5/3; z = (50, 0, 0): what is left is 2 e⁻⁵⁰ beside 1, which a difference from 1 would lose.
   */
  @Test
  void valuesByHand() {
    double[][] logits = {{Math.log(3), 0, 0}, {50, 0, 0}};
    try (UnlearningDataset data = rows(logits, new int[] {0, 0});
        Network network = identity(3)) {
      Probe probe = Probe.of(network, data.rows());
      double rest = 2 * Math.exp(-50);
      assertThat(Loss.DEFAULTS.score(probe)[0]).isCloseTo(Math.log(5 / 3.0), offset(1e-6));
      assertThat(Entropy.DEFAULTS.score(probe)[0])
          .isCloseTo(Math.log(5) - 0.6 * Math.log(3), offset(1e-6));
      assertThat(Margin.DEFAULTS.score(probe)[0]).isCloseTo(0.6, offset(1e-6));
      assertThat(LeastConfidence.DEFAULTS.score(probe)[0]).isCloseTo(0.4, offset(1e-6));
      assertThat(LeastConfidence.DEFAULTS.score(probe)[1]).isCloseTo(rest, offset(1e-6 * rest));
      assertThat(Margin.DEFAULTS.score(probe)[1]).isCloseTo(1.5 * rest, offset(1e-6 * rest));
    }
  }

  /**
   * One feature of 1, dropped or doubled with probability ½, and a head that doubles it into the first logit of two: each pass
   * says (½, ½) or (σ(2a), 1 − σ(2a)). With m of T passes of the second kind the score is H of the mixture less the mixture of
   * the H, one of T + 1 numbers.
   */
  @Test
  void aSingleUnitDroppedOrNotGivesOneOfAFewNumbers() {
    int passes = 5;
    double[][] features = new double[400][2];
    Arrays.stream(features).forEach(row -> row[0] = 1);
    try (UnlearningDataset data = rows(features, new int[400]);
        Network network =
            Network.of(
                new Sequential().add("dropout", new Dropout(0.5)).add("head", new Linear(2)),
                new Shape(2),
                1)) {
      network.parameters().muli(0);
      long weight = network.layout().find("head.weight").orElseThrow().offset();
      try (NDArray entry = network.parameters().get(weight + ":" + (weight + 1))) {
        entry.addi(1);
      }
      double kept = 1 / (1 + Math.exp(-2));
      double[] possible =
          IntStream.rangeClosed(0, passes)
              .mapToDouble(m -> mixture(m / (double) passes, kept))
              .toArray();
      Bald bald = Bald.DEFAULTS.withPasses(passes);
      double[] scores = bald.score(Probe.of(network, data.rows()));
      double[] seen = new double[passes + 1];
      for (double score : scores) {
        int nearest = 0;
        for (int m = 1; m <= passes; m++) {
          if (Math.abs(possible[m] - score) < Math.abs(possible[nearest] - score)) {
            nearest = m;
          }
        }
        assertThat(score).isCloseTo(possible[nearest], offset(1e-6));
        seen[nearest]++;
      }
      // m = 0 and m = 5, which both score 0, have probability 2/32
      double none = seen[0] + seen[passes];
      assertThat(none / scores.length).isBetween(0.02, 0.12);
      assertThat(bald.score(Probe.of(network, data.rows()))).isEqualTo(scores);
    }
  }

  private static double mixture(double share, double kept) {
    double mean = share * kept + (1 - share) / 2;
    return entropy(mean) - share * entropy(kept) - (1 - share) * entropy(0.5);
  }

  private static double entropy(double p) {
    return -p * Math.log(p) - (1 - p) * Math.log(1 - p);
  }

  @Test
  void theSeedOfTheSelectionDrawsWhatIsDropped() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = dropped(1)) {
      Rows rows = data.retain();
      Selector bald = Bald.DEFAULTS;
      assertThat(bald.select(new SelectionTask(network, rows, rows.size(), 1)).ids())
          .isNotEqualTo(bald.select(new SelectionTask(network, rows, rows.size(), 2)).ids());
    }
  }

  /** Dropout is on, but batch normalisation neither uses nor moves the statistics of a batch. */
  @Test
  void statisticsOfBatchesAreNeitherUsedNorMoved() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network =
            Network.of(
                new Sequential()
                    .add("conv", Conv2d.of(6, 3, 1, 1))
                    .add("bn", new BatchNorm2d())
                    .apply(Activation::relu)
                    .apply(TorchOps::globalAverage)
                    .add("dropout", new Dropout(0.5))
                    .add("head", new Linear(Toys.CLASSES)),
                new Shape(2, 2, 2),
                1)) {
      String before = StrategyContract.fingerprint(network);
      double[] scores = Bald.DEFAULTS.score(Probe.of(network, data.retain()));
      assertThat(StrategyContract.fingerprint(network)).isEqualTo(before);
      assertThat(Arrays.stream(scores)).allMatch(s -> s > 0 && s < Math.log(Toys.CLASSES));
    }
  }

  @Test
  void aNetworkWithoutDropoutIsRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () -> Bald.DEFAULTS.select(new SelectionTask(network, data.retain(), 3, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("bald needs a network with dropout, but 20 passes over the first")
          .hasMessageContaining("\"entropy\"");
      assertThatThrownBy(() -> Bald.DEFAULTS.withPasses(1))
          .hasMessage("passes must be at least 2, but was 1");
    }
  }

  /** Negative control: on a trained network the uncertain rows are those it gets wrong, which no random order finds. */
  @Test
  void uncertainRowsAreOftenWrong() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      Rows unseen = data.unseen();
      int[] predicted = network.predict(unseen);
      int[] labels = unseen.labels();
      OF_LOGITS.forEach(
          (name, selector) -> {
            double[] scores = selector.score(Probe.of(network, unseen));
            double pairs = 0;
            double won = 0;
            for (int i = 0; i < scores.length; i++) {
              for (int j = 0; j < scores.length; j++) {
                if (predicted[i] != labels[i] && predicted[j] == labels[j]) {
                  pairs++;
                  won += scores[i] > scores[j] ? 1 : 0;
                }
              }
            }
            assertThat(won / pairs).as(name).isGreaterThan(0.65);
          });
    }
  }
}
