package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.BenchmarkReport.Reference;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.recovery.InputProbe;
import org.erasus.eval.recovery.LinearProbe;
import org.erasus.eval.report.HtmlReport;
import org.erasus.eval.report.MarkdownReport;
import org.erasus.eval.stats.Equivalence.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verdicts without a retrained network to compare with. */
class UnretrainedBenchmarkTest {
  private static final BenchmarkOptions QUICK =
      BenchmarkOptions.DEFAULTS.withReplicates(200).withPicturedRows(0).withoutRelearning();

  private static UnlearningBenchmark benchmark(UnlearningDataset data, Network original) {
    return UnlearningBenchmark.of(data, original)
        .withProtocol(Protocol.RANDOM_ROWS)
        .withOptions(QUICK);
  }

  /** Labels that mean nothing are learned by heart; forget, retain and unseen rows are alike in everything. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aRetrainedNetworkIsNotRejectedAndMemoryAndUselessnessAre(long seed) {
    try (UnlearningDataset data = Problem.randomLabels(600, 1200, 3000, seed);
        Network original = Problem.perceptron(10 * seed);
        Network retrained = Problem.perceptron(10 * seed + 1);
        Network half = Problem.perceptron(10 * seed + 2)) {
      Problem.train(original, data.markRetain(data.trained()), seed, 60);
      Problem.train(retrained, data, seed + 100, 60);
      Problem.train(half, data.markRetain(data.forget().first(300)), seed + 200, 60);
      BenchmarkReport report =
          benchmark(data, original)
              .withCandidate("retrained", retrained)
              .withCandidate("half", half)
              .run();

      assertThat(report.reference()).isEqualTo(new Reference(Reference.Kind.UNSEEN_ROWS, 0));
      assertThat(report.verdict("retrained").outcome())
          .as(report.verdict("retrained").reasons().toString())
          .isNotEqualTo(Outcome.FAIL);
      assertThat(report.verdict("half").outcome()).isNotEqualTo(Outcome.PASS);
      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("original").reasons().get(0))
          .contains("against unseen rows")
          .endsWith("harmful");
      assertThat(report.verdict("no-op")).isEqualTo(report.verdict("original"));
      assertThat(report.verdict("random-weights").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.verdict("random-weights").gates())
          .anySatisfy(
              gate -> {
                assertThat(gate.gate()).isEqualTo("retain-accuracy");
                assertThat(gate.against()).isEqualTo("the original");
                assertThat(gate.decision()).isEqualTo(Decision.DIFFERENT);
              });
      assertThat(report.warnings())
          .anyMatch(w -> w.startsWith("there is no retrained network"))
          .anyMatch(w -> w.contains("not asked without a retrained network: probe-accuracy"));
      assertThat(report.network("retrained").metrics().get("gap-to-retrain"))
          .isInstanceOf(Measure.Unavailable.class);
    }
  }

  @Test
  void theReportSaysWhichReferenceWasUsed(@TempDir Path folder) throws IOException {
    try (UnlearningDataset data = Problem.randomLabels(100, 200, 200, 1);
        Network original = Problem.perceptron(1);
        Network other = Problem.perceptron(2)) {
      BenchmarkReport alone = benchmark(data, original).withCandidate("other", other).run();
      BenchmarkReport with = benchmark(data, original).withReference("other", other).run();
      Path file = folder.resolve("report.json");
      alone.save(file);

      assertThat(BenchmarkReport.load(file)).isEqualTo(alone);
      assertThat(Files.readString(file)).contains("\"kind\" : \"UNSEEN_ROWS\"");
      assertThat(MarkdownReport.of(alone)).contains("Compared with: unseen rows only");
      assertThat(HtmlReport.of(alone)).contains("compared with: unseen rows only");
      assertThat(with.reference()).isEqualTo(new Reference(Reference.Kind.RETRAINED_NETWORKS, 1));
      assertThat(MarkdownReport.of(with)).contains("Compared with: retrained networks: 1");
      assertThat(HtmlReport.of(with)).contains("compared with: retrained networks: 1");
    }
  }

  /**
   * A network retrained without mislabelled rows answers hardly any of them as labelled, and unseen rows rightly: by
   * equivalence alone it would fail. A linear classifier answers so, too, which is noticed.
   */
  @Test
  void whereForgetRowsAreUnlikeUnseenOnesNobodyIsRejectedForThemNorPasses() {
    try (UnlearningDataset data = Problem.mislabelled(400, 1200, 1000, 1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      Problem.train(original, data.markRetain(data.trained()), 1);
      Problem.train(retrained, data, 2);
      BenchmarkReport report =
          benchmark(data, original).withCandidate("retrained", retrained).run();

      assertThat(report.verdict("retrained").gates())
          .anyMatch(g -> g.gate().equals("forget-accuracy") && g.decision() == Decision.DIFFERENT);
      assertThat(report.verdict("retrained").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.verdict("retrained").reasons())
          .anyMatch(r -> r.contains("the forget rows are not like unseen rows of their classes"))
          .anyMatch(r -> r.contains("withReference"));
      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.verdict("random-weights").outcome()).isEqualTo(Outcome.FAIL);
      assertThat(report.warnings()).anyMatch(w -> w.contains("not like unseen rows"));

      assertThat(InputProbe.DEFAULTS.look(data, 1).orElseThrow().difference().value())
          .isLessThan(-0.4);
    }
  }

