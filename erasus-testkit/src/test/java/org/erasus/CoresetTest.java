package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.Step;
import org.erasus.train.Supervised;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a coreset says of itself, and what becomes of scores and weights in its algebra. */
class CoresetTest {
  private static final Coreset SCORED =
      Coreset.of(new long[] {4, 2, 9}, new double[] {1, 5, 3}, "a")
          .withWeights(new double[] {1, 2, 3});

  private static final Coreset NONE = Coreset.of(new long[0], "nothing");

  private static List<Double> scores(Coreset coreset) {
    return LongStream.range(0, coreset.size())
        .mapToObj(i -> coreset.score((int) i).orElse(Double.NaN))
        .toList();
  }

  private static List<Double> weights(Coreset coreset) {
    return LongStream.range(0, coreset.size()).mapToObj(i -> coreset.weight((int) i)).toList();
  }

  // ---- algebra

  @Test
  void scoresAndWeightsGoWithTheirRows() {
    Coreset other = Coreset.of(new long[] {2, 7}, new double[] {8, 9}, "b");
    Coreset union = SCORED.union(other);
    assertThat(union.ids()).containsExactly(4, 2, 9, 7);
    assertThat(scores(union)).containsExactly(1.0, 5.0, 3.0, 9.0);
    assertThat(weights(union)).containsExactly(1.0, 2.0, 3.0, 1.0);
    assertThat(scores(SCORED.intersect(other))).containsExactly(5.0);
    assertThat(weights(SCORED.intersect(other))).containsExactly(2.0);
    assertThat(scores(SCORED.difference(other))).containsExactly(1.0, 3.0);
    assertThat(scores(SCORED.top(2))).containsExactly(5.0, 3.0);
    assertThat(weights(SCORED.top(2))).containsExactly(2.0, 3.0);
    Coreset nothings = Coreset.of(new long[] {6, 5}, new double[] {-0.0, 0.0}, "c");
    assertThat(nothings.top(2).ids()).containsExactly(6, 5);
    assertThat(scores(SCORED.filter(3))).containsExactly(5.0, 3.0);
    assertThat(scores(SCORED.remove(2))).containsExactly(1.0, 3.0);
    assertThat(union.madeBy()).isEqualTo("union(a, b)");
    assertThat(union.withMadeBy("c").madeBy()).isEqualTo("c");
    assertThat(scores(union.withMadeBy("c"))).isEqualTo(scores(union));
  }

  /** Where nothing is added there is nothing without a score. */
  @Test
  void scoresAreLostOnlyToRowsWithoutOne() {
    assertThat(scores(SCORED.add(2))).containsExactly(1.0, 5.0, 3.0);
    assertThat(scores(SCORED.union(NONE))).containsExactly(1.0, 5.0, 3.0);
    assertThat(scores(NONE.union(SCORED))).containsExactly(1.0, 5.0, 3.0);
    Coreset more = SCORED.add(8);
    assertThat(more.ids()).containsExactly(4, 2, 9, 8);
    assertThat(more.score(0)).isEmpty();
    assertThat(weights(more)).containsExactly(1.0, 2.0, 3.0, 1.0);
  }

