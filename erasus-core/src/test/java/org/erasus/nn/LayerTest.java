package org.erasus.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayerTest {
  private static final int ROWS = 4;
  private static final int CLASSES = 3;

  private static Block ours(Block... layers) {
    Sequential block = new Sequential();
    for (Block layer : layers) {
      block.add(layer).apply(Activation::tanh);
    }
    return block.apply(LayerTest::flatten).add(new Linear(CLASSES));
  }

  private static NDArray flatten(NDArray x) {
    return x.reshape(x.getShape().get(0), -1);
  }

  private static Block djls(Block... layers) {
    SequentialBlock block = new SequentialBlock();
    for (Block layer : layers) {
      block.add(layer).add(Activation.tanhBlock());
    }
    return block
        .add(ai.djl.nn.Blocks.batchFlattenBlock())
        .add(ai.djl.nn.core.Linear.builder().setUnits(CLASSES).build());
  }

  private static ai.djl.nn.convolutional.Conv2d djlConvolution(
      int filters, int kernel, int stride, int padding, boolean bias) {
    return ai.djl.nn.convolutional.Conv2d.builder()
        .setFilters(filters)
        .setKernelShape(new Shape(kernel, kernel))
        .optStride(new Shape(stride, stride))
        .optPadding(new Shape(padding, padding))
        .optBias(bias)
        .build();
  }

  /** Blocks, and the shape of a row; convolutions in many channels at few positions go through Gram matrices. */
  static Stream<Arguments> blocks() {
    Shape small = new Shape(2, 6, 5);
    return Stream.of(
        arguments("linear layers", ours(new Linear(7), new Linear(5)), new Shape(6)),
        arguments("convolution", ours(Conv2d.of(4, 3, 1, 1)), small),
        arguments("convolution with bias", ours(Conv2d.withBias(4, 3, 1, 1)), small),
        arguments("convolution with stride 2", ours(Conv2d.withBias(4, 3, 2, 1)), small),
        arguments("convolution without padding", ours(Conv2d.of(4, 3, 1, 0)), small),
        arguments("convolution with padding 2", ours(Conv2d.of(4, 3, 2, 2)), small),
        arguments("1×1 convolution", ours(Conv2d.of(4, 1, 1, 0)), small),
        arguments("1×1 convolution with stride 2", ours(Conv2d.of(4, 1, 2, 0)), small),
        arguments(
            "convolution at few positions",
            ours(Conv2d.of(8, 3, 1, 1), Conv2d.withBias(16, 3, 2, 1)),
            new Shape(8, 3, 3)),
        arguments("depthwise", ours(Conv2d.depthwise(2, 3, 1, 1)), small),
        arguments("depthwise with stride 2", ours(Conv2d.depthwise(2, 3, 2, 1)), small),
        arguments("batch normalisation", ours(new BatchNorm2d()), small),
        arguments(
            "batch normalisation without positions",
            ours(new Linear(7), new BatchNorm2d()),
            new Shape(6)),
        arguments(
            "layers in a residual block",
            ours(
                Residual.of(
                    new Sequential()
                        .add(Conv2d.of(4, 3, 2, 1))
                        .add(new BatchNorm2d())
                        .apply(TorchOps::relu6)
                        .add(Conv2d.depthwise(4, 3, 1, 1)),
                    "shortcut",
                    Conv2d.of(4, 1, 2, 0))),
            small),
        arguments("DJL's linear layers", djls(djlLinear(7, true)), new Shape(6)),
        arguments("DJL's linear layer without bias", djls(djlLinear(7, false)), new Shape(6)),
        arguments("DJL's convolution", djls(djlConvolution(4, 3, 1, 1, true)), small),
        arguments(
            "DJL's convolution with stride 2", djls(djlConvolution(4, 3, 2, 1, false)), small),
        arguments("DJL's batch normalisation", djls(BatchNorm.builder().build()), small),
        arguments(
            "DJL's sequence in a sequence",
            djls(
                new SequentialBlock()
                    .add(djlConvolution(4, 1, 1, 0, true))
                    .add(BatchNorm.builder().optEpsilon(0.1f).build())),
            small));
  }

  private static ai.djl.nn.core.Linear djlLinear(int units, boolean bias) {
    return ai.djl.nn.core.Linear.builder().setUnits(units).optBias(bias).build();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("blocks")
  void everyLayerTellsTheNormsABackwardPassOfEachRowGives(String name, Block block, Shape shape) {
    try (UnlearningDataset data = data(shape);
        Network network = Network.of(block, shape, 5)) {
      moveStatistics(network, data.rows());
      Map<Parameter, WeightLayout.Tensor> tensors = tensors(network, block);
      float[][] gradients = gradientOfEachRow(network, data.rows());
      Set<Parameter> seen = new HashSet<>();
      try (Batch batch = data.rows().load(network.device());
          GradMode on = GradMode.on()) {
        Network.Recorded recorded = network.record(batch);
        NDArray[] outputs =
            recorded.visits().stream().map(ForwardPass.Visit::output).toArray(NDArray[]::new);
        NDArray loss = TorchOps.crossEntropySum(recorded.logits(), batch.labels());
        NDArray[] atOutputs = TorchOps.gradients(loss, outputs, false, false);
        for (int v = 0; v < outputs.length; v++) {
          ForwardPass.Visit visit = recorded.visits().get(v);
          float[] norms =
              visit
                  .layer()
                  .squaredGradientNorms(recorded.pass(), visit.input(), atOutputs[v])
                  .toFloatArray();
          seen.addAll(visit.layer().layerParameters());
          assertThat(norms).hasSize(ROWS);
          for (int row = 0; row < ROWS; row++) {
            double expected = squaredNorm(gradients[row], visit.layer().layerParameters(), tensors);
            assertThat((double) norms[row])
                .as("%s, layer %d, row %d", name, v, row)
                .isCloseTo(expected, within(1e-4 * expected));
          }
        }
      }
      assertThat(seen).containsExactlyInAnyOrderElementsOf(tensors.keySet());
    }
  }

  private static UnlearningDataset data(Shape shape) {
    int size = (int) shape.size();
    float[] inputs = new float[ROWS * size];
    var random = new Seeds(11).stream("inputs");
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) random.nextDouble(-1, 2);
    }
    return UnlearningDataset.of(inputs, shape, new int[] {0, 2, 1, 2}, CLASSES);
  }

  /** Statistics at 0 and 1 would hide whether they are read. */
  private static void moveStatistics(Network network, Rows rows) {
    try (Batch batch = rows.load(network.device());
        GradMode off = GradMode.off()) {
      for (int i = 0; i < 3; i++) {
        network.forward(batch, Network.Mode.TRAIN, 0);
      }
    }
  }

  private static Map<Parameter, WeightLayout.Tensor> tensors(Network network, Block block) {
    Map<String, Parameter> parameters = new HashMap<>();
    for (Pair<String, Parameter> named : Blocks.parameters(block)) {
      parameters.put(named.getKey(), named.getValue());
    }
    Map<Parameter, WeightLayout.Tensor> tensors = new HashMap<>();
    for (WeightLayout.Tensor tensor : network.layout().tensors()) {
      tensors.put(Objects.requireNonNull(parameters.get(tensor.name())), tensor);
    }
    return tensors;
  }

  /** The slow and obviously right way: (N, P). */
  private static float[][] gradientOfEachRow(Network network, Rows rows) {
    List<float[]> gradients = new ArrayList<>();
    for (Rows row : rows.batches(1)) {
      try (Batch batch = row.load(network.device());
          GradMode on = GradMode.on()) {
        NDArray logits = network.forward(batch, Network.Mode.EVALUATE, 0);
        NDArray loss = TorchOps.crossEntropySum(logits, batch.labels());
        gradients.add(TorchOps.flatGradient(loss, network.trainable()).toFloatArray());
      }
    }
    return gradients.toArray(float[][]::new);
  }

  private static double squaredNorm(
      float[] gradient, List<Parameter> parameters, Map<Parameter, WeightLayout.Tensor> tensors) {
    double sum = 0;
    for (Parameter parameter : parameters) {
      WeightLayout.Tensor tensor = Objects.requireNonNull(tensors.get(parameter));
      if (tensor.trainable()) {
        for (long i = tensor.offset(); i < tensor.offset() + tensor.size(); i++) {
          sum += (double) gradient[(int) i] * gradient[(int) i];
        }
      }
    }
    return sum;
  }
}
