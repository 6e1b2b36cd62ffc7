package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class SalunSoftTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return SalunSoft.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /** With two steps, q = 1 draws back ⌊P/2⌋ weights after the first and none after the last, which moves all again. */
  @Test
  void atLeastTheShareOfWeightsIsBackInItsPlaceAfterAStep() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights()) {
      float[] before = start.toFloats();
      long free = Runs.equalEntries(before, after(0, network, data));
      long drawn = Runs.equalEntries(before, after(1, network, data));
      assertThat(free).isLessThan(before.length / 20);
      assertThat(drawn).isBetween(before.length / 2L, before.length / 2L + free + 1);
    }
  }

  /** The weights after the first of two steps: the second is without a rate. */
  private static float[] after(double share, Network network, UnlearningDataset data) {
    return Runs.weightsAfter(firstStep(share), network, data);
  }

  private static SalunSoft firstStep(double share) {
    return new SalunSoft(
        share,
        Runs.oneStep()
            .withMaxEpochs(2)
            .withLearningRate(new org.erasus.train.LearningRate.Step(0.1, 1, 1e-30)));
  }

  /**
   * Weights of 0 say ½, so a step of 0.1 on the forget row 3, taught class 1, and the retain row 1 of class 1 goes by d = ±(0.1,
   * 0.05) for slope and bias. Of four weights q = ½ after half of the run is one: β = 0.05, and 0.1 is drawn back to 0.05.
   */
  @Test
  void drawsEveryWeightBackByTheThreshold() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {3, 1}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      assertThat(Runs.weightsAfter(firstStep(0), network, data))
          .containsExactly(new float[] {-0.1f, 0.1f, -0.05f, 0.05f}, within(1e-7f));
      assertThat(Runs.weightsAfter(firstStep(0.5), network, data))
          .containsExactly(new float[] {-0.05f, 0.05f, 0, 0}, within(1e-7f));
    }
  }

  /**
   * The last layer has 51 of 195 weights. Of those that may move half are drawn back after the first of two steps; the frozen
   * ones, which are all in their place, are not among them.
   */
  @Test
  void theShareIsThatOfTheWeightsThatMayMove() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights()) {
      float[] before = start.toFloats();
      LayerSubset last = new LayerSubset(firstStep(1), List.of());
      int drawn = (int) Runs.equalEntries(before, Runs.weightsAfter(last, network, data));
      LayerSubset free = new LayerSubset(firstStep(0), List.of());
      assertThat(Runs.equalEntries(before, Runs.weightsAfter(free, network, data)))
          .isEqualTo(before.length - 51);
      assertThat(drawn).isEqualTo(before.length - 51 + 25);
    }
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.PERCEPTRON.assertEqualToPyTorch(
        new SalunSoft(0.6, GoldenRun.training(5, 0.05)), "losses", "salun-soft");
  }

  /** The control: without the threshold it is random labels over the union, bit for bit; with it, it is not. */
  @Test
  void withoutAShareItIsRandomLabels() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      float[] labels =
          Runs.weightsAfter(
              new RandomLabel(RandomLabel.Order.JOINT, Runs.fewEpochs()), network, data);
      assertThat(Runs.weightsAfter(new SalunSoft(0, Runs.fewEpochs()), network, data))
          .isEqualTo(labels);
      assertThat(Runs.weightsAfter(new SalunSoft(0.5, Runs.fewEpochs()), network, data))
          .isNotEqualTo(labels);
    }
  }

  @Test
  void raisesTheForgetLoss() {
    assertThat(Runs.after(new SalunSoft(0.5, Runs.fewEpochs()), Runs::forgetLoss))
        .isGreaterThan(Runs.before(Runs::forgetLoss) + 0.1);
  }

  @Test
  void refusesAShareAboveOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SalunSoft.DEFAULTS.withShare(1.1))
        .withMessage("share must be in [0.0, 1.0], but was 1.1");
  }
}
