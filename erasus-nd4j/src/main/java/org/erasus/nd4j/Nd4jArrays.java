package org.erasus.nd4j;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.Optional;
import java.util.function.Function;
import org.erasus.Batch;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.engine.GradMode;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Tensors, outputs, rows and coresets as arrays of ND4J, which are the caller's and live as any other. Values are copied once,
 * from libtorch's memory into ND4J's, not through the Java heap; {@link Nd4jWeights} copies nothing.
 */
public final class Nd4jArrays {
  private static final int BATCH = 256;

  private Nd4jArrays() {}

  /**
   * A copy of a tensor, in C order; one of shape () becomes one of shape (1).
   *
   * @param array floats of 16, 32 or 64 bits, whole numbers of 8, 32 or 64, or booleans; on any device
   */
  public static INDArray copyOf(NDArray array) {
    if (array.size() == 0) {
      throw new IllegalArgumentException(
          "a tensor without values cannot become an array of ND4J, but the shape was "
              + array.getShape());
    }
    long[] shape = array.getShape().getShape();
    INDArray copy = Memory.create(typeOf(array), shape.length == 0 ? new long[] {1} : shape);
    write(array, copy, 0);
    return copy;
  }

  private static DataType typeOf(NDArray array) {
    return switch (array.getDataType()) {
      case FLOAT16 -> DataType.FLOAT16;
      case FLOAT32 -> DataType.FLOAT;
      case FLOAT64 -> DataType.DOUBLE;
      case INT8 -> DataType.INT8;
      case UINT8 -> DataType.UINT8;
      case INT32 -> DataType.INT32;
      case INT64 -> DataType.INT64;
      case BOOLEAN -> DataType.BOOL;
      default ->
          throw new IllegalArgumentException(
              "tensors must be floats of 16, 32 or 64 bits, whole numbers of 8, 32 or 64, or booleans, but were of "
                  + array.getDataType()
                  + ": bfloat16, which DJL cannot read, becomes 32 bits by TorchOps.float32");
    };
  }

  private static void write(NDArray values, INDArray target, int fromRow) {
    if (Memory.holds(values.getDevice())) {
      Memory.write(values.toByteBuffer(true), target, fromRow);
    } else {
      try (NDArray host = values.toDevice(Device.cpu(), true)) {
        write(host, target, fromRow);
      }
    }
  }

  /** The logits of rows in evaluation mode, (N, C); {@code Nd4j.nn().softmax} makes probabilities of them. */
  public static INDArray logits(Network network, Rows rows) {
    network.requireFit(rows.data());
    return gather(
        rows,
        network.device(),
        batch -> network.forward(batch, Network.Mode.EVALUATE, 0),
        network.classes());
  }

  /** Rows as ND4J's pair of features (N, …) and one-hot labels (N, C), of 32-bit floats. */
  public static DataSet dataSet(Rows rows) {
    INDArray features =
        gather(
            rows,
            Device.cpu(),
            batch -> batch.inputs().singletonOrThrow(),
            rows.data().rowShape().getShape());
    return new DataSet(features, labels(rows));
  }

  /** The classes of rows, one-hot (N, C), as 32-bit floats. */
  public static INDArray labels(Rows rows) {
    int classes = rows.data().classes();
    INDArray oneHot = create(rows, classes);
    var memory = Memory.window(oneHot).asFloatBuffer();
    int[] labels = rows.labels();
    float[] row = new float[classes];
    for (int label : labels) {
      row[label] = 1;
      memory.put(row);
      row[label] = 0;
    }
    return oneHot;
  }

  /** What a network or a data set says of rows, batch by batch straight into its place. */
  private static INDArray gather(
      Rows rows, Device device, Function<Batch, NDArray> values, long... rowShape) {
    INDArray all = create(rows, rowShape);
    int at = 0;
    for (Rows piece : rows.batches(BATCH)) {
      try (GradMode off = GradMode.off();
          Batch batch = piece.load(device)) {
        write(values.apply(batch), all, at);
      }
      at += piece.size();
    }
    return all;
  }

  private static INDArray create(Rows rows, long... rowShape) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("there must be at least one row, but there is none");
    }
    long[] shape = new long[rowShape.length + 1];
    shape[0] = rows.size();
    System.arraycopy(rowShape, 0, shape, 1, rowShape.length);
    return Memory.create(DataType.FLOAT, shape);
  }

  /** The ids of a coreset in the order of choice, 64-bit whole numbers (k). */
  public static INDArray ids(Coreset coreset) {
    INDArray ids = Memory.create(DataType.INT64, requireRows(coreset));
    Memory.window(ids).asLongBuffer().put(coreset.ids());
    return ids;
  }

  /** The weights of a coreset's rows in training losses, doubles (k). */
  public static INDArray weights(Coreset coreset) {
    INDArray weights = Memory.create(DataType.DOUBLE, requireRows(coreset));
    for (int i = 0; i < coreset.size(); i++) {
      weights.putScalar(i, coreset.weight(i));
    }
    return weights;
  }

  /** The scores of a coreset's rows, doubles (k), where the method has scores. */
  public static Optional<INDArray> scores(Coreset coreset) {
    INDArray scores = Memory.create(DataType.DOUBLE, requireRows(coreset));
    for (int i = 0; i < coreset.size(); i++) {
      Optional<Double> score = coreset.score(i);
      if (score.isEmpty()) {
        return Optional.empty();
      }
      scores.putScalar(i, score.get());
    }
    return Optional.of(scores);
  }

  private static int requireRows(Coreset coreset) {
    if (coreset.size() == 0) {
      throw new IllegalArgumentException("there must be at least one row, but " + coreset);
    }
    return coreset.size();
  }
}
