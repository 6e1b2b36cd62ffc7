package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.EarlyStopping;
import org.erasus.train.Monitor;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class UnsirTest implements StrategyContract {
  @Override
  public Unsir strategy() {
    return Unsir.DEFAULTS;
  }

  @Override
  public UnlearningDataset data() {
    return Runs.cloudsWithoutAClass();
  }

  /**
   * A network of zeros tells nothing about its inputs, so the penalty alone moves the noise, and Adam's first step is its rate
   * towards 0 in every entry.
   */
  @Test
  void thePenaltyPullsTheNoiseTowardsZero() {
    Unsir oneStep = Unsir.DEFAULTS.withNoise(new Unsir.Noise(2, 1, 1, 0.1, 0.5));
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      assertThat(oneStep.make(task, 0, new float[] {0.7f, -0.4f}, RunLog.start(task, oneStep)))
          .containsExactly(new float[] {0.6f, -0.3f}, within(1e-5f));
    }
  }

  /** z = (x, −x): the loss of class 0 grows to the left, that of class 1 to the right. */
  @Test
  void theNoiseMovesAwayFromItsClass() {
    Unsir free = Unsir.DEFAULTS.withNoise(new Unsir.Noise(1, 1, 10, 0.1, 0));
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      RunLog log = RunLog.start(task, free);
      assertThat(free.make(task, 0, new float[] {0}, log)[0]).isLessThan(-0.5f);
      assertThat(free.make(task, 1, new float[] {0}, log)[0]).isGreaterThan(0.5f);
    }
  }

  @Test
  void stepsAsPyTorch() {
    Unsir settings =
        new Unsir(
            new Unsir.Noise(5, 3, 6, 0.1, 0.1),
            1,
            GoldenRun.training(1, 0.5),
            GoldenRun.training(1, 0.25));
    float[] start = new float[5 * 8];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) Math.sin(1.9 * (i + 1));
    }
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Runs.Given(
            task -> {
              UnlearningDataset rows = task.data();
              return settings.unlearn(
                  task.withData(rows.markRetain(rows.trained()).markForgetClasses(1)),
                  label -> start);
            }),
        "layers",
        "unsir");
  }

  /** The controls: without impairing, the class stays; without repairing, the others suffer. */
  @Test
  void impairingForgetsAndRepairingRepairs() {
    Unsir strong =
        Unsir.DEFAULTS.withImpair(Runs.fewEpochs()).withRepair(Runs.fewEpochs()).withRetainShare(1);
    Training still = Runs.oneStep().withLearningRate(1e-12);
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned both = strong.unlearn(UnlearningTask.of(network, data));
        Unlearned neither =
            strong.withImpair(still).withRepair(still).unlearn(UnlearningTask.of(network, data));
        Unlearned impaired = strong.withRepair(still).unlearn(UnlearningTask.of(network, data))) {
      double before = Runs.forgetLoss(network, data);
      assertThat(Runs.forgetLoss(neither.network(), data)).isCloseTo(before, within(1e-4));
      assertThat(Runs.forgetLoss(both.network(), data)).isGreaterThan(before + 0.3);
      assertThat(Runs.retainLoss(both.network(), data))
          .isLessThan(Runs.retainLoss(impaired.network(), data));
    }
  }

  /**
   * The control of the noise: as it is drawn it impairs less. So it is with little noise; of copies enough, any noise under one
   * label drives the class out of the toy.
   */
  @Test
  void noiseThatWasMadeImpairsMoreThanNoiseAsDrawn() {
    Unsir made =
        Unsir.DEFAULTS
            .withNoise(new Unsir.Noise(32, 1, 40, 0.1, 0))
            .withImpair(Runs.fewEpochs())
            .withRepair(Runs.fewEpochs())
            .withRetainShare(1);
    Unsir drawn = made.withNoise(new Unsir.Noise(32, 1, 0, 0.1, 0));
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned one = made.unlearn(UnlearningTask.of(network, data).withSeed(2));
        Unlearned other = drawn.unlearn(UnlearningTask.of(network, data).withSeed(2))) {
      assertThat(Runs.forgetLoss(one.network(), data))
          .isGreaterThan(Runs.forgetLoss(other.network(), data) + 0.3);
    }
  }

  /**
   * A retain row of weight 0 is not taught, in either phase: whatever it holds, the weights are the same to the bit. The
   * control: with weight 1 it makes a difference.
   */
  @Test
  void theRowsOfTheSampleKeepTheirWeights() {
    Unsir all = Unsir.DEFAULTS.withRetainShare(1);
    float[] elsewhere = {9, -9, 9, -9, 9, -9, 9, -9};
    try (UnlearningDataset data = data();
        UnlearningDataset other = data.withRows(data.retain().first(1), elsewhere, new int[] {1});
        Network network = network(data)) {
      for (double weight : new double[] {0, 1}) {
        boolean equal =
            Arrays.equals(
                Runs.weightsAfter(all, network, weighted(data, weight)),
                Runs.weightsAfter(all, network, weighted(other, weight)));
        assertThat(equal).as("weight " + weight).isEqualTo(weight == 0);
      }
    }
  }

  private static UnlearningDataset weighted(UnlearningDataset data, double weight) {
    return data.withWeights(data.retain().first(1), new double[] {weight});
  }

  @Test
  void refusesEarlyStoppingInEitherPhase() {
    Training stops =
        Training.DEFAULTS.withEarlyStopping(
            new EarlyStopping(Monitor.RETAIN_ACCURACY, EarlyStopping.Mode.MAX, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Unsir.DEFAULTS.withImpair(stops))
        .withMessageStartingWith("impair and repair must have no early stopping");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Unsir.DEFAULTS.withRepair(stops))
        .withMessageStartingWith("impair and repair must have no early stopping");
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (UnlearningDataset rows = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, rows)))
          .withMessage(
              "unsir needs forget rows of whole classes, but some rows of their classes are kept: mark all rows of"
                  + " the classes with markForgetClasses, or use a strategy for rows");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Unsir.Noise(0, 1, 1, 0.1, 0))
        .withMessage("rows must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Unsir.Noise(1, 1, 1, 0.1, -1))
        .withMessage("penalty must be >= 0 and finite, but was -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Unsir.DEFAULTS.withRetainShare(0))
        .withMessageStartingWith("retainShare must be in [");
  }
}
