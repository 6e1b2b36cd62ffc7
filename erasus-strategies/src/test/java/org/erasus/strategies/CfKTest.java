package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class CfKTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return new CfK(1, Toys.training().withMaxEpochs(2));
  }

  @Test
  void stepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new CfK(1, GoldenRun.training(5, 0.05)), "losses", "cf-k");
  }

  /** h = 3·1 + 1 = 4 and z = 0, so p = ½ and ∂CE/∂(u, v) = (−½h, ½h, −½, ½): a step of 0.1 on the head, none on what is before. */
  @Test
  void aStepByHand() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {9, 1}, new int[] {0, 0}, 1);
        Network network = Runs.twoLayers(3, 1, 0, 0, 0, 0)) {
      assertThat(Runs.weightsAfter(new CfK(1, Runs.oneStep()), network, data))
          .containsExactly(new float[] {3, 1, 0.2f, -0.2f, 0.05f, -0.05f}, within(1e-6f));
    }
  }

  /** The toy perceptron: 0 is its first layer, 1 its last. The control of the mask: the first does not move, the last does. */
  @Test
  void onlyTheLastLayerMoves() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights()) {
      float[] before = start.toFloats();
      float[] after = Runs.weightsAfter(strategy(), network, data);
      int last = (int) network.layout().trainable().get(2).offset();
      for (int i = 0; i < before.length; i++) {
        assertThat(after[i] == before[i]).as("parameter %d stayed", i).isEqualTo(i < last);
      }
    }
  }

  @Test
  void allLayersAreFineTuning() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThat(Runs.weightsAfter(new CfK(2, Runs.fewEpochs()), network, data))
          .isEqualTo(Runs.weightsAfter(new FineTune(Runs.fewEpochs()), network, data));
    }
  }

  @Test
  void refusesMoreLayersThanThereAre() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CfK.DEFAULTS.withLayers(0))
        .withMessage("layers must be at least 1, but was 0");
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CfK.DEFAULTS.withLayers(3).unlearn(UnlearningTask.of(network, data)))
          .withMessage("layers must be at most 2, as many as the network has, but was 3");
    }
  }
}
