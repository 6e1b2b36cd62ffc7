package org.erasus.nd4j;

import static java.util.Objects.requireNonNull;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.IdentityHashMap;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/** What ND4J and libtorch both understand: numbers in C order in the memory of the process. */
final class Memory {
  /** The buffers of ND4J that data sets read. */
  private static final IdentityHashMap<DataBuffer, Loan> LENT = new IdentityHashMap<>();

  private Memory() {}

  /** Whether what libtorch keeps on a device lies in the memory of the process: on the CPU alone, not on a GPU of any maker. */
  static boolean holds(Device device) {
    return device.getDeviceType().equals(Device.Type.CPU);
  }

  /** Refuses arrays whose memory is gone, and those that hold no numbers. */
  static INDArray require(INDArray array, String name) {
    if (array.wasClosed()) {
      throw new IllegalStateException(name + " were closed before they were read");
    }
    if (array.isEmpty() || array.length() == 0) {
      throw new IllegalArgumentException(name + " must hold at least one row, but are empty");
    }
    if (!array.data().isInScope()) {
      throw new IllegalStateException(
          name + " lie in a workspace of ND4J that was left: detach() them inside it");
    }
    if (!array.dataType().isNumerical() && array.dataType() != DataType.BOOL) {
      throw new IllegalArgumentException(
          name + " must be numbers or booleans, but were " + array.dataType());
    }
    return array;
  }

  /** Whether the array is 32-bit floats in C order without gaps, in memory that stays: outside workspaces, on the CPU. */
  static boolean shareable(INDArray array) {
    return array.dataType() == DataType.FLOAT
        && !array.isAttached()
        && inOrder(array)
        && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
  }

  private static boolean inOrder(INDArray array) {
    long step = 1;
    for (int axis = array.rank() - 1; axis >= 0; axis--) {
      if (array.size(axis) != 1 && array.stride(axis) != step) {
        return false;
      }
      step *= array.size(axis);
    }
    return true;
  }

  /** The array as 32-bit floats in C order: itself if it is that, or a copy. */
  static INDArray floats(INDArray array) {
    if (shareable(array)) {
      return array;
    }
    INDArray copy = create(DataType.FLOAT, array.shape());
    copy.assign(array);
    return copy;
  }

  /** An array of its own in C order, values not set. */
  static INDArray create(DataType type, long... shape) {
    try (MemoryWorkspace none = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
      return Nd4j.createUninitialized(type, shape, 'c');
    }
  }

  /** Rows [from, to) of an array in C order, as a view. */
  static INDArray rows(INDArray array, long from, long to) {
    long[] shape = array.shape().clone();
    long width = array.length() / shape[0];
    shape[0] = to - from;
    return Nd4j.create(array.data(), shape, strides(shape), array.offset() + from * width, 'c');
  }

  private static long[] strides(long... shape) {
    long[] strides = new long[shape.length];
    long step = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = step;
      step *= shape[axis];
    }
    return strides;
  }

  /** The memory of an array in C order; the array must outlive it. */
  static ByteBuffer window(INDArray array) {
    long bytes = array.length() * array.dataType().width();
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "an array must fit into 2 GiB, but takes " + bytes + " bytes");
    }
    long skipped = array.offset() * array.dataType().width();
    return new BytePointer(array.data().pointer())
        .getPointer(skipped)
        .capacity(bytes)
        .limit(bytes)
        .asByteBuffer();
  }

  /** Copies numbers into an array in C order, from row {@code from} on. */
  static void write(ByteBuffer source, INDArray target, long from) {
    long rowBytes = target.length() / target.size(0) * target.dataType().width();
    BytePointer to =
        new BytePointer(target.data().pointer())
            .getPointer(target.offset() * target.dataType().width() + from * rowBytes);
    Pointer.memcpy(to, new BytePointer(source), source.remaining());
  }

  /** An array of ND4J on memory that somebody else holds and frees; {@link #end} it before. */
  static INDArray over(ByteBuffer floats, long... shape) {
    FloatPointer pointer = new FloatPointer(floats.asFloatBuffer());
    DataBuffer buffer =
        Nd4j.createBuffer(pointer, floats.remaining() / Float.BYTES, DataType.FLOAT);
    return Nd4j.create(buffer, shape, strides(shape), 0, 'c');
  }

  /** Closes an array made by {@link #over}, which frees nothing. */
  static void end(INDArray array) {
    if (!array.data().wasClosed()) {
      array.data().close();
    }
  }

  /** Keeps the memory of an array until {@link #giveBack}: closing the array, or another one on its memory, does nothing. */
  static void lend(INDArray array) {
    DataBuffer owner = owner(array);
    synchronized (LENT) {
      Loan before = LENT.get(owner);
      LENT.put(
          owner,
          before == null ? new Loan(1, owner.isConstant()) : before.withTimes(before.times + 1));
      owner.setConstant(true);
    }
  }

  /** Ends one {@link #lend}. */
  static void giveBack(INDArray array) {
    DataBuffer owner = owner(array);
    synchronized (LENT) {
      Loan loan = requireNonNull(LENT.remove(owner));
      if (loan.times > 1) {
        LENT.put(owner, loan.withTimes(loan.times - 1));
      } else {
        owner.setConstant(loan.wasConstant);
      }
    }
  }

  /** How often a buffer is lent, and whether it could not be closed before that either. */
  private record Loan(int times, boolean wasConstant) {
    Loan withTimes(int times) {
      return new Loan(times, wasConstant);
    }
  }

  /** How many buffers are lent at the moment. */
  static int lent() {
    synchronized (LENT) {
      return LENT.size();
    }
  }

  private static DataBuffer owner(INDArray array) {
    DataBuffer original = array.data().originalDataBuffer();
    return original == null ? array.data() : original;
  }

  /** Shape of one row. */
  static Shape rowShape(INDArray rows) {
    return new Shape(Arrays.copyOfRange(rows.shape(), 1, rows.rank()));
  }
}
