package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Combination;
import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.metrics.GradientCosine;
import org.erasus.eval.metrics.LayerDistance;
import org.erasus.eval.metrics.LinearCka;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Relearning;
import org.erasus.eval.stats.Equivalence;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Real networks; trained once for all tests, as training takes longest. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UnlearningBenchmarkTest {
  private static final BenchmarkOptions QUICK =
      BenchmarkOptions.DEFAULTS.withReplicates(200).withoutRelearning();

  private final UnlearningDataset data = Problem.mislabelled(400, 1200, 1000, 1);
  private final Network original = Problem.perceptron(1);
  private final Network retrained = Problem.perceptron(2);
  private final Network again = Problem.perceptron(3);
  private final Network half = Problem.perceptron(4);

  @BeforeAll
  void train() {
    Problem.train(original, data.markRetain(data.trained()), 1);
    Problem.train(retrained, data, 2);
    Problem.train(again, data, 3);
    Problem.train(half, data.markRetain(data.forget().first(200)), 4);
  }

  @AfterAll
  void close() {
    List.of(original, retrained, again, half).forEach(Network::close);
    data.close();
  }

  private UnlearningBenchmark benchmark(UnlearningDataset rows) {
    return UnlearningBenchmark.of(rows, original)
        .withReference("retrained", retrained)
        .withProtocol(Protocol.GENERAL)
        .withOptions(QUICK);
  }

  @Test
  void retrainingPassesAndTheControlsAndHalfTheWorkFail() {
    BenchmarkReport report =
        benchmark(data)
            .withCandidate("again", again)
            .withCandidate("half", half)
            .withControl("control", again)
            .run();

    assertThat(report.warnings())
        .singleElement()
        .asString()
        .startsWith("protocol \"general\" looks at answers alone")
        .endsWith("protocol \"random-rows\" is made for this request");
    assertThat(report.verdict("again").outcome()).isEqualTo(Outcome.PASS);
    assertThat(report.verdict("control").outcome()).isEqualTo(Outcome.PASS);
    assertThat(report.verdict("half").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.verdict("random-weights").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.network("retrained").verdict()).isEmpty();
    assertThat(report.verdict("half").reasons().get(0)).endsWith("harmful");
  }

  /** The no-op is a copy: whatever differs from the original is an error of the verifier. */
  @Test
  void doingNothingComesOutExactlyAsTheOriginal() {
    BenchmarkReport report = benchmark(data).run();

    assertThat(report.warnings())
        .as("no retrained network is judged")
        .anyMatch(w -> w.startsWith("one reference: "));
    assertThat(report.verdict("no-op")).isEqualTo(report.verdict("original"));
    assertThat(report.network("no-op").attacks()).isEqualTo(report.network("original").attacks());
    assertThat(report.network("no-op").metrics().get("zrf"))
        .isEqualTo(report.network("original").metrics().get("zrf"));
  }

  /** The same networks, judged by 20 forget rows. */
  @Test
  void withFewRowsRetrainingIsLeftOpenAndTheReasonsSayHowManyWouldDecide() {
    UnlearningDataset few = data.markRetain(data.forget().where(i -> i >= 20));
    Verdict verdict = benchmark(few).withCandidate("again", again).run().verdict("again");

    assertThat(verdict.outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    assertThat(verdict.reasons().get(0))
        .contains("20 forget rows")
        .containsPattern("about \\d+ would");
  }

  /** Clouds of the test kit are learned, not memorised, and 18 forget rows could not show it. */
  @Test
  void nobodyPassesWhereTheOriginalIsNotCaught() {
    try (UnlearningDataset clouds = Toys.clouds(1);
        Network before = Toys.train(Toys.perceptron(1), clouds, 1);
        Network after = Toys.perceptron(2);
        Network other = Toys.perceptron(3)) {
      Problem.train(after, clouds, 2);
      Problem.train(other, clouds, 3);
      BenchmarkReport report =
          UnlearningBenchmark.of(clouds, before)
              .withReference("retrained", after)
              .withCandidate("other", other)
              .withOptions(QUICK)
              .run();
      assertThat(report.verdict("other").outcome()).isNotEqualTo(Outcome.PASS);
      assertThat(report.verdict("original").outcome()).isNotEqualTo(Outcome.PASS);
    }
  }

  /** The perfect network answers no forget row right; a rule such as "as on unseen rows" or "near 0" is not asked. */
  @Test
  void forgettingAClassIsComparedWithRetrainingToo() {
    try (UnlearningDataset rows = Problem.mislabelled(0, 1200, 1500, 5);
        UnlearningDataset marked = rows.markForgetClasses(1);
        Network before = Problem.perceptron(1);
        Network after = Problem.perceptron(2);
        Network other = Problem.perceptron(3)) {
      Problem.train(before, rows, 1);
      Problem.train(after, marked, 2);
      Problem.train(other, marked, 3);
      BenchmarkReport report =
          UnlearningBenchmark.of(marked, before)
              .withReference("retrained", after)
              .withCandidate("other", other)
              .withOptions(QUICK)
              .run();
      assertThat(report.protocol()).startsWith("class/");
      assertThat(report.data().forgetClasses()).containsExactly(1);
      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("other").outcome()).as(report.toString()).isEqualTo(Outcome.PASS);
    }
  }

  /** A margin that is twice their difference would let any two through. */
  @Test
  void twoReferencesGiveASpreadAndNoVerdictOnThemselves() {
    BenchmarkReport report =
        benchmark(data).withReference("again", again).withCandidate("half", half).run();

    assertThat(report.margins()).allMatch(m -> m.spread().isPresent());
    assertThat(report.network("again").verdict()).isEmpty();
    assertThat(report.network("retrained").verdict()).isEmpty();
    assertThat(report.warnings()).anyMatch(w -> w.startsWith("two references: "));
    assertThat(report.verdict("half").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.network("again").metrics().get("kl-to-retrain"))
        .isInstanceOf(Measure.Estimated.class);
  }

  /** One of the three saw half of the rows: the margins that the other two make let it not through. */
  @Test
  void ofThreeReferencesOneThatIsNoneIsFound() {
    BenchmarkReport report =
        benchmark(data)
            .withReference("again", again)
            .withReference("forged", half)
            .withOptions(QUICK.withPicturedRows(0))
            .run();

    assertThat(report.verdict("forged").gates())
        .anySatisfy(
            gate -> {
              assertThat(gate.gate()).isEqualTo("forget-likelihood");
              assertThat(gate.decision()).isEqualTo(Equivalence.Decision.DIFFERENT);
              assertThat(gate.margin()).isLessThan(0.1);
            });
    assertThat(report.warnings())
        .anyMatch(w -> w.startsWith("the retrained network \"forged\" is rejected"))
        .anyMatch(w -> w.startsWith("gate forget-likelihood: the retrained networks differ"));
  }

  @Test
  void aReferenceThatWasMadeHereHasItsCost() {
    UnlearningBenchmark benchmark =
        UnlearningBenchmark.of(data, original).withOptions(QUICK.withPicturedRows(0));
    RunRecord record;
    try (Network other = Problem.perceptron(5)) {
      record = Problem.train(other, data, 5, 1);
    }
    BenchmarkReport report =
        benchmark
            .withReference("retrained", new Unlearned(retrained, record))
            .withCandidate("half", new Unlearned(half, record))
            .run();

    assertThat(report.network("half").metrics().get("wall-ratio")).isEqualTo(new Measure.Single(1));
    assertThat(report.network("retrained").metrics().get("wall-seconds"))
        .isInstanceOf(Measure.Single.class);
  }

  /** Rows of every forget class are kept, of none, of two of three; a network of which no last layer can be looked into. */
  @Test
  void theProtocolFollowsTheRequest() {
    assertThat(Protocol.of(data)).isEqualTo(Protocol.RANDOM_ROWS);
    UnlearningDataset all = data.markRetain(data.trained());
    assertThat(Protocol.of(all.markForgetClasses(1))).isEqualTo(Protocol.CLASS);
    assertThat(Protocol.of(data.markForgetClasses(1))).isEqualTo(Protocol.GENERAL);
    assertThat(Protocol.of(all)).isEqualTo(Protocol.GENERAL);

    UnlearningBenchmark benchmark =
        UnlearningBenchmark.of(data, original)
            .withReference("retrained", retrained)
            .withOptions(QUICK.withPicturedRows(0));
    assertThat(benchmark.run().protocol()).startsWith("random-rows/");
    try (Network sum =
        Network.combined(
            new Combination.MeanProbability(), Map.of("one", again, "two", retrained))) {
      BenchmarkReport report = benchmark.withCandidate("sum", sum).run();
      assertThat(report.protocol()).startsWith("general/");
      assertThat(report.warnings().get(0))
          .startsWith("protocol \"general\" looks at answers alone")
          .contains("gate \"probe-accuracy\" looks into networks, which \"sum\" does not allow");
      assertThatThrownBy(
              () -> benchmark.withCandidate("sum", sum).withProtocol(Protocol.RANDOM_ROWS).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("which \"sum\" does not allow");
    }
  }

  @Test
  void theSameSeedGivesTheSameReport() {
    UnlearningBenchmark benchmark = benchmark(data).withCandidate("half", half);
    assertThat(benchmark.run().networks()).isEqualTo(benchmark.run().networks());
    assertThat(benchmark.withOptions(QUICK.withSeed(9)).run().networks())
        .isNotEqualTo(benchmark.run().networks());
  }

  @Test
  void everyMissingSplitIsNamedBeforeAnyWork() {
    UnlearningDataset nothing = data.markRetain(data.forget());
    assertThatThrownBy(() -> benchmark(nothing).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split \"forget\" must have at least 4 rows, but has 0");

    UnlearningDataset allGone = data.markForget(data.retain());
    assertThatThrownBy(() -> UnlearningBenchmark.of(allGone, original).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split \"retain\" must have at least 2 rows, but has 0");
  }

  /** Two rows calibrate an attack and two are judged; a mean of one row has no interval. */
  @Test
  void fewerRowsThanAnIntervalNeedsAndRowsOfOneClassAreNamed() {
    int[] labels = {0, 1, 2, 0};
    try (UnlearningDataset rows =
        UnlearningDataset.of(new float[4 * 8], original.rowShape(), labels, 3)
            .withUnseen(new float[3 * 8], new int[] {0, 1, 2})) {
      UnlearningDataset marked = rows.markForget(0, 1, 2);
      assertThatThrownBy(() -> benchmark(marked).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("split \"forget\" must have at least 4 rows, but has 3")
          .hasMessageContaining("split \"retain\" must have at least 2 rows, but has 1")
          .hasMessageContaining(
              "split \"unseen\" must have at least 4 rows of the forget classes [0, 1, 2], but has 3")
          .hasMessageContaining(
              "split \"unseen\" must have at least 2 rows of the retain classes [0], but has 1");
    }
    try (UnlearningDataset rows =
        UnlearningDataset.of(new float[20 * 8], original.rowShape(), new int[20], 3)
            .withUnseen(new float[9 * 8], new int[9])) {
      UnlearningDataset marked = rows.markForget(0, 1, 2, 3, 4);
      assertThatThrownBy(() -> benchmark(marked).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "splits \"forget\" and \"retain\" must have rows of at least 2 classes, but have only those of class 0");
    }
  }

  @Test
  void unseenRowsOfOtherClassesDoNotCount() {
    int[] labels = IntStream.range(0, 60).map(i -> i % 3).toArray();
    float[] inputs = new float[60 * 8];
    int[] others = new int[20];
    try (UnlearningDataset rows =
        UnlearningDataset.of(inputs, original.rowShape(), labels, 3)
            .withUnseen(new float[20 * 8], others)) {
      UnlearningDataset marked = rows.markForgetClasses(1);
      assertThatThrownBy(() -> benchmark(marked).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "split \"unseen\" must have at least 4 rows of the forget classes [1], but has 0")
          .hasMessageContaining("withUnseen");
    }
  }

  @Test
  void networksThatDoNotFitOrShareANameAreNamed() {
    try (Network other = Toys.convolution(1);
        Network narrow =
            Network.of(new Sequential().add("head", new Linear(2)), original.rowShape(), 1)) {
      assertThatThrownBy(() -> benchmark(data).withReference("narrow", narrow).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("network \"narrow\": ")
          .hasMessageContaining("classes");
      assertThatThrownBy(
              () ->
                  benchmark(data)
                      .withCandidate("pictures", other)
                      .withCandidate("original", half)
                      .run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("network \"pictures\": the network takes rows of shape")
          .hasMessageContaining("two networks are named \"original\"");
    }
  }

  @Test
  void aNetworkThatDivergedIsNamed() {
    try (Network diverged = half.copy();
        Weights weights = diverged.weights()) {
      float[] values = weights.toFloats();
      Arrays.fill(values, 1e30f);
      try (Weights changed =
          Weights.of(diverged.layout(), values, weights.statistics().toFloatArray())) {
        diverged.restore(changed);
      }
      assertThatThrownBy(() -> benchmark(data).withCandidate("diverged", diverged).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "network \"diverged\": split \"forget\": row 0 must have finite outputs")
          .hasMessageContaining("the network may have diverged");
    }
  }

  /** Rows of kept classes; the protocol asks one attack more, and catches the original as the general one does. */
  @Test
  void randomRowsHaveAProtocolOfTheirOwn() {
    BenchmarkReport report =
        benchmark(data).withProtocol(Protocol.RANDOM_ROWS).withCandidate("again", again).run();

    assertThat(report.protocol()).isEqualTo("random-rows/1");
    assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.verdict("again").outcome()).isNotEqualTo(Outcome.FAIL);
    assertThat(report.verdict("again").gates().stream().map(GateResult::gate))
        .contains("modified-entropy-auc");
    assertThat(report.network("again").attacks()).hasSize(7);
    assertThat(report.network("again").metrics()).containsKey("nomus").doesNotContainKey("zrf");
    assertThatThrownBy(() -> benchmark(data).withProtocol(Protocol.CLASS).run())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("protocol \"class\" is for whole classes")
        .hasMessageContaining("split \"retain\" has rows of the forget classes [0, 1, 2]");
  }

  @Test
  void aForgottenClassMustBeUnknownOnUnseenRowsToo() {
    try (UnlearningDataset rows = Problem.mislabelled(0, 1200, 1500, 5);
        UnlearningDataset marked = rows.markForgetClasses(1);
        Network before = Problem.perceptron(1);
        Network after = Problem.perceptron(2);
        Network other = Problem.perceptron(3)) {
      Problem.train(before, rows, 1);
      Problem.train(after, marked, 2);
      Problem.train(other, marked, 3);
      BenchmarkReport report =
          UnlearningBenchmark.of(marked, before)
              .withReference("retrained", after)
              .withCandidate("other", other)
              .withProtocol(Protocol.CLASS)
              .withOptions(QUICK)
              .run();

      assertThat(report.verdict("other").outcome()).isEqualTo(Outcome.PASS);
      assertThat(report.verdict("original").gates())
          .anySatisfy(
              g -> {
                assertThat(g.gate()).isEqualTo("forget-class-accuracy");
                assertThat(g.decision()).isEqualTo(Equivalence.Decision.DIFFERENT);
                assertThat(g.rowsOf()).isEqualTo("unseen rows of the forget classes");
              });
      assertThatThrownBy(
              () ->
                  UnlearningBenchmark.of(marked, before)
                      .withReference("retrained", after)
                      .withProtocol(Protocol.RANDOM_ROWS)
                      .run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("split \"retain\" has no row of the forget classes [1]");
    }
  }

  @Test
  void networksThatDivergeWhenTheyLearnAgainAreJudgedAllTheSame() {
    Relearning wild =
        Relearning.DEFAULTS.withTraining(Relearning.DEFAULTS.training().withLearningRate(1e38));
    BenchmarkReport report =
        benchmark(data).withCandidate("half", half).withOptions(QUICK.withRelearning(wild)).run();

    assertThat(report.verdict("half").outcome()).isEqualTo(Outcome.FAIL);
    assertThat(report.network("half").metrics().get("anamnesis-index"))
        .isInstanceOf(Measure.Unavailable.class);
    assertThat(report.warnings())
        .anyMatch(
            w ->
                w.startsWith(
                    "network \"retrained\" was not made to learn again: relearning was stopped after"));
  }

  /** As an ensemble with a hard vote: it cannot be taught, and there is no gradient to look at. */
  @Test
  void aMajorityVoteIsJudgedAllTheSame() {
    List<String> names = List.of("forget-accuracy", "anamnesis-index", "gradient-cosine");
    try (Network vote =
        Network.combined(
            new Combination.MajorityVote(), Map.of("a", retrained, "b", again, "c", half))) {
      BenchmarkReport report =
          benchmark(data)
              .withCandidate("vote", vote)
              .withProtocol(Protocol.GENERAL.withMetrics("inside", names))
              .withOptions(QUICK.withPicturedRows(0).withRelearning(Relearning.DEFAULTS))
              .run();

      assertThat(report.verdict("vote").outcome()).isNotNull();
      assertThat(report.warnings())
          .anyMatch(
              w ->
                  w.startsWith(
                      "network \"vote\" was not made to learn again: a majority vote has no gradient"));
      assertThat(report.network("vote").metrics().get("anamnesis-index"))
          .isInstanceOf(Measure.Unavailable.class);
      assertThat(report.network("vote").metrics().get("gradient-cosine"))
          .isInstanceOfSatisfying(
              Measure.Unavailable.class,
              m -> assertThat(m.reason()).startsWith("a majority vote has no gradient"));
    }
  }

  /** The copy of the original is no distance from it, and is like it to retraining. */
  @Test
  void aProtocolMayLookInside() {
    List<String> names = List.of("forget-accuracy", "layer-distance", "cka", "gradient-cosine");
    BenchmarkReport report =
        benchmark(data)
            .withCandidate("half", half)
            .withProtocol(Protocol.GENERAL.withMetrics("inside", names))
            .run();

    assertThat(report.warnings())
        .anyMatch(w -> w.startsWith("protocol \"inside\" looks at answers alone"));
    assertThat(report.network("half").metrics().keySet())
        .containsExactly(
            "forget-accuracy",
            "layer-distance",
            "relative-layer-distance",
            "cka",
            "gradient-cosine");
    assertThat(report.network(BenchmarkRun.NO_OP).metrics())
        .containsEntry("layer-distance", new Measure.Single(0))
        .containsEntry("cka", report.network("original").metrics().get("cka"));
    assertThat(report.network("half").metrics())
        .containsEntry(
            "layer-distance",
            new Measure.Single(LayerDistance.between(half, original).total().distance()))
        .containsEntry(
            "cka",
            new Measure.Estimated(LinearCka.of(half, retrained, data.forget(), QUICK.level())))
        .containsEntry(
            "gradient-cosine",
            new Measure.Single(GradientCosine.of(half, data).global().orElseThrow()));
    assertThat(report.network("retrained").metrics().get("cka"))
        .isEqualTo(new Measure.Unavailable("there is no other retrained network"));
  }
}
