package org.erasus;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.jspecify.annotations.Nullable;

/** The tensors behind every view of a data set: inputs, classes, ids. Immutable but for being closed. */
final class RowStorage implements AutoCloseable {
  private static final long PIECE = 1 << 26;

  private final NDManager manager;
  private final NDArray inputs;
  private final NDArray labelTensor;
  private final int[] labels;
  private final long[] ids;
  private final int classes;
  private final Map<Long, Integer> positionOfId;
  private @Nullable String fingerprint;

  private RowStorage(
      NDManager manager,
      NDArray inputs,
      NDArray labelTensor,
      int[] labels,
      long[] ids,
      int classes) {
    this.manager = manager;
    this.inputs = inputs;
    this.labelTensor = labelTensor;
    this.labels = labels;
    this.ids = ids;
    this.classes = classes;
    positionOfId = new HashMap<>(ids.length * 2);
    for (int i = 0; i < ids.length; i++) {
      Integer before = positionOfId.put(ids[i], i);
      if (before != null) {
        throw new IllegalArgumentException(
            "id " + ids[i] + " is given twice, to rows " + before + " and " + i);
      }
    }
  }

  /** Rows in Java memory, in arrays of whole rows one after the other. */
  static RowStorage of(
      List<float[]> inputs, Shape rowShape, int[] labels, int classes, long[] ids) {
    check(inputs.stream().map(FloatBuffer::wrap).toList(), rowShape, labels, classes, ids);
    NDManager manager = EngineRuntime.newManager();
    try {
      NDArray all = manager.zeros(new Shape(labels.length).addAll(rowShape));
      long at = 0;
      for (float[] piece : inputs) {
        TorchOps.writeInPlace(all, at, piece, 0, piece.length);
        at += piece.length;
      }
      return new RowStorage(
          manager,
          all,
          onEngine(manager, manager.create(longs(labels), new Shape(labels.length))),
          labels.clone(),
          ids.clone(),
          classes);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** Rows in memory of somebody else, who may free it when {@code release} is called: with the tensors, and not if this throws. */
  static RowStorage sharing(
      ByteBuffer memory, Shape rowShape, int[] labels, int classes, long[] ids, Runnable release) {
    if (!memory.isDirect()) {
      throw new IllegalArgumentException("inputs must be a direct buffer, but was on the heap");
    }
    ByteBuffer inputs = memory.slice().order(ByteOrder.nativeOrder());
    check(List.of(inputs.asFloatBuffer()), rowShape, labels, classes, ids);
    NDManager manager = EngineRuntime.newManager();
    try {
      Shape shape = new Shape(labels.length).addAll(rowShape);
      RowStorage storage =
          new RowStorage(
              manager,
              manager.create(inputs, shape, DataType.FLOAT32),
              onEngine(manager, manager.create(longs(labels), new Shape(labels.length))),
              labels.clone(),
              ids.clone(),
              classes);
      manager.attachInternal("lender", release::run);
      return storage;
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /** The same tensors, open as long as these, with another number of classes. */
  RowStorage withClasses(int number) {
    return new RowStorage(manager, inputs, labelTensor, labels, ids, number);
  }

  /** These rows and those of another after them, under ids of their own. */
  RowStorage plus(RowStorage more, long[] moreIds) {
    if (!more.rowShape().equals(rowShape()) || more.classes != classes) {
      throw new IllegalArgumentException(
          "rows of shape "
              + rowShape()
              + " of "
              + classes
              + " classes cannot be joined by rows of shape "
              + more.rowShape()
              + " of "
              + more.classes);
    }
    NDManager joined = EngineRuntime.newManager();
    try (GradMode off = GradMode.off()) {
      NDArray allInputs = inputs.concat(more.inputs, 0);
      allInputs.attach(joined);
      NDArray allLabels = labelTensor.concat(more.labelTensor, 0);
      allLabels.attach(joined);
      int[] hostLabels = Arrays.copyOf(labels, labels.length + more.labels.length);
      System.arraycopy(more.labels, 0, hostLabels, labels.length, more.labels.length);
      long[] hostIds = Arrays.copyOf(ids, ids.length + moreIds.length);
      System.arraycopy(moreIds, 0, hostIds, ids.length, moreIds.length);
      return new RowStorage(joined, allInputs, allLabels, hostLabels, hostIds, classes);
    } catch (RuntimeException | Error e) {
      joined.close();
      throw e;
    }
  }

  /** A copy in which the rows at some positions have other values and classes. */
  RowStorage with(int[] positions, float[] values, int[] newLabels) {
    Shape rowShape = rowShape();
    long[] newIds = Arrays.stream(positions).mapToLong(position -> ids[position]).toArray();
    check(List.of(FloatBuffer.wrap(values)), rowShape, newLabels, classes, newIds);
    int[] hostLabels = labels.clone();
    for (int i = 0; i < positions.length; i++) {
      hostLabels[positions[i]] = newLabels[i];
    }
    NDManager own = EngineRuntime.newManager();
    try (GradMode off = GradMode.off()) {
      NDArray copy = inputs.duplicate();
      copy.attach(own);
      int width = Math.toIntExact(rowShape.size());
      for (int i = 0; i < positions.length; i++) {
        TorchOps.writeInPlace(copy, (long) positions[i] * width, values, i * width, width);
      }
      return new RowStorage(
          own,
          copy,
          onEngine(own, own.create(longs(hostLabels), new Shape(hostLabels.length))),
          hostLabels,
          ids,
          classes);
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  /** A tensor made from Java memory is only a window on it: the copy is safe to view and to differentiate through. */
  private static NDArray onEngine(NDManager manager, NDArray window) {
    try (window) {
      NDArray copy = window.duplicate();
      copy.attach(manager);
      return copy;
    }
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  private static void check(
      List<FloatBuffer> inputs, Shape rowShape, int[] labels, int classes, long[] ids) {
    Check.atLeast(2, classes, "classes");
    Check.atLeast(1, labels.length, "number of rows");
    long width = rowShape.size();
    if (width < 1) {
      throw new IllegalArgumentException(
          "rowShape must hold at least one value, but was " + rowShape);
    }
    long found = inputs.stream().mapToLong(FloatBuffer::remaining).sum();
    if (found != width * labels.length) {
      throw new IllegalArgumentException(
          "there are "
              + labels.length
              + " labels and rows of shape "
              + rowShape
              + ", which makes "
              + width * labels.length
              + " input values, but there are "
              + found);
    }
    if (ids.length != labels.length) {
      throw new IllegalArgumentException(
          "there are " + labels.length + " labels but " + ids.length + " ids");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes) {
        throw new IllegalArgumentException(
            "labels must be in [0, " + (classes - 1) + "], but row " + i + " has " + labels[i]);
      }
    }
    long before = 0;
    for (FloatBuffer piece : inputs) {
      for (int i = 0; i < piece.remaining(); i++) {
        if (!Float.isFinite(piece.get(i))) {
          throw new IllegalArgumentException(
              "inputs must be finite, but value "
                  + (before + i) % width
                  + " of row "
                  + (before + i) / width
                  + " is "
                  + piece.get(i));
        }
      }
      before += piece.remaining();
    }
  }

  Batch load(Rows rows, int[] positions, Device device) {
    NDManager scope = manager.newSubManager(device);
    try (GradMode off = GradMode.off();
        NDArray index = manager.create(longs(positions), new Shape(positions.length))) {
      NDArray x = TorchOps.rows(scope, inputs, index).toDevice(device, false);
      NDArray y = TorchOps.rows(scope, labelTensor, index).toDevice(device, false);
      x.attach(scope);
      y.attach(scope);
      return new Batch(rows, new NDList(x), y, scope);
    } catch (RuntimeException | Error e) {
      scope.close();
      throw e;
    }
  }

  int size() {
    return ids.length;
  }

  int classes() {
    return classes;
  }

  Shape rowShape() {
    return inputs.getShape().slice(1);
  }

  int label(int position) {
    return labels[position];
  }

  long id(int position) {
    return ids[position];
  }

  int positionOf(long id) {
    Integer position = positionOfId.get(id);
    if (position == null) {
      throw new IllegalArgumentException(
          "no row has the id " + id + "; the data set holds " + ids.length + " rows");
    }
    return position;
  }

  /** SHA-256 over shape, classes, ids, labels and input values. */
  synchronized String fingerprint() {
    if (fingerprint == null) {
      fingerprint = fingerprint(rowsAtOnce(rowShape()));
    }
    return fingerprint;
  }

  /** How many rows are read into Java memory at a time: some, of no more than 64 MiB together, or one. */
  static int rowsAtOnce(Shape rowShape) {
    return (int) Math.max(1, Math.min(4096, PIECE / (rowShape.size() * Float.BYTES)));
  }

  String fingerprint(int step) {
    Digest digest = new Digest().update(classes).update(rowShape().toString());
    for (int i = 0; i < ids.length; i++) {
      digest.update(ids[i]).update(labels[i]);
    }
    for (int from = 0; from < ids.length; from += step) {
      try (NDArray piece =
          inputs.get(new NDIndex(from + ":" + Math.min(from + step, ids.length)))) {
        digest.update(piece.toByteBuffer());
      }
    }
    return digest.hex();
  }

  @Override
  public void close() {
    manager.close();
  }
}
