package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SfrOnTest implements StrategyContract {
  private static final Training SLOW =
      Runs.oneStep().withOptimizer(Optimizer.Sgd.plain()).withLearningRate(0.5);

  @Override
  public UnlearningStrategy strategy() {
    return SfrOn.DEFAULTS.withTraining(
        SfrOn.DEFAULTS.training().withBatchSize(32).withMaxEpochs(2));
  }

  /**
   * Logits (wx + b, 0) in effect: with one forget row the coefficient is 1, and its cross entropy has the gradient (p − 1)(x, 1)
   * for class 0. One fast step of β, one retain step of η from there, half of the way as α is ½.
   */
  @Test
  void goesPartOfTheWayToWhereFineTuningFromTheFastWeightsEnds() {
    double beta = 0.3;
    double eta = 0.2;
    SfrOn strategy = new SfrOn(beta, 1e6, 0.5, 0, eta, 1, SLOW);
    try (UnlearningDataset data = Runs.rows(1, new float[] {2, 1}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0.4f, -0.4f, 0, 0)) {
      double[] fast = step(0.4, 0, 2, 0, beta); // up
      double[] slow = step(fast[0], fast[1], 1, 1, -eta); // down
      float[] found = Runs.weightsAfter(strategy, network, data);
      float w = (float) (0.4 + 0.5 * (slow[0] - 0.4));
      float b = (float) (0.5 * slow[1]);
      assertThat(found).containsExactly(new float[] {w, -w, b, -b}, within(1e-6f));
    }
  }

  /** The weights of class 0 after a step on one row; those of class 1 are their negatives. */
  private static double[] step(double w, double b, double x, int label, double rate) {
    double p = 1 / (1 + Math.exp(-2 * (w * x + b)));
    double error = label == 0 ? p - 1 : p;
    return new double[] {w + rate * error * x, b + rate * error};
  }

  /**
   * Gaps of 20 and 1 between the two logits: in 32 bits log p of the first row is 0, and a row of no loss at all would have all
   * of the coefficients. In 64 bits ℓ = log(1 + e^−m), ε̃ = 2 ℓ^−½ / Σ ℓ^−½, and −∂ℓ/∂m = 1/(1 + e^m).
   */
  @Test
  void aRowThatIsKnownTooWellForThirtyTwoBitsKeepsItsMeasure() {
    double beta = 1e4;
    SfrOn strategy = new SfrOn(beta, 1e6, 0.5, 0, 1e-30, 1, SLOW.withLearningRate(1));
    double[] x = {10, 0.5};
    double[] coefficients = new double[2];
    for (int i = 0; i < 2; i++) {
      coefficients[i] = 1 / Math.sqrt(Math.log1p(Math.exp(-2 * x[i])));
    }
    double w = 1;
    double b = 0;
    for (int i = 0; i < 2; i++) {
      double share = coefficients[i] / (coefficients[0] + coefficients[1]);
      double error = beta * share / (1 + Math.exp(2 * x[i]));
      w -= error * x[i];
      b -= error;
    }
    assertThat(1 - w).isGreaterThan(0.1);
    try (UnlearningDataset data = Runs.rows(1, new float[] {10, 0.5f, -1}, new int[] {0, 0, 1}, 2);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      assertThat(Runs.weightsAfter(strategy, network, data))
          .containsExactly(
              new float[] {(float) w, (float) -w, (float) b, (float) -b}, within(3e-6f));
    }
  }

  /** The fast step alone is β c long where the gradient is longer than c; the control is a c that it does not reach. */
  @Test
  void theFastStepIsClipped() {
    SfrOn strategy = new SfrOn(0.3, 0.01, 0.5, 0, 1e-30, 1, SLOW.withLearningRate(1));
    try (UnlearningDataset data = Runs.rows(1, new float[] {2, 1}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0.4f, -0.4f, 0, 0)) {
      assertThat(way(strategy, network, data)).isCloseTo(0.3 * 0.01, within(1e-6));
      // (1 − p)·√(2² + 1²) for each of the classes, p = 1/(1 + e^−1.6)
      assertThat(way(strategy.withMaxForgetNorm(1e6), network, data))
          .isCloseTo(0.3 * Math.sqrt(10) / (1 + Math.exp(1.6)), within(1e-6));
    }
  }

  private static double way(SfrOn strategy, Network network, UnlearningDataset data) {
    float[] before = network.parameters().toFloatArray();
    float[] after = Runs.weightsAfter(strategy, network, data);
    double squares = 0;
    for (int i = 0; i < after.length; i++) {
      squares += Math.pow((double) after[i] - before[i], 2);
    }
    return Math.sqrt(squares);
  }

  /** With λ 0 all rows count alike; with λ 1 every row has the same share of the loss: the mean is the harmonic mean of ℓ. */
  @Test
  void theTemperatureDecidesWhichRowsCount() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 3, 1}, new int[] {0, 0, 1}, 2);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      double a = Math.log(1 + Math.exp(-2));
      double b = Math.log(1 + Math.exp(-6));
      SfrOn strategy = SfrOn.DEFAULTS.withTraining(Runs.oneStep()).withRetainSteps(1);
      assertThat(loss(strategy.withTemperature(0), network, data))
          .isCloseTo(-(a + b) / 2, within(1e-6));
      assertThat(loss(strategy.withTemperature(1), network, data))
          .isCloseTo(-2 / (1 / a + 1 / b), within(1e-6));
    }
  }

  private static double loss(SfrOn strategy, Network network, UnlearningDataset data) {
    return Runs.firstEpoch(strategy, network, data).forgetLoss().orElseThrow();
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new SfrOn(0.8, 0.5, 0.5, 0.7, 0.1, 3, golden(0.5)), "gradients", "sfron");
  }

  @Test
  void stepsOnBatchStatisticsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new SfrOn(0.8, 0.5, 0.5, 0.7, 0.1, 3, golden(1)), "gradients", "sfron-convolution");
  }

  private static Training golden(double alpha) {
    return GoldenRun.training(5, alpha).withOptimizer(Optimizer.Sgd.plain());
  }

  private static final SfrOn STRONG =
      SfrOn.DEFAULTS
          .withForgetRate(4)
          .withTraining(SfrOn.DEFAULTS.training().withBatchSize(32).withMaxEpochs(5));

  /** The control: when no weight stands out for the forget rows there is no fast step, and less is forgotten. */
  @Test
  void theFastStepsRaiseTheForgetLoss() {
    assertThat(Runs.after(STRONG, Runs::forgetLoss))
        .isGreaterThan(Runs.before(Runs::forgetLoss) + 0.02)
        .isGreaterThan(Runs.after(STRONG.withSaliency(1e30), Runs::forgetLoss) + 0.02);
  }

  /** The other control: without fine-tuning from the fast weights the retain loss suffers. */
  @Test
  void fineTuningFromTheFastWeightsKeepsTheRetainLoss() {
    assertThat(Runs.after(STRONG, Runs::retainLoss))
        .isLessThan(Runs.after(STRONG.withRetainRate(1e-9), Runs::retainLoss) - 0.003);
  }

  @Test
  void aRunKilledAfterAnyStepEndsTheSame(@TempDir Path folder) {
    Runs.assertGoesOnAfterAnyStep(strategy(), 4, folder);
  }

  @Test
  void frozenWeightsStayBitIdentical() {
    Runs.assertFrozenWeightsStay(strategy());
  }

  /** 18 + 162 rows for the Fisher; two batches of 81 retain rows beside the forget rows; 18 + 81 for the record. */
  @Test
  void countsEveryRow() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            SfrOn.DEFAULTS
                .withRetainSteps(2)
                .withTraining(SLOW.withBatchSize(81))
                .unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.record().rowsForwardBackward()).isEqualTo(180 + 18 + 162 + 16 + 16);
    }
  }

  @Test
  void refusesStepsThatDoNotHaveBothGradients() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () ->
                  SfrOn.DEFAULTS
                      .withTraining(SLOW.withPairing(Pairing.ALTERNATE))
                      .unlearn(UnlearningTask.of(network, data)))
          .hasMessageContaining("choose JOINT or CYCLE_SHORTER");
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withForgetRate(0))
        .withMessage("forgetRate must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withMaxForgetNorm(0))
        .withMessageContaining("maxForgetNorm");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withTemperature(-1))
        .withMessageContaining("temperature");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withSaliency(-1))
        .withMessageContaining("saliency");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withRetainRate(0))
        .withMessageContaining("retainRate");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SfrOn.DEFAULTS.withRetainSteps(0))
        .withMessageContaining("retainSteps");
  }
}
