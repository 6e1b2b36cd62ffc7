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
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Residual;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The oracle is a backward pass for every row. */
class FisherTest {
  private static final Shape ROW = new Shape(3, 6, 5);

  static Stream<Named<Supplier<Block>>> blocks() {
    return Stream.of(
        Named.of(
            "linear",
            () ->
                new Sequential()
                    .apply(x -> x.flatten(1, -1))
                    .add(new Linear(7))
                    .apply(Activation::tanh)
                    .add(new Linear(3))),
        Named.of(
            "linear at positions",
            () ->
                new Sequential()
                    .apply(x -> x.reshape(-1, 18, 5))
                    .add(new Linear(4))
                    .apply(Activation::tanh)
                    .apply(x -> x.flatten(1, -1))
                    .add(new Linear(3))),
        Named.of(
            "convolution with stride, padding and bias",
            () ->
                new Sequential()
                    .add(org.erasus.nn.Conv2d.withBias(4, 3, 2, 1))
                    .apply(Activation::tanh)
                    .add(org.erasus.nn.Conv2d.of(5, 2, 1, 0))
                    .apply(TorchOps::globalAverage)
                    .add(new Linear(3))),
        Named.of(
            "depthwise convolution",
            () ->
                new Sequential()
                    .add(org.erasus.nn.Conv2d.depthwise(3, 3, 2, 1))
                    .apply(Activation::tanh)
                    .apply(TorchOps::globalAverage)
                    .add(new Linear(3))),
        Named.of(
            "batch normalisation in a residual block",
            () ->
                new Sequential()
                    .add(
                        Residual.of(
                            new Sequential()
                                .add(org.erasus.nn.Conv2d.of(3, 3, 1, 1))
                                .add(new BatchNorm2d())
                                .apply(Activation::tanh)))
                    .apply(TorchOps::globalAverage)
                    .add(new Linear(3))),
        Named.of(
            "blocks of DJL",
            () ->
                new SequentialBlock()
                    .add(
                        Conv2d.builder()
                            .setKernelShape(new Shape(3, 3))
                            .optPadding(new Shape(1, 1))
                            .setFilters(4)
                            .build())
                    .add(BatchNorm.builder().build())
                    .add(Activation::tanh)
                    .add(
                        Conv2d.builder()
                            .setKernelShape(new Shape(2, 2))
                            .optStride(new Shape(2, 2))
                            .optBias(false)
                            .setFilters(2)
                            .build())
                    .add(x -> new ai.djl.ndarray.NDList(x.head().flatten(1, -1)))
                    .add(ai.djl.nn.core.Linear.builder().setUnits(5).optBias(false).build())
                    .add(Activation::tanh)
                    .add(ai.djl.nn.core.Linear.builder().setUnits(3).build())));
  }

  private static UnlearningDataset data() {
    SplittableRandom random = new Seeds(1).stream("fisher");
    float[] x = new float[11 * (int) ROW.size()];
    int[] y = new int[11];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    for (int i = 0; i < y.length; i++) {
      y[i] = i % 3;
    }
    return UnlearningDataset.of(x, ROW, y, 3);
  }

