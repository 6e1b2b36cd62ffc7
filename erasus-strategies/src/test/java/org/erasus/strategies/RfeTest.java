package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.Arrays;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RfeTest implements StrategyContract {
  private static final Training SHORT =
      Toys.training().withMaxEpochs(2).withLearningRate(0.02).withOptimizer(Optimizer.Sgd.plain());

  private static final Rfe RFE =
      Rfe.DEFAULTS.withAdjacentShare(0.3).withRaising(SHORT).withRestoring(SHORT);

  private static final Training STILL = Runs.oneStep().withLearningRate(1e-30);

  @Override
  public UnlearningStrategy strategy() {
    return RFE;
  }

  /** At θ₀ the remote loss is what it is held to, so h = 0 and λ = 0: the first step is that of gradient ascent. */
  @Test
  void theFirstStepIsThatOfGradientAscent() {
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    Rfe rfe = RFE.withRaising(Runs.oneStep()).withRestoring(STILL);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(rfe, network, data))
          .containsExactly(Runs.weightsAfter(ascent, network, data), within(1e-6f));
      assertThat(Runs.weightsAfter(rfe.withCap(1e-6), network, data))
          .as("rows above the cap are not pushed")
          .containsExactly(network.parameters().toFloatArray(), within(1e-6f));
    }
  }

  /**
   * From θ̄ = θ₀ the gradient of W₂² is 0, so a step of phase 2 is at right angles to the gradients of the forget and the
   * remote loss, and goes down that of the adjacent one.
   */
  @Test
  void aStepOfPhaseTwoLeavesForgetAndRemoteLossAsTheyAre() {
    Rfe rfe = RFE.withRaising(STILL).withRestoring(Runs.oneStep());
    try (UnlearningDataset data = data();
        Network network = network(data);
        NDManager scope = EngineRuntime.newManager()) {
      Rows retain = data.retain();
      Rows adjacent = retain.where(i -> i % 4 == 0);
      Rows remote = retain.where(i -> i % 4 != 0);
      UnlearningTask task =
          UnlearningTask.of(network, data)
              .withRetainCoreset(Coreset.of(adjacent.ids(), "every fourth"));
      try (Unlearned unlearned = rfe.unlearn(task)) {
        float[] before = network.parameters().toFloatArray();
        float[] way = unlearned.network().parameters().toFloatArray();
        for (int i = 0; i < way.length; i++) {
          way[i] -= before[i];
        }
        assertThat(cosine(way, gradient(network, data.forget(), scope))).isCloseTo(0, within(1e-3));
        assertThat(cosine(way, gradient(network, remote, scope))).isCloseTo(0, within(1e-3));
        assertThat(cosine(way, gradient(network, adjacent, scope))).isLessThan(-0.1);
      }
    }
  }

  /** Weights of the rows count in both phases, and those of a coreset once: on the rows or on the coreset is the same. */
  @Test
  void weightsOfRowsAndOfTheCoresetMultiply() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Rows retain = data.retain();
      Rows adjacent = retain.where(i -> i % 4 == 0);
      Rows remote = retain.where(i -> i % 4 != 0);
      double[] some = new double[adjacent.size()];
      Arrays.setAll(some, i -> 1 + i % 3);
      double[] others = new double[remote.size()];
      Arrays.setAll(others, i -> 1 + i % 2);
      Coreset plain = Coreset.of(adjacent.ids(), "every fourth");
      UnlearningDataset onRows = data.withWeights(adjacent, some);
      float[] weighted = after(network, onRows, plain);
      assertThat(weighted)
          .isEqualTo(after(network, data, plain.withWeights(some)))
          .isNotEqualTo(after(network, data, plain));
      assertThat(after(network, onRows.withWeights(remote, others), plain)).isNotEqualTo(weighted);
    }
  }

  private static float[] after(Network network, UnlearningDataset data, Coreset adjacent) {
    try (Unlearned unlearned =
        RFE.unlearn(UnlearningTask.of(network, data).withRetainCoreset(adjacent))) {
      return unlearned.network().parameters().toFloatArray();
    }
  }

  private static float[] gradient(Network network, Rows rows, NDManager scope) {
    return network.lossGradient(rows, scope).toFloatArray();
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return product / Math.sqrt(aa * bb);
  }

  /** Of eight rows two of class 0 are forgotten; the two others of the class are the adjacent quarter of the rest. */
  @Test
  void theRowsOfTheForgottenClassAreAdjacent() {
    float[] x = {2, 1, 1.5f, -1, -2, -1.5f, 0.7f, -0.4f};
    int[] classes = {0, 0, 0, 1, 1, 1, 0, 1};
    try (UnlearningDataset data = Runs.rows(1, x, classes, 2);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      RunLog log = RunLog.start(task, RFE);
      assertThat(RFE.withAdjacentShare(1 / 3.0).likeForgetRows(task, log).ids())
          .containsExactlyInAnyOrder(2, 6);
    }
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Rfe(1, 3, 0.4, 0.5, GoldenRun.training(4, 0.05), GoldenRun.training(4, 0.05)),
        "gradients",
        "rfe");
  }

  /** The control: without the forget term nothing is forgotten. */
  @Test
  void theForgetTermRaisesTheForgetLoss() {
    Rfe rfe = RFE.withRaising(Toys.training().withMaxEpochs(3).withLearningRate(0.02));
    double before = Runs.before(Runs::forgetLoss);
    assertThat(Runs.after(rfe, Runs::forgetLoss)).isGreaterThan(before + 0.1);
    assertThat(Runs.after(rfe.withRaising(rfe.raising().withForgetWeight(0)), Runs::forgetLoss))
        .isLessThan(before + 0.05);
  }

  /** The other control: without the penalty the retain rows suffer more in phase 1. */
  @Test
  void thePenaltyHoldsTheRetainLoss() {
    Rfe rfe =
        RFE.withRaising(Toys.training().withMaxEpochs(5).withLearningRate(0.05))
            .withRestoring(STILL);
    assertThat(Runs.after(rfe, Runs::retainLoss))
        .isLessThan(Runs.after(rfe.withPenalty(1e-9), Runs::retainLoss) / 2);
  }

  @Test
  void frozenWeightsStayBitIdentical() {
    Runs.assertFrozenWeightsStay(
        RFE.withRaising(SHORT.withLearningRate(0.05)).withRestoring(SHORT.withLearningRate(0.05)));
  }

  /** Steps of both phases: 113 remote rows in 4 batches and 49 adjacent ones in 2, two epochs each. */
  @Test
  void aRunKilledAfterAnyStepEndsTheSame(@TempDir Path folder) {
    Runs.assertGoesOnAfterAnyStep(strategy(), 12, folder);
  }

  @Test
  void needsRemoteRows() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      UnlearningTask task =
          UnlearningTask.of(network, data)
              .withRetainCoreset(Coreset.of(data.retain().ids(), "all"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> RFE.unlearn(task))
          .withMessageContaining("needs remote retain rows")
          .withMessageContaining("name fewer");
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RFE.withCap(0))
        .withMessage("cap must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RFE.withPenalty(0))
        .withMessageContaining("penalty");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RFE.withDistribution(1.5))
        .withMessageContaining("distribution");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RFE.withAdjacentShare(1))
        .withMessageContaining("adjacentShare");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RFE.withRaising(SHORT.withPairing(Pairing.ALTERNATE)))
        .withMessageContaining("choose JOINT or CYCLE_SHORTER");
  }
}
