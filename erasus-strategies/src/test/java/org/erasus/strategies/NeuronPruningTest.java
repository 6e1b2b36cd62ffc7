package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import java.util.Arrays;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeuronPruningTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return NeuronPruning.DEFAULTS;
  }

  /**
   * h = relu(x): for the forget row (4, 1) the units are 4 and 1, for the retain row (1, 2) they are 1 and 2. With ε 1 the
   * scores are 4/2 and 1/3: the first is silenced, its column of the head becomes 0, its own weights stay.
   */
  @Test
  void silencesTheUnitOfTheHighestRatio() {
    Network network =
        Network.of(
            new Sequential()
                .add("hidden", new Linear(2))
                .apply(Activation::relu)
                .add("head", new Linear(2)),
            new Shape(2),
            1);
    float[] values = {1, 0, 0, 1, 0, 0, 5, 6, 7, 8, 9, 10};
    try (network;
        UnlearningDataset data = Runs.rows(2, new float[] {4, 1, 1, 2}, new int[] {0, 1}, 1);
        Weights start = Weights.of(network.layout(), values, new float[0])) {
      network.restore(start);
      assertThat(Runs.weightsAfter(new NeuronPruning(0.5, 1), network, data))
          .containsExactly(1, 0, 0, 1, 0, 0, 0, 6, 0, 8, 9, 10);
    }
  }

  /**
   * h = relu(x): the forget row (4, 0, 0, 0) leaves three of four units at 0, so with a share of three quarters the first is
   * silenced alone. The others do nothing for the row, whatever their number; they keep their columns.
   */
  @Test
  void unitsThatAreSilentOnForgetRowsStay() {
    Network network =
        Network.of(
            new Sequential()
                .add("hidden", new Linear(4))
                .apply(Activation::relu)
                .add("head", new Linear(2)),
            new Shape(4),
            1);
    float[] eye = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    float[] values = new float[16 + 4 + 8 + 2];
    System.arraycopy(eye, 0, values, 0, 16);
    for (int i = 20; i < 28; i++) {
      values[i] = i;
    }
    try (network;
        UnlearningDataset data =
            Runs.rows(4, new float[] {4, 0, 0, 0, 1, 2, 3, 4}, new int[] {0, 1}, 1);
        Weights start = Weights.of(network.layout(), values, new float[0])) {
      network.restore(start);
      float[] expected = values.clone();
      expected[20] = 0;
      expected[24] = 0;
      try (Unlearned unlearned =
              new NeuronPruning(0.75, 1).unlearn(UnlearningTask.of(network, data));
          Weights found = unlearned.network().weights()) {
        assertThat(found.toFloats()).containsExactly(expected);
        assertThat(unlearned.record().toString()).contains("1 of 4 units were silenced");
      }
    }
  }

  @Test
  void silencesAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new NeuronPruning(1 / 3.0, 0.01), "layers", "neuron-pruning");
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new NeuronPruning(0.25, 0.05), "layers", "neuron-pruning-dense");
  }

  /** The control: what is chosen costs the forget rows more than the retain rows. */
  @Test
  void theForgetRowsSufferMore() {
    NeuronPruning strong = NeuronPruning.DEFAULTS.withShare(0.3);
    try (UnlearningDataset data = Runs.cloudsWithoutAClass();
        Network network = network(data);
        Unlearned unlearned = strong.unlearn(UnlearningTask.of(network, data))) {
      double forgotten =
          Runs.forgetLoss(unlearned.network(), data) - Runs.forgetLoss(network, data);
      double kept = Runs.retainLoss(unlearned.network(), data) - Runs.retainLoss(network, data);
      assertThat(forgotten).isGreaterThan(kept + 0.2);
      assertThat(unlearned.record().rowsForward()).isEqualTo(180);
    }
  }

  /** In groups no column of the weights is a channel's alone; such layers are not looked into, from the first row on. */
  @Test
  void groupsOfChannelsAreRefused() {
    SequentialBlock block =
        new SequentialBlock()
            .add(
                Conv2d.builder().setKernelShape(new Shape(1, 1)).setFilters(2).optGroups(2).build())
            .addSingleton(TorchOps::globalAverage)
            .add(new Linear(Toys.CLASSES));
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Network.of(block, new Shape(2, 2, 2), 1)) {
      assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("one group");
    }
  }

  /** A unit of a linear layer is along the last axis, not along that of the 5 positions; its 4 columns are no positions. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void linearLayersThatReadPositionsAreRefused(int positions) {
    Sequential block =
        new Sequential()
            .add("first", new Linear(4))
            .apply(Activation::relu)
            .add("second", new Linear(4))
            .add(Blocks.batchFlattenBlock())
            .add("head", new Linear(2));
    Shape row = new Shape(positions, 3);
    float[] values = new float[2 * positions * 3];
    Arrays.fill(values, 1);
    try (UnlearningDataset all = UnlearningDataset.of(values, row, new int[] {0, 1}, 2);
        Network network = Network.of(block, row, 1)) {
      UnlearningDataset data = all.markForget(all.rows().first(1));
      assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessage(
              "layer second takes (1, %d, 4) and has weights (4, 4), which have no column for each unit: it cannot be"
                  + " pruned",
              positions);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NeuronPruning.DEFAULTS.withShare(1))
        .withMessage("share must be in (0.0, 1.0), but was 1.0");
    try (UnlearningDataset two = Runs.rows(1, new float[] {1, 2}, new int[] {0, 1}, 1);
        Network single = Runs.linear(1, 1, -1, 0, 0);
        UnlearningDataset data = data();
        Network flat = Toys.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(single, two)))
          .withMessage(
              "neuron-pruning needs a network with hidden units, but this one has a single layer");
      flat.parameters().subi(flat.parameters().duplicate());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(flat, data)))
          .withMessage("all 16 units score 0.0: none stands out");
    }
  }
}
