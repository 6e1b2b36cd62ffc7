package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Checkpoints;
import org.erasus.train.DivergedException;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientAscentTest implements StrategyContract {
  @Override
  public GradientAscent strategy() {
    return GradientAscent.DEFAULTS
        .withTraining(Toys.training().withMaxEpochs(3))
        .withCheckEverySteps(1);
  }

  /** All classes have probability ⅓, so −CE = −log 3. */
  @Test
  void firstLossOfAUniformNetworkIsMinusLogThree() {
    EpochRecord first =
        Runs.firstEpochOnUniform(strategy().withoutGuard().withTraining(Runs.oneStep()));
    assertThat(first.forgetLoss().orElseThrow()).isCloseTo(-Math.log(3), within(1e-6));
    assertThat(first.retainLoss()).isEmpty();
  }

  /** The control: the same run whose loss counts nothing leaves the loss where it was. */
  @Test
  void raisesTheForgetLoss() {
    GradientAscent ascent =
        strategy()
            .withoutGuard()
            .withTarget(0)
            .withTraining(Runs.oneStep().withMaxEpochs(10).withLearningRate(0.2));
    double before = Runs.before(Runs::forgetLoss);
    double off =
        Runs.after(ascent.withTraining(ascent.training().withForgetWeight(0)), Runs::forgetLoss);
    assertThat(off).isEqualTo(before);
    assertThat(Runs.after(ascent, Runs::forgetLoss)).isGreaterThan(before + 0.5);
  }

  @Test
  void stopsAtTheTarget() {
    GradientAscent ascent =
        strategy()
            .withoutGuard()
            .withTarget(0.5)
            .withTraining(Runs.oneStep().withMaxEpochs(500).withLearningRate(0.2));
    RunRecord record = Runs.record(ascent);
    assertThat(record.reason()).contains("reached 0.5");
    assertThat(record.epochs()).hasSizeLessThan(500);
    assertThat(Runs.after(ascent, (n, data) -> n.accuracy(data.forget())))
        .isLessThanOrEqualTo(0.5)
        .isGreaterThan(0.2);
  }

  @Test
  void withoutATargetStopsAtTheOriginalsAccuracyOnValidationRows() {
    double unseen = Runs.before((n, data) -> n.accuracy(data.validation()));
    GradientAscent ascent =
        GradientAscent.DEFAULTS
            .withoutGuard()
            .withTraining(Runs.oneStep().withMaxEpochs(500).withLearningRate(0.2));
    assertThat(Runs.after(ascent, (n, data) -> n.accuracy(data.forget())))
        .isLessThanOrEqualTo(unseen);
  }

  /** Steps of 1 ruin the network within a few; the control without the guard shows it. */
  @Test
  void theGuardGoesBackToTheLastWeightsThatPassed() {
    GradientAscent reckless =
        strategy()
            .withTarget(0)
            .withMaxUtilityDrop(0.1)
            .withTraining(Runs.oneStep().withMaxEpochs(40).withLearningRate(0.5));
    double before = Runs.before((n, data) -> n.accuracy(data.validation()));
    double guarded = Runs.after(reckless, (n, data) -> n.accuracy(data.validation()));
    double ruined = Runs.after(reckless.withoutGuard(), (n, data) -> n.accuracy(data.validation()));
    assertThat(guarded).isGreaterThanOrEqualTo(before - 0.1);
    assertThat(ruined).isLessThan(before - 0.1);
    assertThat(Runs.record(reckless).reason())
        .contains("validation accuracy fell")
        .containsPattern("went back to the weights after step [1-9]");
  }

  @Test
  void theGuardGoesBackToTheOriginalWhenTheFirstLookFails() {
    GradientAscent reckless =
        strategy()
            .withTarget(0)
            .withMaxUtilityDrop(0.1)
            .withTraining(Runs.oneStep().withLearningRate(100));
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned unlearned = reckless.unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.record().reason()).endsWith("went back to the weights after step 0");
      assertThat(StrategyContract.fingerprint(unlearned.network()))
          .isEqualTo(StrategyContract.fingerprint(network));
    }
  }

  /**
   * The rows of the golden run, their class the sign of the first value; twelve more for validation, every fourth of them
   * mislabelled; and weights from PyTorch.
   */
  private static void assertEndsAsPyTorch(GradientAscent ascent, String name) {
    Golden golden = Golden.load(GradientAscentTest.class, "strategies");
    float[] x = new float[52 * 8];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(0.37 * i + 1.3 * (i / 8 % 2));
    }
    int[] labels =
        IntStream.range(0, 52).map(i -> (x[8 * i] > 0) == (i < 40 || i % 4 != 0) ? 1 : 0).toArray();
    try (UnlearningDataset all =
            UnlearningDataset.of(
                    Arrays.copyOf(x, 40 * 8), new Shape(8), Arrays.copyOf(labels, 40), 2)
                .withUnseen(
                    Arrays.copyOfRange(x, 40 * 8, x.length), Arrays.copyOfRange(labels, 40, 52))
                .cutValidation(0.99, 1);
        Network network = GoldenRun.PERCEPTRON.network();
        Weights start =
            Weights.of(network.layout(), golden.floats("/gradient-ascent-start"), new float[0])) {
      network.restore(start);
      UnlearningDataset data = all.markForget(all.trained().where(i -> i % 5 == 0));
      assertThat(data.validation().size()).isEqualTo(12);
      try (Unlearned unlearned = ascent.unlearn(UnlearningTask.of(network, data));
          Weights end = unlearned.network().weights()) {
        double[] expected = golden.numbers("/" + name + "/parameters");
        float[] found = end.toFloats();
        for (int i = 0; i < found.length; i++) {
          assertThat((double) found[i]).isCloseTo(expected[i], within(1e-4));
        }
        assertThat(start.distance(end)).isGreaterThan(0.1);
        assertThat(unlearned.record().epochs()).hasSize((int) golden.number("/" + name + "/steps"));
      }
    }
  }

  /** The accuracy of the original on validation rows is the target when none is named. */
  @Test
  void endsAtTheDefaultTargetAsPyTorch() {
    assertEndsAsPyTorch(
        new GradientAscent(
            Optional.empty(), Optional.of(1.0), OptionalInt.of(1), GoldenRun.training(200, 0.01)),
        "gradient-ascent-target");
  }

  /** The weights are those before the step that lost too much. */
  @Test
  void theGuardGoesBackAsInPyTorch() {
    assertEndsAsPyTorch(
        new GradientAscent(
            Optional.of(0.0), Optional.of(0.2), OptionalInt.of(1), GoldenRun.training(200, 0.01)),
        "gradient-ascent-guard");
  }

  @Test
  void anInterruptedRunRemembersTheLastWeightsThatPassed(@TempDir Path folder) {
    GradientAscent reckless =
        strategy()
            .withTarget(0)
            .withMaxUtilityDrop(0.1)
            .withCheckEverySteps(2)
            .withTraining(Runs.oneStep().withMaxEpochs(40).withLearningRate(0.5));
    Listener interruptor =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            if (steps == 3) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned whole = reckless.unlearn(UnlearningTask.of(network, data))) {
      RunOptions kept = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder));
      UnlearningTask task = UnlearningTask.of(network, data).withOptions(kept);
      assertThatThrownBy(() -> reckless.unlearn(task.withOptions(kept.withListener(interruptor))))
          .isInstanceOf(CancelledRunException.class);
      assertThat(Thread.interrupted()).isTrue();
      try (Unlearned resumed = reckless.unlearn(task);
          Unlearned again = reckless.unlearn(task)) {
        assertThat(resumed.record().reason()).isEqualTo(whole.record().reason());
        assertThat(StrategyContract.fingerprint(resumed.network()))
            .isEqualTo(StrategyContract.fingerprint(whole.network()));
        assertThat(StrategyContract.fingerprint(again.network()))
            .isEqualTo(StrategyContract.fingerprint(whole.network()));
      }
    }
  }

  @Test
  void aLossThatIsNoNumberEndsTheRunWithTheLastGoodWeights() {
    GradientAscent wild =
        strategy()
            .withoutGuard()
            .withTarget(0)
            .withTraining(Runs.oneStep().withMaxEpochs(50).withLearningRate(1e30));
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      DivergedException diverged =
          catchThrowableOfType(
              DivergedException.class, () -> wild.unlearn(UnlearningTask.of(network, data)));
      assertThat(diverged).isNotNull().hasMessageContaining("gradient-ascent was stopped");
      try (Weights lastGood = diverged.lastGood()) {
        assertThat(lastGood.isFinite()).isTrue();
      }
    }
  }
}
