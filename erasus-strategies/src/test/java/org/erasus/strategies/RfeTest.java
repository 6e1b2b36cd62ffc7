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

  /** So it is with rows of unequal weight: what the remote loss is held to is its weighted mean. */
  @Test
  void theFirstStepIsThatOfGradientAscentWithWeightsToo() {
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    Rfe rfe = RFE.withRaising(Runs.oneStep()).withRestoring(STILL);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Rows retain = data.retain();
      double[] weights = Arrays.stream(retain.labels()).mapToDouble(y -> 1 + 9 * y).toArray();
      UnlearningDataset weighted = data.withWeights(retain, weights);
      assertThat(Runs.weightsAfter(rfe, network, weighted))
          .containsExactly(Runs.weightsAfter(ascent, network, weighted), within(1e-6f));
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

  /**
   * Two steps of phase 2 in 64 bits. Weights of class 1 are the negatives of those of class 0, so v = (w₁, w₂, b) tells all. The
   * first step is long enough to change which of the two forget rows has the larger loss: W₂² of the second pairs them the
   * other way round.
   */
  @Test
  void theSecondStepOfPhaseTwoHoldsTheSortedLosses() {
    float[] x = {1, 0.5f, -0.5f, 1, 0.8f, 0.3f, 0.2f, 0.9f, -1, 0.4f, 0.3f, -1};
    int[] labels = {0, 0, 1, 0, 1, 1};
    Rfe rfe =
        RFE.withDistribution(0.9)
            .withRaising(STILL)
            .withRestoring(Runs.oneStep().withMaxEpochs(2).withLearningRate(3));
    double[] v = restored(0.9, x, labels);
    assertThat(Math.abs(v[1] - restored(0, x, labels)[1])).isGreaterThan(0.01);
    try (UnlearningDataset data = Runs.rows(2, x, labels, 2);
        Network network = Runs.linear(2, 0.3f, -0.2f, -0.3f, 0.2f, 0.1f, -0.1f)) {
      UnlearningTask task =
          UnlearningTask.of(network, data)
              .withRetainCoreset(Coreset.of(data.retain().first(2).ids(), "near"));
      try (Unlearned unlearned = rfe.unlearn(task)) {
        float[] expected = new float[6];
        for (int i = 0; i < 3; i++) {
          int place = i < 2 ? i : 4; // W₀, W₁, b
          expected[place] = (float) v[i];
          expected[place + (i < 2 ? 2 : 1)] = (float) -v[i];
        }
        assertThat(unlearned.network().parameters().toFloatArray())
            .containsExactly(expected, within(1e-5f));
      }
    }
  }

  /** v after two steps of 3: rows 0 and 1 are to be forgotten, 2 and 3 adjacent, 4 and 5 remote. */
  private static double[] restored(double alpha, float[] x, int[] labels) {
    double[] v = {0.3, -0.2, 0.1};
    double[] before = {loss(v, x, labels, 0), loss(v, x, labels, 1)};
    Arrays.sort(before);
    for (int step = 0; step < 2; step++) {
      boolean swapped = loss(v, x, labels, 0) > loss(v, x, labels, 1);
      double[] forget = new double[3];
      for (int k = 0; k < 2; k++) {
        int row = swapped ? 1 - k : k; // of the k-th smallest loss
        double moved = loss(v, x, labels, row) - before[k];
        add(forget, (1 - alpha + alpha * 2 * moved) / 2, gradient(v, x, labels, row));
      }
      double[] remote = mean(v, x, labels, 4);
      double[] way = without(mean(v, x, labels, 2), forget);
      add(v, -3, without(way, without(remote, forget)));
    }
    return v;
  }

  private static double margin(double[] v, float[] x, int[] labels, int row) {
    double gap = 2 * (v[0] * x[2 * row] + v[1] * x[2 * row + 1] + v[2]);
    return labels[row] == 0 ? gap : -gap;
  }

  private static double loss(double[] v, float[] x, int[] labels, int row) {
    return Math.log1p(Math.exp(-margin(v, x, labels, row)));
  }

  private static double[] gradient(double[] v, float[] x, int[] labels, int row) {
    double error = (labels[row] == 0 ? -1 : 1) / (1 + Math.exp(margin(v, x, labels, row)));
    return new double[] {error * x[2 * row], error * x[2 * row + 1], error};
  }

  private static double[] mean(double[] v, float[] x, int[] labels, int first) {
    double[] sum = new double[3];
    add(sum, 0.5, gradient(v, x, labels, first));
    add(sum, 0.5, gradient(v, x, labels, first + 1));
    return sum;
  }

  private static void add(double[] to, double factor, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * what[i];
    }
  }

  private static double[] without(double[] a, double[] b) {
    double ab = 0;
    double bb = 0;
    for (int i = 0; i < 3; i++) {
      ab += a[i] * b[i];
      bb += b[i] * b[i];
    }
    double[] left = a.clone();
    add(left, -ab / bb, b);
    return left;
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
