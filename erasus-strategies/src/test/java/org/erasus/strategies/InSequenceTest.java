package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Checkpoints;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InSequenceTest implements StrategyContract {
  private static final RandomLabel FIRST =
      new RandomLabel(RandomLabel.Order.SPLIT, Toys.training().withMaxEpochs(1));
  private static final FineTune SECOND = new FineTune(Toys.training().withMaxEpochs(2));

  @Override
  public UnlearningStrategy strategy() {
    return InSequence.of(FIRST, SECOND);
  }

  /**
   * From weights 0, p = ½. The ascent on x = 1 of class 0 goes by 0.1·(−½, ½, −½, ½) to (−0.05, 0.05, −0.05, 0.05); there the retain
   * row x = 2 of class 0 has z = (−0.15, 0.15), 1 − p₀ = σ(0.3), and the descent goes by 0.1·σ(0.3)·(2, −2, 1, −1).
   */
  @Test
  void twoStepsByHand() {
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    float q = (float) (0.1 / (1 + Math.exp(-0.3)));
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      assertThat(
              Runs.weightsAfter(InSequence.of(ascent, new FineTune(Runs.oneStep())), network, data))
          .containsExactly(
              new float[] {-0.05f + 2 * q, 0.05f - 2 * q, -0.05f + q, 0.05f - q}, within(1e-6f));
    }
  }

  /** The optimizer starts anew with every stage. */
  @Test
  void stepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        InSequence.of(
            GradientAscent.DEFAULTS
                .withoutGuard()
                .withTarget(0)
                .withTraining(GoldenRun.training(3, 0.02)),
            new FineTune(GoldenRun.training(4, 0.05))),
        "in-sequence");
  }

  @Test
  void isTheStagesOneAfterTheOther() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(2);
      try (Unlearned first = FIRST.unlearn(task);
          Unlearned second = SECOND.unlearn(task.withNetwork(first.network()));
          Weights expected = second.network().weights();
          Unlearned both = InSequence.of(FIRST, SECOND).unlearn(task)) {
        assertThat(Runs.weightsAfter(InSequence.of(FIRST, SECOND), network, data))
            .isEqualTo(expected.toFloats());
        assertThat(both.record().rowsForwardBackward())
            .isEqualTo(
                first.record().rowsForwardBackward() + second.record().rowsForwardBackward());
        assertThat(both.record().epochs()).hasSize(3);
        assertThat(both.record().reason())
            .isEqualTo("random-label: all epochs done; fine-tune: all epochs done");
      }
    }
  }

  /** The control: the order of the stages is part of what it does. */
  @Test
  void theOtherOrderGivesOtherWeights() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThat(Runs.weightsAfter(InSequence.of(FIRST, SECOND), network, data))
          .isNotEqualTo(Runs.weightsAfter(InSequence.of(SECOND, FIRST), network, data));
    }
  }

  @Test
  void everyStageHasItsOwnCheckpoints(@TempDir Path folder) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask task =
          UnlearningTask.of(network, data)
              .withOptions(RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder)));
      try (Unlearned once = strategy().unlearn(task);
          Unlearned again = strategy().unlearn(task);
          Weights first = once.network().weights();
          Weights second = again.network().weights()) {
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
      }
      assertThat(folder.resolve("stage-1/run.safetensors")).exists();
      assertThat(folder.resolve("stage-2/run.safetensors")).exists();
    }
  }

  /** Whatever strategy it is in, and before the stages that can be told have run. */
  @Test
  void aStageThatCannotBeToldFromOthersLeavesNoCheckpoints(@TempDir Path folder) {
    UnlearningModule.Loss loss = step -> step.student().crossEntropy();
    UnlearningStrategy unnamed = UnlearningModule.of(Toys.training().withMaxEpochs(1), loss, loss);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask plain = UnlearningTask.of(network, data);
      UnlearningTask task =
          plain.withOptions(RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder)));
      for (UnlearningStrategy whole :
          new UnlearningStrategy[] {
            InSequence.of(FIRST, unnamed),
            Average.DEFAULTS.withStrategies(List.of(FIRST, unnamed)),
            DifficultyGroups.DEFAULTS.withStages(List.of(FIRST, unnamed)),
            DeltaUnlearning.DEFAULTS.withInner(unnamed),
            SaliencyMask.DEFAULTS.withInner(unnamed)
          }) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> whole.unlearn(task))
            .withMessageContaining("two losses without a name");
        assertThat(folder).isEmptyDirectory();
      }
      InSequence.of(FIRST, unnamed).unlearn(plain).close();
    }
  }

  @Test
  void refusesToBeEmpty() {
    assertThatIllegalArgumentException()
        .isThrownBy(InSequence::of)
        .withMessage("number of stages must be at least 1, but was 0");
  }
}
