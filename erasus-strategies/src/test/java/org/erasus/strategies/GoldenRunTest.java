package org.erasus.strategies;

import static org.erasus.strategies.GoldenRun.training;

import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Statistics;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

/** Every strategy against an implementation of its paper in plain PyTorch, see {@code src/test/golden/strategies.py}. */
class GoldenRunTest {
  @Test
  void fineTuneStepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(new FineTune(training(5, 0.05)), "fine-tune");
  }

  @Test
  void gradientAscentStepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(training(5, 0.02)),
        "gradient-ascent");
  }

  @Test
  void negativeGradientStepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new NegativeGradient(0.8, 0.01, training(5, 0.05)), "negative-gradient");
  }

  @Test
  void splitRandomLabelsStepAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new RandomLabel(RandomLabel.Order.SPLIT, training(4, 0.05)), "random-label-split");
  }

  @Test
  void jointRandomLabelsStepAsPyTorch() {
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        new RandomLabel(RandomLabel.Order.JOINT, training(6, 0.05)), "random-label-joint");
  }

  @Test
  void salunStepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(new Salun(0.5, training(4, 0.05)), "salun");
  }

  @Test
  void aSaliencyMaskOverRandomLabelsIsSalun() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new SaliencyMask(RandomLabel.DEFAULTS.withTraining(training(4, 0.05)), 0.5), "salun");
  }

  @Test
  void scrubStepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new Scrub(4, 0.3, 0.9, 2, false, training(4, 0.02)), "scrub");
  }

  @Test
  void ssdDampensAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(new Ssd(1.05, 0.5), "ssd");
  }

  @Test
  void taskArithmeticEditsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        TaskArithmetic.DEFAULTS
            .withFixed(-1.5, 0.7)
            .withTraining(
                training(5, 0.01)
                    .withOptimizer(Optimizer.AdamW.DEFAULTS)
                    .withStatistics(Statistics.FREEZE)),
        "task-arithmetic");
  }

  @Test
  void npoWithClassesStepsAsPyTorch() {
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        new Npo(0.3, 0.7, Npo.RetainLoss.CROSS_ENTROPY, training(5, 0.05)), "npo-classes");
  }

  @Test
  void npoWithDivergenceStepsAsPyTorch() {
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        new Npo(0.3, 0.7, Npo.RetainLoss.DIVERGENCE, training(5, 0.05)), "npo-divergence");
  }

  // ---- small batches in their order, see batches.py

  private static Training batches(int epochs, double rate) {
    return training(epochs, rate).withBatchSize(6);
  }

  @Test
  void scrubTakesItsBatchesAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new Scrub(4, 0.3, 0.9, 2, false, batches(3, 0.02)), "batches", "scrub");
  }

  @Test
  void npoPairsItsBatchesAsPyTorch() {
    Npo npo = new Npo(0.3, 0.7, Npo.RetainLoss.CROSS_ENTROPY, batches(3, 0.05));
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        npo.withTraining(npo.training().withPairing(Pairing.JOINT)), "batches", "npo-joint");
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        npo.withTraining(npo.training().withPairing(Pairing.CYCLE_SHORTER)),
        "batches",
        "npo-cycle");
  }

  @Test
  void sfronTakesItsBatchesAsPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new SfrOn(
            0.8,
            0.5,
            0.5,
            0.7,
            0.1,
            3,
            batches(6, 0.5)
                .withOptimizer(Optimizer.Sgd.plain())
                .withPairing(Pairing.CYCLE_SHORTER)),
        "batches",
        "sfron");
  }
}
