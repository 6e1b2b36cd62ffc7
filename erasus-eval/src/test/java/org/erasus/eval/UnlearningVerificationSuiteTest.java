package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.erasus.Combination;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.metrics.Relearning;
import org.erasus.eval.recovery.FewShotProbe;
import org.erasus.eval.recovery.LinearProbe;
import org.erasus.eval.recovery.Prune;
import org.erasus.eval.recovery.Quantise;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.eval.recovery.RecoveryTests;
import org.erasus.eval.recovery.Relearn;
import org.erasus.eval.report.ReportSchema;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.EarlyStopping;
import org.erasus.train.Listener;
import org.erasus.train.Monitor;
import org.erasus.train.Step;
import org.erasus.train.Supervised;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnlearningVerificationSuiteTest {
  private static final Training TRAINING =
      Training.DEFAULTS.withMaxEpochs(100).withBatchSize(40).withLearningRate(0.1);

  @TempDir Path folder;

  /** More training without the forget rows: little is forgotten. */
  record FineTune(Training training) implements UnlearningModule {
    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }
  }

  @Test
  void everyAttackIsReportedForEveryNetwork() throws IOException {
    FineTune strategy = new FineTune(TRAINING.withMaxEpochs(1).withLearningRate(0.01));
    try (UnlearningDataset data = Problem.randomLabels(120, 120, 200, 3);
        Network original = Problem.perceptron(7);
        Network retrained = Problem.perceptron(8)) {
      new Supervised(TRAINING).train(original, data.markRetain(data.trained()), 7);
      new Supervised(TRAINING).train(retrained, data, 8);
      try (Network copy = original.copy()) {
        UnlearningVerificationSuite suite =
            UnlearningVerificationSuite.of(data, original, "copy", copy)
                .withRetrained("retrained", retrained)
                .withReferences(
                    ReferenceTraining.in(folder)
                        .withTraining(new Supervised(TRAINING))
                        .withNetworks(8)
                        .withWorkers(2))
                .withStrategy(strategy)
                .withPerturbation(new Perturbation.Noise(0.2, 10))
                .withRecovery(Quantise.DEFAULTS)
                .withRecovery(Prune.DEFAULTS)
                .withSeed(4);
        VerificationReport report = suite.run();

        assertThat(report.notes()).isEmpty();
        assertThat(report.networks().stream().map(NetworkReport::name))
            .containsExactly("copy", "original", "retrained");
        for (NetworkReport network : report.networks()) {
          assertThat(network.attacks().stream().map(AttackReport::attack))
              .as(network.name())
              .containsExactly(
                  "loss",
                  "confidence",
                  "correctness",
                  "entropy",
                  "modified-entropy",
                  "margin",
                  "logit-scaled-confidence",
                  "class-loss",
                  "class-entropy",
                  "class-modified-entropy",
                  "logistic-regression",
                  "rbf-svm",
                  "quantile-regression",
                  "lira-online",
                  "lira-offline",
                  "rmia-online",
                  "rmia-offline",
                  "u-lira",
                  "u-lira-held-out",
                  "label-only-noise");
        }
        String documentation = Files.readString(Path.of("../docs/attacks.md"));
        for (AttackReport attack : report.network("copy").attacks()) {
          assertThat(documentation).contains("`" + attack.attack() + "`");
        }
        assertThat(report.recovery().stream().map(RecoveryReport::test))
            .containsExactly(Quantise.DEFAULTS.name(), Prune.DEFAULTS.name());
        assertThat(report.recovery().get(0).outcome("copy").finding())
            .contains(RecoveryReport.Finding.NEVER_LEFT);
        for (String attack : List.of("lira-online", "lira-offline", "rmia-online", "u-lira")) {
          assertThat(report.attack("original", attack).auc().estimate())
              .as(attack)
              .isGreaterThan(0.7);
        }
        assertThat(report.attack("retrained", "lira-online").auc().estimate())
            .isBetween(0.35, 0.65);
        assertThat(report.network("copy").attacks())
            .as("a copy is the original to every attack")
            .isEqualTo(report.network("original").attacks());

        Path file = folder.resolve("report.json");
        report.save(file);
        assertThat(VerificationReport.load(file)).isEqualTo(report);
        assertThat(ReportSchema.problems(report)).isEmpty();
        assertThat(suite.run().networks()).isEqualTo(report.networks());
        assertThat(suite.run().recovery()).isEqualTo(report.recovery());
        assertThatIllegalArgumentException()
            .isThrownBy(() -> report.attack("copy", "lira"))
            .withMessageStartingWith("no attack named \"lira\"; known: loss, confidence");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> report.network("salun"))
            .withMessage("no network named \"salun\"; known: copy, original, retrained");
      }
    }
  }

  @Test
  void whatIsLeftOutIsSaid() {
    try (UnlearningDataset data = Problem.mislabelled(8, 30, 12, 1);
        Network original = Problem.perceptron(1);
        Network unlearned = Problem.perceptron(2)) {
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "other", unlearned).run();

      assertThat(report.network("other").attacks()).hasSize(13);
      assertThat(report.attack("other", "label-only-noise").members()).isEqualTo(8);
      assertThat(report.recovery()).isEmpty();
      assertThat(report.notes())
          .containsExactly(
              "quantile-regression is left out: it has 12 coefficients to fit, but there are 6 unseen rows to"
                  + " calibrate on",
              "lira and rmia are left out: they need reference networks, see withReferences",
              "u-lira is left out: it needs reference networks and the strategy that unlearned",
              "tests of recovery are left out: they compare with retrained networks, see withRetrained");
      assertThat(report.attack("other", "loss").resolvedAt1Percent()).isFalse();
    }
  }

  /** All classes have rows to forget, so no rows are unrelated; and there is no strategy. */
  @Test
  void withARetrainedNetworkEveryTestOfRecoveryThatFitsIsRun() {
    try (UnlearningDataset data = Problem.mislabelled(30, 60, 60, 1);
        Network original = Problem.perceptron(1);
        Network unlearned = Problem.perceptron(2);
        Network retrained = Problem.perceptron(3)) {
      List<String> heard = new ArrayList<>();
      Listener listener =
          new Listener() {
            @Override
            public void progressed(String what, long done, long total) {
              heard.add(what + " " + done + "/" + total);
            }
          };
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "other", unlearned)
              .withRetrained("retrained", retrained)
              .run(listener);

      List<String> fitting = new ArrayList<>(RecoveryTests.all().keySet());
      fitting.remove("relearn-unrelated");
      assertThat(report.recovery().stream().map(RecoveryReport::test))
          .containsExactlyElementsOf(fitting);
      assertThat(report.notes())
          .anyMatch(note -> note.startsWith("relearn-unrelated is left out: relearning on"));
      assertThat(heard)
          .contains("references 1/1", "attacks 3/3", "few-shot-probe 7/7")
          .hasSize(1 + 3 + 7);
    }
  }

  @Test
  void aTestOfRecoveryInWhichANetworkDivergesIsLeftOutAndTheRestStands() {
    try (UnlearningDataset data = Problem.mislabelled(30, 60, 60, 1);
        Network original = Problem.perceptron(1);
        Network unlearned = Problem.perceptron(2);
        Network retrained = Problem.perceptron(3)) {
      Relearning wild =
          Relearning.DEFAULTS.withTraining(Relearning.DEFAULTS.training().withLearningRate(1e38));
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "other", unlearned)
              .withRetrained("retrained", retrained)
              .withRecovery(Relearn.DEFAULTS.withRelearning(wild))
              .withRecovery(Quantise.DEFAULTS)
              .run();

      assertThat(report.notes())
          .anyMatch(
              note ->
                  note.startsWith("relearn-forget-rows is left out: ") && note.contains("stopped"));
      assertThat(report.recovery().stream().map(RecoveryReport::test)).containsExactly("quantise");
      assertThat(report.attack("other", "loss")).isNotNull();
    }
  }

  /** 10 and 30 of two classes are forgotten, of each 40 are unseen: in proportion these are 13 and 40. */
  @Test
  void withoutARetrainedNetworkUnseenRowsHaveTheClassesOfTheForgetRows() {
    try (UnlearningDataset all = Problem.mislabelled(0, 90, 120, 5);
        UnlearningDataset data =
            all.markForgetClasses(1).markForget(all.retain().ofClasses(Set.of(0)).first(10));
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      UnlearningVerificationSuite suite =
          UnlearningVerificationSuite.of(data, original, "same", original).withoutRecovery();

      assertThat(suite.run().attack("same", "loss").members()).isEqualTo(40);
      assertThat(suite.run().attack("same", "loss").nonMembers()).isEqualTo(53);
      assertThat(
              suite.withRetrained("retrained", retrained).run().attack("same", "loss").nonMembers())
          .isEqualTo(80);
    }
  }

  /** In the proportions of 30 forget rows to 10, one unseen row leaves none of the other class. */
  @Test
  void withoutARetrainedNetworkTheScarcestClassMayLeaveTooFewRows() {
    int[] labels = IntStream.range(0, 60).map(i -> i < 30 ? 0 : 1).toArray();
    int[] unseen = IntStream.range(0, 12).map(i -> i < 1 ? 0 : 1).toArray();
    try (UnlearningDataset all =
            UnlearningDataset.of(new float[60 * 8], new Shape(8), labels, 3)
                .withUnseen(new float[12 * 8], unseen);
        UnlearningDataset data = all.markForget(all.trained().first(40));
        Network original = Problem.perceptron(1);
        Network other = Problem.perceptron(2)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> UnlearningVerificationSuite.of(data, original, "a", other).run())
          .withMessageContaining(
              "rows with the classes in the proportions of the forget rows, as there is no retrained network to compare"
                  + " with, but has 1: add unseen rows of the scarcest class");
    }
  }

  /** Reference networks are there; looking at them takes longer than the budget, so no strategy is asked. */
  @Test
  void trainingAndUnlearningOfReferencesShareOneBudget() {
    AtomicInteger pause = new AtomicInteger();
    Block slow =
        new Sequential()
            .add("head", new Linear(3))
            .apply(
                z -> {
                  try {
                    Thread.sleep(pause.get());
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                  return z.mul(pause.get() == 1 ? Float.POSITIVE_INFINITY : 1f);
                });
    try (UnlearningDataset data = Problem.randomLabels(20, 20, 30, 3);
        Network original = Network.of(slow, data.rowShape(), 1)) {
      ReferenceTraining references =
          ReferenceTraining.in(folder)
              .withTraining(new Supervised(TRAINING.withMaxEpochs(1)))
              .withNetworks(4);
      references.trained(original, data);
      UnlearningVerificationSuite suite =
          UnlearningVerificationSuite.of(data, original, "same", original)
              .withReferences(references.withBudget(Duration.ofMillis(100)))
              .withStrategy(new FineTune(TRAINING.withMaxEpochs(1)));
      pause.set(50);
      assertThatIllegalStateException()
          .isThrownBy(suite::run)
          .withMessageContaining("with 0 of 4 reference networks done");

      pause.set(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> references.trained(original, data))
          .withMessageStartingWith("network \"reference 1\": split \"attacked\": row 0");
    }
  }

  @Test
  void outputsThatAreNotFiniteNameTheNetwork() {
    try (UnlearningDataset data = Problem.mislabelled(8, 30, 12, 1);
        Network original = Problem.perceptron(1);
        Network endless =
            Network.of(
                new Sequential()
                    .add("head", new Linear(3))
                    .apply(z -> z.mul(Float.POSITIVE_INFINITY)),
                data.rowShape(),
                1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> UnlearningVerificationSuite.of(data, original, "endless", endless).run())
          .withMessageStartingWith("network \"endless\": split \"");
    }
  }

  /** All members of one class: the attacks that know classes have one to know. */
  @Test
  void aForgottenClassIsAttackedAmongRowsOfThatClass() {
    try (UnlearningDataset data = Problem.mislabelled(0, 90, 120, 5);
        UnlearningDataset marked = data.markForgetClasses(1);
        Network original = Problem.perceptron(1)) {
      VerificationReport report =
          UnlearningVerificationSuite.of(marked, original, "same", original).run();

      assertThat(report.network("same").attacks()).hasSize(14);
      AttackReport loss = report.attack("same", "loss");
      assertThat(loss.members()).isEqualTo(30);
      assertThat(loss.nonMembers()).isEqualTo(40);
      assertThat(loss.curve().get(loss.curve().size() - 1).tpr()).isEqualTo(1);
      assertThat(report.attack("same", "class-loss").auc().method()).startsWith("delong");
      assertThat(report.attack("same", "quantile-regression").members())
          .as("judged rows only")
          .isEqualTo(15);
    }
  }

  /** A share that rounds to all 14 rows leaves 12 to calibrate, for 12 coefficients. */
  @Test
  void whatCalibratesIsCountedAsItIsCut() {
    try (UnlearningDataset data = Problem.mislabelled(8, 30, 14, 1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2)) {
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "same", original)
              .withRetrained("retrained", retrained)
              .withoutRecovery()
              .withMembership(MembershipTest.DEFAULTS.withCalibrationShare(0.99))
              .run();

      assertThat(report.notes())
          .contains(
              "quantile-regression is left out: it has 12 coefficients to fit, but there are 12 unseen rows to"
                  + " calibrate on");
    }
  }

  /** Nothing is validated and the classes of the forget rows are gone, so there is no lesson. */
  @Test
  void testsOfRecoveryAreCheckedBeforeReferencesAreTrained() {
    try (UnlearningDataset all = Problem.mislabelled(0, 90, 60, 1);
        Network original = Problem.perceptron(1)) {
      UnlearningVerificationSuite suite =
          UnlearningVerificationSuite.of(all.markForgetClasses(1), original, "a", original)
              .withRetrained("retrained", original)
              .withReferences(ReferenceTraining.in(folder))
              .withPerturbation(new Perturbation.Noise(0.2, 10))
              .withPerturbation(new Perturbation.Noise(0.1, 10))
              .withRecovery(Relearn.DEFAULTS.withLesson(Lesson.SAME_CLASS))
              .withRecovery(Prune.DEFAULTS)
              .withRecovery(Prune.DEFAULTS);

      assertThatIllegalArgumentException()
          .isThrownBy(suite::run)
          .withMessageContaining("relearning on same-class rows needs rows")
          .withMessageContaining("two perturbations are named \"noise\"")
          .withMessageContaining("two recovery tests are named \"" + Prune.DEFAULTS.name() + "\"");
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** What it cannot do with a majority vote is left out, or, when it was asked for, refused before references are trained. */
  @Test
  void aMajorityVoteIsNeitherTaughtNorLookedInto() {
    try (UnlearningDataset data = Problem.mislabelled(30, 60, 60, 1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(3);
        Network vote =
            Network.combined(
                new Combination.MajorityVote(), Map.of("a", original, "b", retrained))) {
      UnlearningVerificationSuite suite =
          UnlearningVerificationSuite.of(data, original, "vote", vote)
              .withRetrained("retrained", retrained);
      VerificationReport report = suite.run();

      assertThat(report.recovery().stream().map(RecoveryReport::test))
          .containsExactly("quantise", "prune");
      assertThat(report.notes())
          .contains(
              "relearn-forget-rows is left out: recovery test \"relearn-forget-rows\" cannot run: network \"vote\":"
                  + " a majority vote has no gradient, so the network cannot be trained: take a part of it, or a vote of"
                  + " mean probabilities")
          .anyMatch(note -> note.startsWith("linear-probe is left out: "))
          .anyMatch(note -> note.startsWith("few-shot-probe is left out: "));
      assertThatIllegalArgumentException()
          .isThrownBy(
              suite
                      .withReferences(ReferenceTraining.in(folder))
                      .withRecovery(Relearn.DEFAULTS)
                      .withRecovery(LinearProbe.DEFAULTS)
                      .withRecovery(FewShotProbe.DEFAULTS)
                  ::run)
          .withMessageContaining(
              "recovery test \"relearn-forget-rows\" cannot run: network \"vote\": a majority vote")
          .withMessageContaining(
              "recovery test \"linear-probe\" cannot run: network \"vote\": the layers of a combination")
          .withMessageContaining(
              "recovery test \"few-shot-probe\" cannot run: network \"vote\": the layers of a combination");
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** Says only when it is asked that it cannot do it. */
  record Unwilling() implements UnlearningStrategy {
    @Override
    public Set<Need> needs() {
      return Set.of();
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      throw new IllegalArgumentException("not these rows");
    }
  }

  @Test
  void aStrategyThatFailsOnAReferenceLeavesOutItsAttackAlone() {
    try (UnlearningDataset data = Problem.randomLabels(20, 20, 30, 3);
        Network original = Problem.perceptron(1)) {
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "same", original)
              .withReferences(
                  ReferenceTraining.in(folder)
                      .withTraining(new Supervised(TRAINING.withMaxEpochs(1)))
                      .withNetworks(4))
              .withStrategy(new Unwilling())
              .run();

      assertThat(report.notes()).contains("u-lira is left out: not these rows");
      assertThat(report.network("same").attacks().stream().map(AttackReport::attack))
          .contains("lira-online", "rmia-offline")
          .doesNotContain("u-lira", "u-lira-held-out");
    }
  }

  @Test
  void aStrategyThatLacksWhatItNeedsIsRefusedBeforeReferencesAreTrained() {
    EarlyStopping rule = new EarlyStopping(Monitor.VALIDATION_LOSS, EarlyStopping.Mode.MIN, 1);
    try (UnlearningDataset data = Problem.randomLabels(20, 20, 30, 3);
        Network original = Problem.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              UnlearningVerificationSuite.of(data, original, "same", original)
                      .withReferences(ReferenceTraining.in(folder))
                      .withStrategy(new FineTune(TRAINING.withEarlyStopping(rule)))
                  ::run)
          .withMessageContaining("needs validation rows");
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void allProblemsAreToldBeforeAnyWork() {
    try (UnlearningDataset data = Problem.mislabelled(3, 30, 9, 1);
        Network original = Problem.perceptron(1);
        Network stranger = Toys.convolution(1)) {
      UnlearningVerificationSuite suite =
          UnlearningVerificationSuite.of(
                  data.markRetain(data.forget().where(i -> i > 0)), original, "original", stranger)
              .withPerturbation(Perturbation.Shifts.DEFAULTS)
              .withRecovery(Prune.DEFAULTS);

      assertThatIllegalArgumentException()
          .isThrownBy(suite::run)
          .withMessageStartingWith("suite cannot run: ")
          .withMessageContaining("split \"forget\" must have at least 4 rows, but has 1")
          .withMessageContaining("split \"unseen\" must have at least 4 rows of the forget classes")
          .withMessageContaining("shifts are for pictures")
          .withMessageContaining("there must be at least 1 retrained network for tests of recovery")
          .withMessageContaining("two networks are named \"original\"")
          .withMessageContaining("network \"original\": ");
      UnlearningDataset none =
          data.markForget(data.withIds(IntStream.range(0, 33).asLongStream().toArray()));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  UnlearningVerificationSuite.of(none, original, "a", original)
                      .withReferences(ReferenceTraining.in(folder))
                      .run())
          .withMessageContaining("split \"retain\" must have at least 2 rows");
      assertThat(folder).isEmptyDirectory();
    }
  }
}
