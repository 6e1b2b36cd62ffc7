package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.recovery.Prune;
import org.erasus.eval.recovery.Quantise;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.eval.recovery.Relearn;
import org.erasus.eval.report.ReportSchema;
import org.erasus.testkit.Toys;
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

      assertThat(report.network("other").attacks()).hasSize(12);
      assertThat(report.notes())
          .containsExactly(
              "quantile-regression is left out: it has 12 coefficients to fit, but there are 6 unseen rows to"
                  + " calibrate on",
              "lira and rmia are left out: they need reference networks, see withReferences",
              "u-lira is left out: it needs reference networks and the strategy that unlearned",
              "label-only is left out: it needs to know how to change inputs, see withPerturbation");
      assertThat(report.attack("other", "loss").resolvedAt1Percent()).isFalse();
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

      assertThat(report.network("same").attacks()).hasSize(13);
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
        Network original = Problem.perceptron(1)) {
      VerificationReport report =
          UnlearningVerificationSuite.of(data, original, "same", original)
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
