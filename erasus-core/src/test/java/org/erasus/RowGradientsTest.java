package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.util.List;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

class RowGradientsTest {
  private static final Shape SHAPE = new Shape(2, 4, 4);

  private static UnlearningDataset data() {
    float[] inputs = new float[5 * (int) SHAPE.size()];
    var random = new Seeds(3).stream("inputs");
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextDouble(-1, 1);
    }
    return UnlearningDataset.of(inputs, SHAPE, new int[] {0, 1, 2, 1, 0}, 3);
  }

  private static Sequential block(Block first) {
    return new Sequential()
        .add("first", first)
        .add("bn", new BatchNorm2d())
        .apply(Activation::tanh)
        .apply(TorchOps::globalAverage)
        .add("fc", new Linear(3));
  }

  private static void assertNormsAreThoseOfABackwardPassOfEachRow(Block block) {
    try (UnlearningDataset data = data();
        Network network = Network.of(block, SHAPE, 1)) {
      // 5 rows in batches of 2: the last is smaller
      double[] norms = RowGradients.norms(network, data.rows(), 2, done -> {});
      for (int i = 0; i < norms.length; i++) {
        double expected = norm(network, data.rows().take(i));
        assertThat(norms[i]).as("row %d", i).isCloseTo(expected, within(1e-4 * expected));
      }
    }
  }

  private static double norm(Network network, Rows row) {
    try (Batch batch = row.load(network.device());
        GradMode on = GradMode.on()) {
      NDArray logits = network.forward(batch, Network.Mode.EVALUATE, 0);
      NDArray loss = TorchOps.crossEntropySum(logits, batch.labels());
      return TorchOps.flatGradient(loss, network.trainable()).norm().getFloat();
    }
  }

  @Test
  void normsAreThoseOfABackwardPassOfEachRow() {
    assertNormsAreThoseOfABackwardPassOfEachRow(block(Conv2d.withBias(4, 3, 1, 1)));
  }

  @Test
  void frozenLayersDoNotCount() {
    Conv2d frozen = Conv2d.withBias(4, 3, 1, 1);
    frozen.freezeParameters(true);
    assertNormsAreThoseOfABackwardPassOfEachRow(block(frozen));
  }

  @Test
  void batchNormalisationOfDjlWithoutScaleAndCentreDoesNotCount() {
    assertNormsAreThoseOfABackwardPassOfEachRow(
        new SequentialBlock()
            .add(BatchNorm.builder().optScale(false).optCenter(false).build())
            .add(Activation.tanhBlock())
            .add(ai.djl.nn.Blocks.batchFlattenBlock())
            .add(ai.djl.nn.core.Linear.builder().setUnits(3).build()));
  }

  @Test
  void aLayerFrozenInPartIsRefused() {
    Conv2d convolution = Conv2d.withBias(4, 3, 1, 1);
    convolution.freezeParameters(true, parameter -> parameter.getName().equals("bias"));
    try (UnlearningDataset data = data();
        Network network = Network.of(block(convolution), SHAPE, 1)) {
      assertThatThrownBy(() -> RowGradients.norms(network, data.rows(), 2, done -> {}))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("frozen as a whole, but of " + List.of("weight", "bias"));
    }
  }

  @Test
  void productsWithAVectorOfAnotherLengthAreRefused() {
    try (UnlearningDataset data = data();
        Network network = Network.of(block(Conv2d.of(4, 3, 1, 1)), SHAPE, 1);
        NDManager scope = EngineRuntime.newManager()) {
      assertThatThrownBy(() -> RowGradients.dots(network, data.rows(), scope.zeros(new Shape(3))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("v must have the shape of the parameters");
    }
  }
}
