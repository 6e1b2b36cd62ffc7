package org.erasus.eval.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.eval.Problem;
import org.erasus.eval.metrics.AnamnesisIndex;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Relearning;
import org.erasus.eval.recovery.RecoveryReport.Finding;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Real networks; trained once for all tests, as training takes longest. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecoveryTestsTest {
  private static final Relearning RELEARNING =
      new Relearning(
          Relearning.DEFAULTS.training().withMaxEpochs(6).withLearningRate(0.02), 0.05, 4, 2);

  private final UnlearningDataset data = Problem.mislabelled(200, 800, 300, 1);
  private final Network original = Problem.perceptron(1);
  private final Network retrained = Problem.perceptron(2);
  private final Network again = Problem.perceptron(3);
  private final Network hidden = Problem.perceptron(4);

  @BeforeAll
  void train() {
    Problem.train(original, data.markRetain(data.trained()), 1, 60);
    Problem.train(retrained, data, 2, 60);
    Problem.train(again, data, 3, 60);
    hideBehindTheHead();
  }

  /** The original with its last layer turned round: what it knew best it now says least. */
  private void hideBehindTheHead() {
    try (Weights weights = original.weights()) {
      float[] values = weights.toFloats();
      int head = (int) weights.layout().find("head.weight").orElseThrow().offset();
      for (int i = head; i < values.length; i++) {
        values[i] = -values[i];
      }
      try (Weights turned = Weights.of(weights.layout(), values, new float[0])) {
        hidden.restore(turned);
      }
    }
  }

  @AfterAll
  void close() {
    List.of(original, retrained, again, hidden).forEach(Network::close);
    data.close();
  }

  private RecoveryCase networks() {
    return RecoveryCase.of(data, original)
        .withCandidate("again", again)
        .withCandidate("hidden", hidden)
        .withReference("retrained", retrained)
        .withMargin(0.1);
  }

  @Test
  void aNewHeadFindsWhatOnlyTheHeadForgot(@TempDir Path folder) throws IOException {
    RecoveryReport report = LinearProbe.DEFAULTS.run(networks());

    assertThat(report.finding("original")).isEqualTo(Finding.NEVER_LEFT);
    assertThat(report.finding("hidden")).isEqualTo(Finding.COMES_BACK);
    assertThat(report.finding("again")).isNotIn(Finding.COMES_BACK, Finding.NEVER_LEFT);
    assertThat(report.outcome("hidden").points().get(0).accuracy().estimate()).isLessThan(0.1);
    assertThat(report.outcome("hidden").measures())
        .as("the probe sees the same features")
        .isEqualTo(report.outcome("original").measures())
        .containsOnlyKeys(
            "probe-forget-accuracy", "probe-unseen-accuracy", "probe-forget-minus-unseen");

    report.save(folder.resolve("report.json"));
    assertThat(RecoveryReport.load(folder.resolve("report.json"))).isEqualTo(report);
  }

  /** Labels drawn at random cannot be told from features, unless the probe was fitted on the very rows. */
  @Test
  void noRowIsJudgedByAProbeThatWasFittedOnIt() {
    SplittableRandom random = new SplittableRandom(1);
    float[] inputs = new float[8 * 160];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextGaussian();
    }
    int[] labels = random.ints(160, 0, 3).toArray();
    try (UnlearningDataset all =
            UnlearningDataset.of(inputs, new Shape(8), labels, 3).withUnseen(inputs, labels);
        Network network = Problem.perceptron(5)) {
      RecoveryReport report =
          LinearProbe.DEFAULTS
              .withMaxRetain(1)
              .run(
                  RecoveryCase.of(all.markForget(all.trained().first(120)), network)
                      .withReference("r", network));
      assertThat(report.outcome("original").points().get(1).accuracy().estimate())
          .isBetween(0.2, 0.5);
    }
  }

  @Test
  void relearningBringsBackWhatWasHiddenBeforeItTeachesRetraining() {
    Relearn relearn = Relearn.DEFAULTS.withRelearning(RELEARNING);
    RecoveryReport report = relearn.run(networks());

    assertThat(report.finding("hidden")).isEqualTo(Finding.COMES_BACK);
    assertThat(report.finding("original")).isEqualTo(Finding.NEVER_LEFT);
    assertThat(report.finding("again")).isNotIn(Finding.COMES_BACK, Finding.NEVER_LEFT);
    assertThat(report.unit()).isEqualTo("steps");
    // 200 rows in batches of 32 are 7 steps an epoch, 42 in all; looks every 4 steps and after
    // epochs
    assertThat(report.outcome("again").points().stream().map(p -> (int) p.at()))
        .containsExactly(0, 4, 7, 8, 12, 14, 16, 20, 21, 24, 28, 32, 35, 36, 40, 42);
    assertThat(relearn.run(networks())).as("the same seed").isEqualTo(report);
    assertThat(report.outcome("original").measures().get(AnamnesisIndex.NAME))
        .as("it takes no step")
        .satisfies(m -> assertThat(m.value()).hasValue(0.0));
  }

  /** With hardly any rate nobody reaches the original's accuracy: the index is a bound or is not there. */
  @Test
  void cappedRunsAreCensored() {
    Relearning hardly =
        new Relearning(RELEARNING.training().withMaxEpochs(1).withLearningRate(1e-7), 0.05, 100, 2);
    RecoveryReport report = Relearn.DEFAULTS.withRelearning(hardly).run(networks());

    assertThat(report.outcome("original").measures().get(AnamnesisIndex.NAME))
        .isInstanceOfSatisfying(
            Measure.Censored.class, m -> assertThat(m.atLeast()).as("at most").isFalse());
    assertThat(report.outcome("hidden").measures().get(AnamnesisIndex.NAME))
        .isInstanceOf(Measure.Unavailable.class);
  }

  @Test
  void otherRowsOfTheClassesAreALessonToo() {
    Relearn sameClass = Relearn.DEFAULTS.withRelearning(RELEARNING).withLesson(Lesson.SAME_CLASS);
    RecoveryReport report = sameClass.run(networks());

    assertThat(report.test()).isEqualTo("relearn-same-class");
    assertThat(report.outcome("again").measures()).isEmpty();
    assertThat(Lesson.SAME_CLASS.rows(data, 5).size()).isEqualTo(200);
    assertThat(Lesson.SAME_CLASS.rows(data, 5).ids())
        .doesNotContain(data.forget().ids())
        .containsExactly(Lesson.SAME_CLASS.rows(data, 5).ids());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sameClass.withLesson(Lesson.UNRELATED).run(networks()))
        .withMessageContaining("splits \"retain\" or \"validation\"")
        .withMessageContaining("split \"forget\", classes [0, 1, 2], but there are none");
  }

  @Test
  void lessonsKeepToTheirClasses() {
    try (UnlearningDataset all = Problem.mislabelled(0, 300, 90, 2)) {
      UnlearningDataset ofClass = all.markForgetClasses(1).cutValidation(0.5, 3);
      assertThat(Lesson.UNRELATED.rows(ofClass, 1).labels()).doesNotContain(1).hasSize(100);
      assertThat(Lesson.SAME_CLASS.rows(ofClass, 1).labels())
          .as("validation rows, as none is kept")
          .containsOnly(1)
          .hasSize(15);
    }
  }

  /**
   * Rows x = (1, 1) of class 0. Original says 0, retrained 1. The candidate's second unit sees 1 + 0.01 and so says 1, until
   * four bits round 0.01 to nothing: then both units see 1 and the first is taken. In 8 bits a step is 1/127, so 0.01 stays.
   */
  @Test
  void fourBitsBringBackWhatASmallEditHid() {
    try (UnlearningDataset rows = ones();
        Network before = linear(1, 0, 0, 0);
        Network after = linear(0, 0, 1, 0);
        Network edited = linear(1, 0, 1, 0.01f)) {
      RecoveryCase networks =
          RecoveryCase.of(rows, before).withReference("r", after).withCandidate("e", edited);
      RecoveryReport bits = Quantise.DEFAULTS.run(networks);
      assertThat(bits.finding("e")).isEqualTo(Finding.COMES_BACK);
      assertThat(bits.outcome("e").points().stream().map(p -> p.accuracy().estimate()))
          .containsExactly(0.0, 0.0, 1.0);
      assertThat(bits.outcome("e").reason()).startsWith("at 4 bits");
      assertThat(Quantise.DEFAULTS.withBits(List.of(8)).run(networks).finding("e"))
          .isEqualTo(Finding.STAYS_AWAY);

      // of four weights one zero and 0.01 go at 0.5
      RecoveryReport pruned = Prune.DEFAULTS.withShares(List.of(0.25, 0.5)).run(networks);
      assertThat(pruned.finding("e")).isEqualTo(Finding.COMES_BACK);
      assertThat(pruned.outcome("e").points().stream().map(p -> p.accuracy().estimate()))
          .containsExactly(0.0, 0.0, 1.0);
      assertThat(edited.predict(rows.forget())).as("copies are treated").containsOnly(1);
    }
  }

  private static UnlearningDataset ones() {
    float[] values = new float[2 * 120];
    Arrays.fill(values, 1);
    int[] labels = new int[120];
    Arrays.fill(labels, 100, 120, 1);
    UnlearningDataset all = UnlearningDataset.of(values, new Shape(2), labels, 2);
    return all.markForgetClasses(0);
  }

  private static Network linear(float... weights) {
    Network network = Network.of(new Sequential().add("head", new Linear(2)), new Shape(2), 1);
    float[] values = Arrays.copyOf(weights, 6);
    WeightEditsTest.set(network, values);
    return network;
  }

  /** Retrained networks differ more in what few rows tell, see ADR 14. */
  @Test
  void eachTestHasItsOwnMarginUnlessOneIsGiven() {
    RecoveryCase own = RecoveryCase.of(data, original).withReference("retrained", retrained);
    assertThat(FewShotProbe.DEFAULTS.run(own).margin()).isEqualTo(0.15);
    assertThat(LinearProbe.DEFAULTS.run(own).margin()).isEqualTo(0.05);
    assertThat(FewShotProbe.DEFAULTS.run(own.withMargin(0.1)).margin()).isEqualTo(0.1);
  }

  @Test
  void whatIsMissingIsNamed() {
    RecoveryCase alone = RecoveryCase.of(data.markRetain(data.trained()), original);
    try (Network other = linear(1, 0, 0, 1)) {
      for (RecoveryTest test : RecoveryTests.all().values()) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> test.run(alone.withCandidate("other", other)))
            .withMessageContaining("recovery test \"" + test.name() + "\" cannot run")
            .withMessageContaining("split \"forget\" must have at least 2 rows, but has 0")
            .withMessageContaining("there must be at least 1 reference")
            .withMessageContaining("network \"other\"");
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> networks().withCandidate("again", hidden))
        .withMessageContaining("two networks are named \"again\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearProbe.DEFAULTS.run(networks().withCandidate("retrained", hidden)))
        .withMessageContaining("two networks are named \"retrained\"");
    try (UnlearningDataset seen = Problem.mislabelled(20, 60, 3, 2)) {
      UnlearningDataset unseenOnly = seen.markForget(seen.forget().first(5)).cutValidation(0.99, 1);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  LinearProbe.DEFAULTS.run(
                      RecoveryCase.of(unseenOnly, original).withReference("r", retrained)))
          .withMessageContaining("split \"unseen\" must have rows of the forget classes");
    }
  }

  @Test
  void theCatalogueNamesWhatItKnows() {
    assertThat(RecoveryTests.all())
        .containsOnlyKeys(
            "relearn-forget-rows",
            "relearn-same-class",
            "relearn-unrelated",
            "quantise",
            "prune",
            "linear-probe",
            "few-shot-probe");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecoveryTests.get("quantize"))
        .withMessageContaining("\"quantize\"; known: relearn-forget-rows");
  }
}
