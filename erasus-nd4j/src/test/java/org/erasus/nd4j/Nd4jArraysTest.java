package org.erasus.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class Nd4jArraysTest {
  @Test
  void tensorsKeepTypeShapeAndValues() {
    Map<DataType, org.nd4j.linalg.api.buffer.DataType> types =
        Map.of(
            DataType.FLOAT16, org.nd4j.linalg.api.buffer.DataType.FLOAT16,
            DataType.FLOAT32, org.nd4j.linalg.api.buffer.DataType.FLOAT,
            DataType.FLOAT64, org.nd4j.linalg.api.buffer.DataType.DOUBLE,
            DataType.INT8, org.nd4j.linalg.api.buffer.DataType.INT8,
            DataType.UINT8, org.nd4j.linalg.api.buffer.DataType.UINT8,
            DataType.INT32, org.nd4j.linalg.api.buffer.DataType.INT32,
            DataType.INT64, org.nd4j.linalg.api.buffer.DataType.INT64,
            DataType.BOOLEAN, org.nd4j.linalg.api.buffer.DataType.BOOL);
    try (NDManager manager = EngineRuntime.newManager()) {
      types.forEach(
          (type, expected) -> {
            NDArray tensor =
                manager.create(new float[] {0, 1, 2, 3, 4, 5}, new Shape(2, 3)).toType(type, true);
            INDArray copy = Nd4jArrays.copyOf(tensor);
            assertThat(copy.dataType()).isEqualTo(expected);
            assertThat(copy.shape()).containsExactly(2, 3);
            double[] values =
                type == DataType.BOOLEAN
                    ? new double[] {0, 1, 1, 1, 1, 1}
                    : new double[] {0, 1, 2, 3, 4, 5};
            assertThat(copy.dup().data().asDouble()).as(type.toString()).containsExactly(values);
          });
    }
  }

  @Test
  void aTransposedTensorIsCopiedInTheOrderOfItsShapeAndTheCopyStays() {
    INDArray copy;
    INDArray one;
    try (NDManager manager = EngineRuntime.newManager()) {
      copy =
          Nd4jArrays.copyOf(
              manager.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3)).transpose());
      one = Nd4jArrays.copyOf(manager.create(7f));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Nd4jArrays.copyOf(manager.create(new Shape(0, 2))))
          .withMessageContaining("the shape was (0, 2)");
    }
    assertThat(copy.toFloatMatrix()).isDeepEqualTo(new float[][] {{1, 4}, {2, 5}, {3, 6}});
    assertThat(one.shape()).containsExactly(1);
    assertThat(one.getFloat(0)).isEqualTo(7);
  }

  /** A convolution in bf16 of 0, 1, 2, 3 by 1. */
  @Test
  void aTensorInBfloat16IsRefusedWithTheWayOut() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray half =
          TorchOps.conv2d(
              manager.arange(0f, 4f, 1f).reshape(1, 1, 2, 2),
              manager.ones(new Shape(1, 1, 1, 1)),
              1,
              0,
              1,
              true);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Nd4jArrays.copyOf(half))
          .withMessageStartingWith("tensors must be floats of 16, 32 or 64 bits")
          .withMessageContaining("TorchOps.float32");
      assertThat(Nd4jArrays.copyOf(TorchOps.float32(half)).dup().data().asFloat())
          .containsExactly(0, 1, 2, 3);
    }
  }

  /** Of 300 rows, so of two batches. */
  @Test
  void logitsAreThoseOfTheNetwork() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      INDArray logits = Nd4jArrays.logits(network, data.rows());
      assertThat(data.size()).isGreaterThan(256);
      assertThat(logits.toFloatMatrix()).isDeepEqualTo(network.logits(data.rows()));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Nd4jArrays.logits(network, data.rows().first(0)))
          .withMessage("there must be at least one row, but there is none");
      try (UnlearningDataset pictures = Toys.pictures(1)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Nd4jArrays.logits(network, pictures.rows()))
            .withMessageContaining("the network takes rows of shape (8)");
      }
    }
  }

  @Test
  void rowsGoToNd4jAndBack() {
    try (UnlearningDataset data = Toys.pictures(1)) {
      DataSet pair = Nd4jArrays.dataSet(data.rows());
      assertThat(pair.getFeatures().shape()).containsExactly(data.size(), 2, 2, 2);
      assertThat(pair.getLabels().shape()).containsExactly(data.size(), 3);
      try (UnlearningDataset back = Nd4jRows.DEFAULTS.share(pair)) {
        assertThat(back.fingerprint()).isEqualTo(data.fingerprint());
      }
    }
  }

  @Test
  void coresetsGiveIdsWeightsAndTheScoresTheyHave() {
    Coreset coreset =
        Coreset.of(new long[] {1L << 40, -3}, new double[] {0.1, 2}, "a test")
            .withWeights(new double[] {3, 0.5});
    assertThat(Nd4jArrays.ids(coreset).toLongVector()).containsExactly(1L << 40, -3);
    assertThat(Nd4jArrays.weights(coreset).toDoubleVector()).containsExactly(3, 0.5);
    assertThat(Nd4jArrays.scores(coreset).orElseThrow().toDoubleVector()).containsExactly(0.1, 2);
    assertThat(Nd4jArrays.scores(Coreset.of(new long[] {5}, "by hand"))).isEmpty();
    Coreset none = Coreset.of(new long[0], "nobody");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Nd4jArrays.ids(none))
        .withMessage("there must be at least one row, but Coreset[0 rows by nobody]");
    assertThatIllegalArgumentException().isThrownBy(() -> Nd4jArrays.weights(none));
    assertThatIllegalArgumentException().isThrownBy(() -> Nd4jArrays.scores(none));
  }
}
