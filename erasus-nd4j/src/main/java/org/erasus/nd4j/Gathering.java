package org.erasus.nd4j;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Features and classes, collected batch by batch. */
final class Gathering implements AutoCloseable {
  private final int expected;
  private @Nullable INDArray features;
  private int[] labels = {};
  private OptionalInt classes = OptionalInt.empty();
  private int size;

  /**
   * @param expected number of rows, where it is known: the first memory taken holds them all
   */
  Gathering(int expected) {
    this.expected = expected;
  }

  /**
   * Copies a batch, converted to 32-bit floats in C order, behind those before.
   *
   * @throws IllegalArgumentException when the rows so far, or those expected, take more than 2 GiB, before memory is taken
   */
  void copy(INDArray batch, INDArray batchLabels) {
    int rows = check(batch, batchLabels);
    INDArray memory = withRoomFor(batch, rows);
    Memory.rows(memory, size, size + rows).assign(batch);
    addLabels(batchLabels, rows);
  }

  /** Takes only the classes of a batch, whose features stay where they are. */
  void classesOf(INDArray batch, INDArray batchLabels) {
    addLabels(batchLabels, check(batch, batchLabels));
  }

  private int check(INDArray batch, INDArray batchLabels) {
    Memory.require(batch, "features");
    Memory.require(batchLabels, "labels");
    if (batch.rank() < 2) {
      throw new IllegalArgumentException(
          "features must be of shape (rows, values…), but were of shape "
              + Arrays.toString(batch.shape()));
    }
    long rows = batch.size(0);
    if (batchLabels.rank() != 1 && batchLabels.rank() != 2) {
      throw new IllegalArgumentException(
          "labels must be of shape (rows, classes), (rows, 1) or (rows), but were of shape "
              + Arrays.toString(batchLabels.shape()));
    }
    if (batchLabels.size(0) != rows) {
      throw new IllegalArgumentException(
          "there are "
              + rows
              + " rows of features but "
              + batchLabels.size(0)
              + " labels"
              + (size == 0 ? "" : ", in the batch after row " + (size - 1)));
    }
    if (features != null && !Memory.rowShape(features).equals(Memory.rowShape(batch))) {
      throw new IllegalArgumentException(
          "all batches must have rows of shape "
              + Memory.rowShape(features)
              + " as the first has, but after row "
              + (size - 1)
              + " come rows of shape "
              + Memory.rowShape(batch));
    }
    return Math.toIntExact(rows);
  }

  /** The memory, with room for so many rows more. */
  private INDArray withRoomFor(INDArray batch, int rows) {
    int needed = Math.addExact(size, rows);
    int most = mostRows(batch, Math.max(needed, expected));
    INDArray before = features;
    if (before != null && before.size(0) >= needed) {
      return before;
    }
    long capacity = before == null ? expected : Math.min(2 * before.size(0), most);
    INDArray grown = withRows(batch, Math.max(needed, capacity));
    if (before != null) {
      Memory.rows(grown, 0, size).assign(Memory.rows(before, 0, size));
      before.close();
    }
    features = grown;
    return grown;
  }

  /** As many rows as fit into 2 GiB, checked to be enough. */
  private static int mostRows(INDArray like, int rows) {
    long rowBytes = like.length() / like.size(0) * Float.BYTES;
    int most = Math.toIntExact(Integer.MAX_VALUE / rowBytes);
    if (rows > most) {
      throw new IllegalArgumentException(
          "rows must fit into 2 GiB together, but "
              + rows
              + " of "
              + rowBytes
              + " bytes take "
              + rows * rowBytes
              + ": take at most "
              + most);
    }
    return most;
  }

  private static INDArray withRows(INDArray like, long rows) {
    long[] shape = like.shape().clone();
    shape[0] = rows;
    return Memory.create(DataType.FLOAT, shape);
  }

  private void addLabels(INDArray batch, int rows) {
    boolean oneHot = batch.rank() == 2 && batch.size(1) > 1;
    OptionalInt found =
        oneHot ? OptionalInt.of(Math.toIntExact(batch.size(1))) : OptionalInt.empty();
    if (size > 0 && !found.equals(classes)) {
      throw new IllegalArgumentException(
          "all batches must have labels of one kind, but up to row "
              + (size - 1)
              + " they were "
              + kind(classes)
              + " and then "
              + kind(found));
    }
    classes = found;
    labels = Arrays.copyOf(labels, size + rows);
    INDArray floats = Memory.floats(batch);
    FloatBuffer values = Memory.window(floats).asFloatBuffer();
    try {
      for (int i = 0; i < rows; i++) {
        labels[size + i] =
            oneHot
                ? hot(values.slice(i * found.getAsInt(), found.getAsInt()), size + i)
                : whole(values.get(i), size + i);
      }
    } finally {
      // Nothing else keeps a converted copy while its memory is read.
      Reference.reachabilityFence(floats);
    }
    size += rows;
  }

  private static String kind(OptionalInt classes) {
    return classes.isPresent() ? "one-hot of " + classes.getAsInt() + " classes" : "class numbers";
  }

  private static int hot(FloatBuffer row, int position) {
    int found = -1;
    for (int c = 0; c < row.remaining(); c++) {
      float value = row.get(c);
      if (value == 1 && found < 0) {
        found = c;
      } else if (value != 0) {
        found = -1;
        break;
      }
    }
    if (found < 0) {
      float[] values = new float[Math.min(row.remaining(), 8)];
      row.get(values);
      throw new IllegalArgumentException(
          "labels must be one-hot, a single 1 among zeros, but row "
              + position
              + " begins "
              + Arrays.toString(values));
    }
    return found;
  }

  private static int whole(float value, int position) {
    if (value != (int) value) {
      throw new IllegalArgumentException(
          "labels of one column must be class numbers, but row " + position + " has " + value);
    }
    return (int) value;
  }

  /** Number of rows so far. */
  int size() {
    return size;
  }

  /** The classes of the rows. */
  int[] labels() {
    return labels;
  }

  /** Number of classes, where one-hot labels tell it. */
  OptionalInt classes() {
    return classes;
  }

  /** The rows as 32-bit floats in C order; they are the caller's now. */
  INDArray features() {
    INDArray all = features;
    if (all == null) {
      throw new IllegalArgumentException(
          "there are no rows: the iterator was at its end, reset() it first");
    }
    if (all.size(0) > size) {
      INDArray exact = withRows(all, size);
      exact.assign(Memory.rows(all, 0, size));
      all.close();
      all = exact;
    }
    features = null;
    return all;
  }

  /** Frees what was not taken. */
  @Override
  public void close() {
    if (features != null) {
      features.close();
    }
  }
}