  /** Σ w g² / Σ w in double precision, a backward pass for every row. */
  private static double[] oracle(Network network, Rows rows) {
    double[] sum = new double[(int) network.layout().parameters()];
    double weights = 0;
    for (Rows row : rows.batches(1)) {
      double weight = rows.data().weight(row.position(0));
      weights += weight;
      try (Batch batch = row.load(network.device());
          GradMode on = GradMode.on()) {
        NDArray loss =
            TorchOps.crossEntropy(network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
        float[] g = TorchOps.flatGradient(loss, network.trainable()).toFloatArray();
        for (int i = 0; i < g.length; i++) {
          sum[i] += weight * g[i] * g[i];
        }
      }
    }
    for (int i = 0; i < sum.length; i++) {
      sum[i] /= weights;
    }
    return sum;
  }

  private static void assertEqualToOracle(Network network, Rows rows, int batchSize) {
    double[] expected = oracle(network, rows);
    try (NDManager scope = EngineRuntime.newManager()) {
      float[] found = Fisher.diagonal(network, rows, scope, batchSize).toFloatArray();
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < found.length; i++) {
        assertThat((double) found[i])
            .as("parameter %d", i)
            .isCloseTo(expected[i], within(1e-9 + 1e-4 * expected[i]));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void equalsALoopOfBackwardPasses(Supplier<Block> block) {
    try (UnlearningDataset data = data();
        Network network = Network.of(block.get(), ROW, 1)) {
      assertEqualToOracle(network, data.rows(), 4);
      assertEqualToOracle(network, data.rows(), 64);
    }
  }

  /**
   * Of every row and class, a backward pass: Σ_c p_c (∂CE_c)², |∂‖z‖|, |∂‖z‖²|, the gradients themselves, and their products
   * with v.
   */
  @ParameterizedTest
  @MethodSource("blocks")
  void theOtherQuantitiesEqualLoopsToo(Supplier<Block> block) {
    try (UnlearningDataset data = data();
        Network network = Network.of(block.get(), ROW, 1);
        NDManager scope = EngineRuntime.newManager()) {
      UnlearningDataset weighted = data.withWeights(data.rows().first(2), new double[] {3, 0.25});
      Rows rows = weighted.rows();
      int p = (int) network.layout().parameters();
      double[] expected = new double[p];
      double[] norm = new double[p];
      double[] squaredNorm = new double[p];
      float[] all = RowGradients.of(network, rows, scope).toFloatArray();
      NDArray v = direction(p, scope);
      double[] dots = RowGradients.dots(network, rows, v, 4, done -> {});
      float[] along = v.toFloatArray();
      for (int i = 0; i < rows.size(); i++) {
        double weight = weighted.weight(i) / (rows.size() - 2 + 3.25);
        try (Batch batch = rows.take(i).load(network.device());
            GradMode on = GradMode.on()) {
          for (int c = 0; c < 3; c++) {
            NDArray z = network.forward(batch, Network.Mode.EVALUATE, 0);
            double probability = z.stopGradient().softmax(1).toFloatArray()[c];
            NDArray label = batch.labels().zerosLike().addi(c);
            float[] g = gradient(network, TorchOps.crossEntropySum(z, label));
            for (int j = 0; j < p; j++) {
              expected[j] += weight * probability * g[j] * g[j];
              if (c == weighted.label(i)) {
                assertThat(all[i * p + j]).isCloseTo(g[j], within(1e-6f + 1e-4f * Math.abs(g[j])));
              }
            }
            if (c == weighted.label(i)) {
              assertThat(dots[i]).isCloseTo(dot(g, along), within(1e-4 * size(g) * size(along)));
              assertThat(Math.abs(dot(g, along))).isGreaterThan(1e-3 * size(g));
            }
          }
          NDArray z = network.forward(batch, Network.Mode.EVALUATE, 0);
          addSizes(squaredNorm, weight, gradient(network, z.square().sum()));
          z = network.forward(batch, Network.Mode.EVALUATE, 0);
          addSizes(norm, weight, gradient(network, z.square().sum().sqrt()));
        }
      }
      assertClose(Fisher.expectedDiagonal(network, rows, scope), expected);
      assertClose(Fisher.sensitivity(network, rows, Fisher.Output.NORM, scope), norm);
      assertClose(
          Fisher.sensitivity(network, rows, Fisher.Output.SQUARED_NORM, scope), squaredNorm);
    }
  }

  private static NDArray direction(int p, NDManager scope) {
    SplittableRandom random = new Seeds(2).stream("direction");
    float[] values = new float[p];
    for (int j = 0; j < p; j++) {
      values[j] = (float) random.nextDouble(-1, 1);
    }
    try (NDArray window = scope.create(values)) {
      return window.duplicate();
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (double) a[j] * b[j];
    }
    return sum;
  }

  private static double size(float[] a) {
    return Math.sqrt(dot(a, a));
  }

  private static float[] gradient(Network network, NDArray loss) {
    return TorchOps.flatGradient(loss, network.trainable()).toFloatArray();
  }

  private static void addSizes(double[] sum, double weight, float[] gradient) {
    for (int j = 0; j < sum.length; j++) {
      sum[j] += weight * Math.abs(gradient[j]);
    }
  }

  private static void assertClose(NDArray found, double[] expected) {
    float[] values = found.toFloatArray();
    assertThat(values).hasSameSizeAs(expected);
    for (int j = 0; j < values.length; j++) {
      assertThat((double) values[j])
          .as("parameter %d", j)
          .isCloseTo(expected[j], within(1e-7 + 1e-4 * expected[j]));
    }
  }

  @Test
  void rowsCountByTheirWeights() {
    try (UnlearningDataset data = data();
        Network network =
            Network.of(new Sequential().apply(x -> x.flatten(1, -1)).add(new Linear(3)), ROW, 1)) {
      UnlearningDataset weighted = data.withWeights(data.rows().first(2), new double[] {3, 0.25});
      assertEqualToOracle(network, weighted.rows(), 4);
    }
  }

  /** For one row, mean and square commute; for two rows of opposite gradients the squared mean would be 0. */
  @Test
  void isNotTheSquareOfTheMeanGradient() {
    float[] x = {1, -1};
    try (UnlearningDataset data = UnlearningDataset.of(x, new Shape(1), new int[] {0, 0}, 2);
        Network network = Network.of(new Sequential().add(new Linear(2)), new Shape(1), 1);
        Weights zero = Weights.of(network.layout(), new float[] {0, 0, 0, 0}, new float[0]);
        NDManager scope = EngineRuntime.newManager()) {
      network.restore(zero);
      // p = (½, ½): ∂CE/∂W = (p − onehot)·x = ∓½x and ∂b = ∓½, each squared ¼
      assertThat(Fisher.diagonal(network, data.rows(), scope).toFloatArray())
          .containsExactly(0.25f, 0.25f, 0.25f, 0.25f);
      assertThat(network.lossGradient(data.rows(), scope).toFloatArray())
          .containsExactly(0f, 0f, -1f, 1f);
    }
  }

  @Test
  void largeBatchesAreTakenInPieces() {
    Shape row = new Shape(8, 48, 48); // 8·9·2304 values unfolded a row: 101 rows to a piece
    SplittableRandom random = new Seeds(1).stream("large");
    int n = 130;
    float[] x = new float[n * (int) row.size()];
    int[] y = new int[n];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    Block block =
        new Sequential()
            .add(org.erasus.nn.Conv2d.of(2, 3, 1, 1))
            .add(org.erasus.nn.Conv2d.depthwise(2, 3, 1, 1))
            .apply(TorchOps::globalAverage)
            .add(new Linear(2));
    try (UnlearningDataset data = UnlearningDataset.of(x, row, y, 2);
        Network network = Network.of(block, row, 1)) {
      assertEqualToOracle(network, data.rows(), n);
    }
  }

  /** z = (3, 4) has ∂‖z‖/∂z = (0.6, 0.8); z = (0, 0) has none and counts as a row of nothing. */
  @Test
  void theNormOfOutputsOfZeroHasNoGradient() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[] {0, 1}, new Shape(1), new int[] {0, 0}, 2);
        Network network = Network.of(new Sequential().add(new Linear(2)), new Shape(1), 1);
        Weights weights = Weights.of(network.layout(), new float[] {3, 4, 0, 0}, new float[0]);
        NDManager scope = EngineRuntime.newManager()) {
      network.restore(weights);
      assertClose(
          Fisher.sensitivity(network, data.rows(), Fisher.Output.NORM, scope),
          new double[] {0.3, 0.4, 0.3, 0.4});
    }
  }

  @Test
  void refusesNoRows() {
    try (UnlearningDataset data = data();
        Network network =
            Network.of(new Sequential().apply(x -> x.flatten(1, -1)).add(new Linear(3)), ROW, 1);
        NDManager scope = EngineRuntime.newManager()) {
      assertThatThrownBy(() -> Fisher.diagonal(network, data.forget(), scope))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no rows");
    }
  }
}