  /** One label leaves nothing to say by the share of the commonest, yet a network retrained without them answers none. */
  @Test
  void wrongLabelsOfOneKindAreNoticedToo() {
    try (UnlearningDataset data = Problem.allCalledZero(300, 1200, 1000, 1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      Problem.train(original, data.markRetain(data.trained()), 1);
      Problem.train(retrained, data, 2);
      BenchmarkReport report =
          benchmark(data, original).withCandidate("retrained", retrained).run();

      assertThat(report.verdict("retrained").gates())
          .anyMatch(g -> g.gate().equals("forget-accuracy") && g.decision() == Decision.DIFFERENT);
      assertThat(report.verdict("retrained").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.warnings()).anyMatch(w -> w.contains("not like unseen rows"));
    }
  }

  /** Of two rows of class 1 and two of class 0 half and a quarter: ½ (2/2 − 1/2) + ½ (1/2 − 0/2). */
  @Test
  void whatIsKnownDoesNotGrowWithTheShareOfAClass() {
    int[] labels = {0, 0, 1, 1};
    assertThat(InputProbe.knows(new int[] {0, 2, 1, 1}, labels, new int[] {0, 1})).isEqualTo(0.75);
    assertThat(InputProbe.knows(new int[] {0, 0, 0, 0}, labels, new int[] {0})).isZero();
    assertThat(InputProbe.knows(labels, labels, new int[] {0, 0, 1})).isEqualTo(1);
    assertThat(InputProbe.knows(labels, labels, new int[] {2})).isZero();
  }

  /** A linear classifier sees nothing of labels that two inputs make together, so it cannot vouch for the forget rows. */
  @Test
  void aClassifierThatKnowsNothingVouchesForNothing() {
    try (UnlearningDataset data = together(600, 1200, 1000, 0.3);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      Problem.train(original, data.markRetain(data.trained()), 1, 60);
      Problem.train(retrained, data, 2, 60);
      BenchmarkReport report =
          benchmark(data, original).withCandidate("retrained", retrained).run();

      assertThat(report.verdict("retrained").gates())
          .as("wrong labels are answered wrongly")
          .anyMatch(g -> g.gate().equals("forget-accuracy") && g.decision() == Decision.DIFFERENT);
      assertThat(report.verdict("retrained").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.warnings())
          .anyMatch(w -> w.contains("cannot be told: a linear classifier"));
    }
  }

  /** Two classes by whether the first two inputs have the same sign; a share of the forget rows is labelled wrongly. */
  private static UnlearningDataset together(int forget, int retain, int unseen, double wrong) {
    SplittableRandom random = new SplittableRandom(5);
    float[] inputs = new float[(forget + retain) * 8];
    int[] labels = signs(inputs, random);
    for (int i = 0; i < Math.round(wrong * forget); i++) {
      labels[i] = 1 - labels[i];
    }
    float[] others = new float[unseen * 8];
    int[] otherLabels = signs(others, random);
    return UnlearningDataset.of(inputs, new Shape(8), labels, 3)
        .withUnseen(others, otherLabels)
        .markForget(LongStream.range(0, forget).toArray());
  }

  private static int[] signs(float[] inputs, SplittableRandom random) {
    int[] labels = new int[inputs.length / 8];
    for (int i = 0; i < labels.length; i++) {
      for (int d = 0; d < 8; d++) {
        inputs[8 * i + d] = (float) (0.3 * random.nextGaussian());
      }
      int first = random.nextInt(2);
      int second = random.nextInt(2);
      inputs[8 * i] += 2 * first - 1;
      inputs[8 * i + 1] += 2 * second - 1;
      labels[i] = first == second ? 0 : 1;
    }
    return labels;
  }

  @Test
  void oneRowThatIsLeftOfAClassDoesNotKeepIt() {
    try (UnlearningDataset rows = Problem.mislabelled(0, 900, 600, 5);
        Network original = Problem.perceptron(1)) {
      UnlearningDataset class0 = rows.markForgetClasses(0);
      UnlearningDataset data = class0.markRetain(class0.forget().first(1));
      BenchmarkReport report = UnlearningBenchmark.of(data, original).withOptions(QUICK).run();
      assertThat(report.warnings())
          .anyMatch(
              w -> w.contains("split \"retain\" has few rows or none of the forget classes [0]"));
    }
  }

  /** Whoever still knows the class answers unseen rows of it as well as forget rows. */
  @Test
  void ofAForgottenClassNobodyPassesButMemoryFails() {
    try (UnlearningDataset rows = Problem.mislabelled(0, 1800, 3000, 5);
        UnlearningDataset data = rows.markForgetClasses(1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      Problem.train(original, rows, 1, 3);
      Problem.train(retrained, data, 2, 3);
      BenchmarkReport report =
          benchmark(data, original)
              .withProtocol(Protocol.CLASS)
              .withCandidate("retrained", retrained)
              .run();

      assertThat(report.verdict("retrained").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
      assertThat(report.verdict("original").outcome()).isNotEqualTo(Outcome.PASS);
      assertThat(report.verdict("retrained").reasons())
          .anyMatch(
              r ->
                  r.startsWith(
                      "split \"retain\" has few rows or none of the forget classes [1]: forget"));
    }
    try (UnlearningDataset rows = Problem.randomLabels(0, 1800, 3000, 5);
        UnlearningDataset data = rows.markForgetClasses(1);
        Network original = Problem.perceptron(1)) {
      Problem.train(original, rows, 1, 60);
      BenchmarkReport report = benchmark(data, original).withProtocol(Protocol.CLASS).run();

      assertThat(report.verdict("original").outcome()).isEqualTo(Outcome.FAIL);
    }
  }

  /** A quarter of the rows has wrong labels, which are learned by heart: forget rows are known better than unseen ones. */
  @Test
  void rowsOfSeveralForgottenClassesThatAreRememberedFail() {
    try (UnlearningDataset rows = Problem.mislabelled(300, 900, 3000, 5);
        UnlearningDataset data = rows.markRetain(rows.trained()).markForgetClasses(0, 1);
        Network original = Problem.perceptron(1)) {
      Problem.train(original, data.markRetain(data.trained()), 1, 60);
      BenchmarkReport report = benchmark(data, original).withProtocol(Protocol.CLASS).run();

      assertThat(report.verdict("original").outcome())
          .as(report.verdict("original").reasons().toString())
          .isEqualTo(Outcome.FAIL);
      assertThat(report.warnings())
          .anyMatch(w -> w.contains("forget classes [0, 1]"))
          .noneMatch(w -> w.contains("linear classifier"));
    }
  }

  /** It saw none of the rows, so a gate that rejects it condemns nobody; the remedy is to compare with it. */
  @Test
  void aRetrainedControlIsHeard() {
    try (UnlearningDataset data = Problem.randomLabels(200, 400, 800, 1);
        Network original = Problem.perceptron(1);
        Network forged = Problem.perceptron(2)) {
      Problem.train(original, data.markRetain(data.trained()), 1, 60);
      Problem.train(forged, data.markRetain(data.forget()), 2, 60);
      BenchmarkReport report = benchmark(data, original).withControl("control", forged).run();

      assertThat(report.warnings())
          .anyMatch(
              w -> w.contains("\"control\" is rejected") && w.contains("give it as a reference"));
      assertThat(report.verdict("control").outcome()).isNotEqualTo(Outcome.FAIL);
    }
  }

  @Test
  void whatIsMissingIsNamedBeforeAnyWork() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[60 * 8], new Shape(8), thirds(60), 3)
                .withUnseen(new float[20 * 8], new int[20]);
        Network original = Problem.perceptron(1)) {
      UnlearningDataset marked = data.markForget(0, 1, 2, 3, 4, 5);
      assertThatThrownBy(() -> benchmark(marked, original).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "split \"unseen\" must have rows of every forget class, as there is no retrained network")
          .hasMessageContaining("none of the classes [1, 2]");

      Protocol probe =
          Protocol.GENERAL.withGates(
              "probe",
              List.of(
                  new RecoveryGate(
                      "probe", 0.05, "told by a new last layer", LinearProbe.DEFAULTS)));
      assertThatThrownBy(() -> benchmark(marked, original).withProtocol(probe).run())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "protocol \"probe\" has no forgetting gate that can be asked without a retrained network");
    }
  }

  private static int[] thirds(int n) {
    return java.util.stream.IntStream.range(0, n).map(i -> i % 3).toArray();
  }
}
