package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class LayerSubsetTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return LayerSubset.DEFAULTS;
  }

  private static LayerSubset tuned(String... layers) {
    return new LayerSubset(new FineTune(Runs.fewEpochs()), List.of(layers));
  }

  /**
   * h = 3·1 + 1 = 4, z = (4, 0), so 1 − p₀ = σ(−4) and ∂CE/∂(a, b) = −σ(−4)·(1, 1), ∂CE/∂(u, v) = σ(−4)·(−4, 4, −1, 1): a step of 0.1
   * on the named layer, none on the other.
   */
  @Test
  void aStepByHand() {
    float q = (float) (0.1 / (1 + Math.exp(4)));
    try (UnlearningDataset data = Runs.rows(1, new float[] {9, 1}, new int[] {0, 0}, 1);
        Network network = Runs.twoLayers(3, 1, 1, 0, 0, 0)) {
      FineTune step = new FineTune(Runs.oneStep());
      assertThat(Runs.weightsAfter(new LayerSubset(step, List.of("hidden")), network, data))
          .containsExactly(new float[] {3 + q, 1 + q, 1, 0, 0, 0}, within(1e-6f));
      assertThat(Runs.weightsAfter(new LayerSubset(step, List.of("head")), network, data))
          .containsExactly(new float[] {3, 1, 1 + 4 * q, -4 * q, q, -q}, within(1e-6f));
    }
  }

  /** On the last layers it is CF-k, which has goldens of its own. */
  @Test
  void theLastLayersAreThoseOfCfK() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1)) {
      float[] last = Runs.weightsAfter(new CfK(1, Runs.fewEpochs()), network, data);
      float[] two = Runs.weightsAfter(new CfK(2, Runs.fewEpochs()), network, data);
      assertThat(Runs.weightsAfter(tuned(), network, data)).isEqualTo(last).isNotEqualTo(two);
      assertThat(Runs.weightsAfter(tuned("head"), network, data)).isEqualTo(last);
      assertThat(Runs.weightsAfter(tuned("bn", "head"), network, data)).isEqualTo(two);
    }
  }

  /** The golden of CF-1 on the convolution, whose last layer is named 4. */
  @Test
  void stepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new LayerSubset(new FineTune(GoldenRun.training(5, 0.05)), List.of("4")), "losses", "cf-k");
  }

  @Test
  void aPathIsAllThatIsBelowIt() {
    Network deep =
        Network.of(
            new Sequential()
                .add("body", new Sequential().add("one", new Linear(4)).add("two", new Linear(4)))
                .add("body2", new Linear(4))
                .add("head", new Linear(Toys.CLASSES)),
            new Shape(Toys.WIDTH),
            1);
    try (deep;
        UnlearningDataset data = data();
        Weights start = deep.weights();
        Unlearned unlearned = tuned("body").unlearn(UnlearningTask.of(deep, data));
        Weights after = unlearned.network().weights()) {
      for (WeightLayout.Tensor tensor : deep.layout().tensors()) {
        assertThat(
                java.util.Arrays.equals(start.values(tensor.name()), after.values(tensor.name())))
            .as(tensor.name())
            .isEqualTo(!tensor.name().startsWith("body."));
      }
    }
  }

  @Test
  void refusesALayerThatIsNotThere() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> tuned("fc").unlearn(UnlearningTask.of(network, data)))
          .withMessage("the network has no trainable layer \"fc\"; known: hidden, head");
      assertThatThrownBy(
              () ->
                  new LayerSubset(Retrain.DEFAULTS, List.of())
                      .unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fresh weights");
    }
  }
}
