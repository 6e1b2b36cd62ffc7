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
import java.util.Arrays;
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
      double[] norms = norms(network, data.rows());
      for (int i = 0; i < norms.length; i++) {
        double expected = norm(network, data.rows().take(i));
        assertThat(norms[i]).as("row %d", i).isCloseTo(expected, within(1e-4 * expected));
      }
    }
  }

  private static double[] norms(Network network, Rows rows) {
    return RowGradients.norms(network, rows, network.layout().trainable(), 2, done -> {});
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
      assertThatThrownBy(() -> norms(network, data.rows()))
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

  /** ⟨∇f_i, v⟩ and the sum of ∇f_i for two functions f, against a backward pass of each row; 70 rows are two batches. */
  @Test
  void projectionsAreLinearFunctionsOfTheGradientOfEachRow() {
    int n = 70;
    float[] inputs = new float[n * (int) SHAPE.size()];
    var random = new Seeds(4).stream("inputs");
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextDouble(-1, 1);
    }
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 3;
    }
    try (UnlearningDataset data = UnlearningDataset.of(inputs, SHAPE, labels, 3);
        Network network = Network.of(block(Conv2d.withBias(4, 3, 1, 1)), SHAPE, 1);
        NDManager scope = EngineRuntime.newManager()) {
      long[] done = new long[1];
      for (RowGradients.Output output : RowGradients.Output.values()) {
        NDArray found =
            RowGradients.projected(
                network,
                data.rows(),
                output,
                (tensor, rows) -> {
                  NDArray sum = rows.sum(new int[] {1}, true);
                  NDArray first = rows.get(":, 0:1");
                  return sum.concat(first, 1);
                },
                scope,
                rows -> done[0] = rows);
        assertThat(found.getShape()).isEqualTo(new Shape(n, 2));
        assertThat(done[0]).isEqualTo(n);
        for (int i = 0; i < n; i += 23) {
          float[] gradient = gradient(network, data.rows().take(i), output);
          double sum = 0;
          for (float value : gradient) {
            sum += value;
          }
          double firsts = 0;
          for (WeightLayout.Tensor tensor : network.layout().trainable()) {
            firsts += gradient[(int) tensor.offset()];
          }
          assertThat((double) found.getFloat(i, 0)).isCloseTo(sum, within(1e-4));
          assertThat((double) found.getFloat(i, 1)).isCloseTo(firsts, within(1e-4));
        }
      }
    }
  }

  private static float[] gradient(Network network, Rows row, RowGradients.Output output) {
    try (Batch batch = row.load(network.device());
        GradMode on = GradMode.on()) {
      NDArray logits = network.forward(batch, Network.Mode.EVALUATE, 0);
      NDArray value =
          output == RowGradients.Output.CROSS_ENTROPY
              ? TorchOps.crossEntropySum(logits, batch.labels())
              : TorchOps.marginRows(logits, batch.labels()).sum();
      return TorchOps.flatGradient(value, network.trainable()).toFloatArray();
    }
  }

  /** A probe's features bring its logits along: the same but for the size of the batches. */
  @Test
  void featuresBringTheLogitsAlong() {
    try (UnlearningDataset data = data();
        Network network = Network.of(block(Conv2d.withBias(4, 3, 1, 1)), SHAPE, 1);
        Network other = Network.of(block(Conv2d.withBias(4, 3, 1, 1)), SHAPE, 2)) {
      Probe probe = Probe.of(network, data.rows());
      probe.features();
      float[][] expected = network.logits(data.rows());
      for (int i = 0; i < expected.length; i++) {
        assertThat(probe.logits()[i]).containsExactly(expected[i], within(1e-5f));
      }
      Probe elsewhere = probe.on(other);
      assertThat(elsewhere.rows()).isSameAs(probe.rows());
      assertThat(elsewhere.logits()[0]).isEqualTo(other.logits(data.rows())[0]);
    }
  }

  @Test
  void batchNormalisationWithoutPositionsTellsTheGradientOfEachRow() {
    Sequential block =
        new Sequential()
            .apply(x -> x.reshape(x.getShape().get(0), -1))
            .add(new Linear(4))
            .add(new BatchNorm2d())
            .apply(Activation::tanh)
            .add(new Linear(3));
    try (UnlearningDataset data = data();
        Network network = Network.of(block, SHAPE, 1);
        NDManager scope = EngineRuntime.newManager()) {
      float[] found = RowGradients.of(network, data.rows(), scope).toFloatArray();
      for (int i = 0; i < 5; i++) {
        float[] expected =
            gradient(network, data.rows().take(i), RowGradients.Output.CROSS_ENTROPY);
        assertThat(Arrays.copyOfRange(found, i * expected.length, (i + 1) * expected.length))
            .containsExactly(expected, within(1e-5f));
      }
    }
  }
}