  @Test
  void nothingIsACoresetToo(@TempDir Path folder) throws IOException {
    assertThat(NONE.union(NONE).size()).isZero();
    assertThat(SCORED.intersect(NONE).ids()).isEmpty();
    assertThat(SCORED.difference(SCORED).ids()).isEmpty();
    assertThat(NONE.top(3).ids()).isEmpty();
    assertThat(SCORED.filter(100).ids()).isEmpty();
    assertThat(NONE.remove(1).ids()).isEmpty();
    assertThat(NONE.add(1).ids()).containsExactly(1);
    assertThat(SCORED.remove(77).ids()).containsExactly(4, 2, 9);
    assertThat(NONE.overlap(NONE)).isEqualTo(1);
    assertThat(NONE.overlap(SCORED)).isZero();
    Path file = folder.resolve("none.json");
    for (Coreset empty : List.of(NONE, SCORED.filter(100))) {
      empty.save(file);
      assertThat(Coreset.load(file)).isEqualTo(empty);
      assertThat(Coreset.load(file).size()).isZero();
    }
    SCORED.save(file);
    assertThat(Coreset.load(file)).isEqualTo(SCORED);
    assertThat(weights(Coreset.load(file))).containsExactly(1.0, 2.0, 3.0);
    assertThat(Json.read(Json.write(SCORED), Coreset.class)).isEqualTo(SCORED);
    assertThatThrownBy(() -> Coreset.load(folder.resolve("nowhere.json")))
        .isInstanceOf(IOException.class);
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> SCORED.top(0)).hasMessage("k must be at least 1, but was 0");
    assertThatThrownBy(() -> SCORED.filter(Double.NaN)).hasMessageContaining("minScore");
    assertThat(SCORED.filter(Double.NEGATIVE_INFINITY).ids()).containsExactly(4, 2, 9);
    assertThatThrownBy(() -> SCORED.withWeights(new double[] {1}))
        .hasMessage("there are 3 rows but 1 weights");
    assertThatThrownBy(() -> SCORED.withWeights(new double[] {1, Double.NaN, 1}))
        .hasMessage("weight of row 2 must be >= 0 and finite, but was NaN");
    assertThatThrownBy(() -> Coreset.of(new long[] {3, 3}, "x"))
        .hasMessage("row 3 is chosen twice");
  }

  // ---- concentration

  /** (0, 0, 0, 4): Σ (2i − 5) s_i = 3·4 of n Σ s = 16. (1, 2, 3): (−2 + 0 + 6) of 18. Alike: 0. */
  @Test
  void concentrationIsTheGiniCoefficient() {
    assertThat(scoredBy(0, 4, 0, 0).concentration()).isEqualTo(0.75);
    assertThat(scoredBy(3, 1, 2).concentration()).isCloseTo(4 / 18.0, offset(1e-15));
    assertThat(scoredBy(2, 2, 2).concentration()).isZero();
    assertThat(scoredBy(0, 0).concentration()).isZero();
    assertThat(scoredBy(5).concentration()).isZero();
    assertThatThrownBy(() -> scoredBy(1, -1).concentration())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("concentration needs scores of 0 or more, but the least is -1.0");
    assertThatThrownBy(() -> Coreset.of(new long[] {1}, "x").concentration())
        .hasMessage("the rows of x have no scores, which concentration needs");
    assertThatThrownBy(() -> NONE.withMadeBy("x").concentration())
        .isInstanceOf(IllegalStateException.class);
  }

  /** The definition: half the mean difference of two rows' scores, in units of the mean score. */
  @Test
  void concentrationIsHalfTheRelativeMeanDifference() {
    double[] scores = new SplittableRandom(2).doubles(50).map(v -> v * v).toArray();
    double differences = 0;
    for (double a : scores) {
      for (double b : scores) {
        differences += Math.abs(a - b);
      }
    }
    double mean = Arrays.stream(scores).average().orElseThrow();
    assertThat(scoredBy(scores).concentration())
        .isCloseTo(differences / (50 * 50) / (2 * mean), offset(1e-12));
  }

  private static Coreset scoredBy(double... scores) {
    return Coreset.of(LongStream.range(0, scores.length).toArray(), scores, "x");
  }

  // ---- features

  /** Rows are their own features: the network is one linear layer. */
  private static Network head(int width) {
    return Network.of(new Sequential().add("head", new Linear(2)), new Shape(width), 1);
  }

  private static UnlearningDataset points(float[]... rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = rows[i / rows[0].length][i % rows[0].length];
    }
    return UnlearningDataset.of(flat, new Shape(rows[0].length), new int[rows.length], 2);
  }

  /** (0,0), (3,4), (0,1), (6,8), chosen 0 and 1: distances 0, 0, 1, 5. */
  @Test
  void coverageIsTheDistanceToTheNearestChosenRow() {
    try (UnlearningDataset data =
            points(new float[] {0, 0}, new float[] {3, 4}, new float[] {0, 1}, new float[] {6, 8});
        Network network = head(2)) {
      Probe probe = Probe.of(network, data.rows());
      Coverage found = Coreset.of(new long[] {1, 0}, "x").coverage(probe);
      assertThat(found.meanDistance()).isCloseTo(1.5, offset(1e-7));
      assertThat(found.radius()).isCloseTo(5, offset(1e-7));
      assertThat(Coreset.of(data.rows().ids(), "x").coverage(probe)).isEqualTo(new Coverage(0, 0));
    }
  }

  /** Against all pairs, in several blocks, far from the origin, where 32 bits would not do. */
  @Test
  void coverageAgreesWithAllPairs() {
    SplittableRandom random = new SplittableRandom(1);
    float[][] rows = new float[300][6];
    for (float[] row : rows) {
      for (int d = 0; d < 6; d++) {
        row[d] = (float) (1000 + random.nextDouble());
      }
    }
    long[] chosen = {7, 250, 31, 8};
    try (UnlearningDataset data = points(rows);
        Network network = head(6)) {
      Coverage found = Coreset.of(chosen, "x").coverage(Probe.of(network, data.rows()));
      double sum = 0;
      double most = 0;
      for (float[] row : rows) {
        double nearest = Double.POSITIVE_INFINITY;
        for (long id : chosen) {
          double squared = 0;
          for (int d = 0; d < 6; d++) {
            double difference = (double) row[d] - rows[(int) id][d];
            squared += difference * difference;
          }
          nearest = Math.min(nearest, Math.sqrt(squared));
        }
        sum += nearest;
        most = Math.max(most, nearest);
      }
      assertThat(found.meanDistance()).isCloseTo(sum / rows.length, offset(1e-6));
      assertThat(found.radius()).isCloseTo(most, offset(1e-6));
    }
  }

  /** Pairs of (1,0), (0,2), (3,3), (0,0): cosines 0, 1/√2, 0, 1/√2, 0, 0 over 6. */
  @Test
  void redundancyIsTheMeanCosineOfPairs() {
    try (UnlearningDataset data =
            points(
                new float[] {1, 0},
                new float[] {0, 2},
                new float[] {3, 3},
                new float[] {0, 0},
                new float[] {-2, 0});
        Network network = head(2)) {
      Probe probe = Probe.of(network, data.rows());
      assertThat(Coreset.of(new long[] {3, 0, 1, 2}, "x").redundancy(probe))
          .isCloseTo(Math.sqrt(2) / 6, offset(1e-9));
      assertThat(Coreset.of(new long[] {0, 4}, "x").redundancy(probe)).isCloseTo(-1, offset(1e-12));
      assertThat(Coreset.of(new long[] {1, 0}, "x").redundancy(probe)).isZero();
    }
  }

  @Test
  void rowsThatAreNoCandidatesOrNotFiniteAreRefused() {
    try (UnlearningDataset data = points(new float[] {1, 0}, new float[] {0, 2}, new float[2]);
        Network network = head(2);
        Network odd =
            Network.of(
                new Sequential().add("first", new Linear(2)).add("head", new Linear(2)),
                new Shape(2),
                1)) {
      Probe some = Probe.of(network, data.rows().first(2));
      Coreset all = Coreset.of(new long[] {0, 2}, "x");
      assertThatThrownBy(() -> all.coverage(some))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("row 2 of the coreset is not among the 2 rows");
      assertThatThrownBy(() -> all.redundancy(some)).hasMessageContaining("row 2");
      assertThatThrownBy(() -> NONE.coverage(some))
          .hasMessageStartingWith("coverage needs at least one row");
      assertThatThrownBy(() -> Coreset.of(new long[] {0}, "x").redundancy(some))
          .hasMessageStartingWith("redundancy needs at least two rows");
      odd.parameters().muli(0).addi(Float.NaN);
      assertThatThrownBy(() -> all.coverage(Probe.of(odd, data.rows())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("features must be finite, but row 0 has NaN");
    }
  }

  // ---- in use

  /** Counts the rows it sees, with their weights. */
  private record Seen(Training training, List<Long> ids, List<Float> weights)
      implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      for (long id : step.batch().rows().ids()) {
        ids.add(id);
      }
      for (float weight : step.batch().weights().toFloatArray()) {
        weights.add(weight);
      }
      return step.student().crossEntropy().neg();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }
  }

  @Test
  void anUnlearnerWorksOnTheRowsOfACoreset() {
    Seen seen =
        new Seen(
            Supervised.DEFAULTS.training().withMaxEpochs(1).withValidateEvery(100),
            new ArrayList<>(),
            new ArrayList<>());
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Coreset two = Coreset.of(new long[] {20, 70}, "hand").withWeights(new double[] {3, 3});
      ErasusUnlearner unlearner = ErasusUnlearner.with(seen).selecting(two).withSeed(4);
      assertThat(unlearner.forget()).isEqualTo(new ErasusUnlearner.Given(two));
      try (Unlearned result = unlearner.unlearn(network, data)) {
        assertThat(seen.ids).isNotEmpty().containsOnly(20L, 70L);
        assertThat(seen.weights).containsOnly(3f);
        assertThat(result.record().rowsForwardBackward()).isLessThanOrEqualTo(4);
      }
      Selector first = task -> Coreset.of(task.candidates().first(1).ids(), "first");
      assertThat(unlearner.selecting(first, 0.5).forget())
          .isEqualTo(new ErasusUnlearner.Selected(first, 0.5));
      assertThat(unlearner.selecting(first, 0.5).selecting(two)).isEqualTo(unlearner);
      assertThatThrownBy(
              () ->
                  ErasusUnlearner.with(seen)
                      .selecting(Coreset.of(new long[] {21}, "hand"))
                      .unlearn(network, data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("row 21 of the coreset is RETAIN, not FORGET");
      assertThatThrownBy(() -> ErasusUnlearner.with(seen).selecting(NONE).unlearn(network, data))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("forget rows");
      assertThatThrownBy(() -> unlearner.selecting(first, 1.5)).hasMessageContaining("share");
    }
  }

  /** Both kinds of rows are chosen in the same ways, with the seed of the run. */
  @Test
  void anUnlearnerWorksOnTheRetainRowsOfASelectorOrACoreset() {
    Selector last =
        task ->
            Coreset.of(
                task.candidates().shuffled(task.seeds().stream("x")).first(task.wanted()).ids(),
                "last");
    ErasusUnlearner unlearner =
        ErasusUnlearner.with(new Supervised(Supervised.DEFAULTS.training().withMaxEpochs(1)))
            .withSeed(4);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask chosen =
          unlearner.selecting(last, 0.5).selectingRetain(last, 0.25).task(network, data);
      assertThat(chosen.forgetRows().size()).isEqualTo(9);
      assertThat(chosen.retainRows().ids())
          .isEqualTo(last.select(SelectionTask.ofShare(network, data.retain(), 0.25, 4)).ids())
          .hasSize(41);
      Coreset two = Coreset.of(new long[] {21, 71}, "hand").withWeights(new double[] {3, 3});
      UnlearningTask given = unlearner.selectingRetain(two).task(network, data);
      assertThat(given.retainRows().ids()).containsExactly(21, 71);
      assertThat(given.retainRows().totalWeight()).isEqualTo(6);
      assertThat(given.forgetCoreset()).isEmpty();
      assertThatThrownBy(
              () ->
                  unlearner
                      .selectingRetain(Coreset.of(new long[] {20}, "hand"))
                      .task(network, data))
          .hasMessageContaining("row 20 of the coreset is FORGET, not RETAIN");
      assertThatThrownBy(
              () ->
                  ErasusUnlearner.with(unlearner.strategy())
                      .selecting(last, 0.5)
                      .task(network, data.markRetain(data.forget())))
          .hasMessageContaining("cannot choose among the FORGET rows, since there are none");
    }
  }

  /** Weights that balance classes stay under a coreset that sets none, and are multiplied by those of one that does. */
  @Test
  void weightsOfACoresetMultiplyThoseOfTheRows() {
    try (UnlearningDataset plain = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      double[] balance = new double[plain.size()];
      Arrays.setAll(balance, i -> 1 + plain.label(i));
      UnlearningDataset data = plain.withWeights(plain.rows(), balance);
      UnlearningTask task = UnlearningTask.of(network, data);
      Coreset none = Coreset.of(data.forget().ids(), "all");
      assertThat(task.withForgetCoreset(none).data().marksFingerprint())
          .isEqualTo(data.marksFingerprint());
      assertThat(
              task.withRetainCoreset(Coreset.of(data.retain().ids(), "all"))
                  .data()
                  .marksFingerprint())
          .isEqualTo(data.marksFingerprint());
      Coreset three = Coreset.of(new long[] {20}, "one").withWeights(new double[] {3});
      assertThat(task.withForgetCoreset(three).data().weight(20)).isEqualTo(9);
      assertThat(task.withForgetCoreset(three).data().weight(10)).isEqualTo(2);
    }
  }

  /** Not as a data set without such rows, which has them. */
  @Test
  void aCoresetWithoutRowsIsRefusedAsOne() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      Coreset none = Coreset.of(new long[0], "nobody");
      assertThatThrownBy(() -> task.withForgetCoreset(none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the forget coreset must hold at least one row, but is Coreset[0 rows by nobody]: choose more, or work"
                  + " on all forget rows without one");
      assertThatThrownBy(() -> task.withRetainCoreset(none))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("the retain coreset must hold at least one row");
    }
  }

  /** A part of the rows may be named after; a second factor no recipe would tell of, neither of forget nor of retain rows. */
  @Test
  void aSecondCoresetThatSetsWeightsIsRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Coreset forget = Coreset.of(new long[] {20, 30}, "a").withWeights(new double[] {3, 1});
      Coreset retain = Coreset.of(new long[] {21, 71}, "c").withWeights(new double[] {1, 5});
      UnlearningTask task =
          UnlearningTask.of(network, data).withForgetCoreset(forget).withRetainCoreset(retain);
      assertThatThrownBy(() -> task.withForgetCoreset(forget.withMadeBy("b")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the task has a forget coreset that sets weights, Coreset[2 rows by a], and a recipe cannot tell of a"
                  + " second, Coreset[2 rows by b]: put the products of both into one with Coreset.withWeights, in a"
                  + " task without the first");
      assertThatThrownBy(() -> task.withRetainCoreset(retain))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("the task has a retain coreset that sets weights");
      UnlearningTask part = task.withForgetCoreset(Coreset.of(new long[] {20}, "part"));
      assertThat(part.forgetRows().ids()).containsExactly(20);
      assertThat(part.forgetRows().totalWeight()).isEqualTo(3);
    }
  }

  /** As when the module with the selector is not on the path: nothing is lost but the selector itself. */
  @Test
  void aCoresetLoadsWithoutTheSelectorThatMadeIt() throws IOException {
    String json =
        """
        {
          "ids" : [ 4, 2 ],
          "weights" : [ 0.5, 1.0 ],
          "madeBy" : "gone",
          "made" : {
            "selector" : {
              "name" : "gone",
              "share" : 1.0E-4,
              "of" : [ {
                "name" : "random"
              } ]
            },
            "seed" : 5,
            "k" : 2,
            "weights" : "ab",
            "compute" : {
              "precision" : "FP32",
              "layout" : "CONTIGUOUS"
            },
            "candidates" : "cd"
          }
        }""";
    Coreset read = Json.read(json, Coreset.class);
    assertThat(read.ids()).containsExactly(4, 2);
    assertThat(read.weight(0)).isEqualTo(0.5);
    assertThat(Json.write(read)).isEqualToNormalizingNewlines(json);
    Coreset.Made made = read.made().orElseThrow();
    assertThat(Json.read(Json.write(read), Coreset.class).made()).contains(made);
    assertThatThrownBy(made::selector)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no selector named \"gone\"");
  }
}
