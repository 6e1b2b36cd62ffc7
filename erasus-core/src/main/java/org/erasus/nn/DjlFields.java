package org.erasus.nn;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.norm.BatchNorm;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Settings of DJL's layers that have no accessor. */
final class DjlFields {
  private static final VarHandle KERNEL = field(Convolution.class, "kernelShape", Shape.class);
  private static final VarHandle STRIDE = field(Convolution.class, "stride", Shape.class);
  private static final VarHandle PADDING = field(Convolution.class, "padding", Shape.class);
  private static final VarHandle DILATION = field(Convolution.class, "dilation", Shape.class);
  private static final VarHandle GROUPS = field(Convolution.class, "groups", int.class);
  private static final VarHandle EPSILON = field(BatchNorm.class, "epsilon", float.class);

  private DjlFields() {}

  private static VarHandle field(Class<?> owner, String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
          .findVarHandle(owner, name, type);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "this version of DJL has no field " + owner.getSimpleName() + "." + name, e);
    }
  }

  static double epsilon(BatchNorm block) {
    return (float) EPSILON.get(block);
  }

  /**
   * Kernel, stride and padding of a convolution that is the same in height and width.
   *
   * @throws UnsupportedOperationException for one that is not, or has groups or dilation
   */
  static Square square(Convolution block) {
    if ((int) GROUPS.get(block) != 1 || edge((Shape) DILATION.get(block), "dilation") != 1) {
      throw new UnsupportedOperationException(
          "per-row gradients of DJL's Conv2d need one group and no dilation");
    }
    return new Square(
        edge((Shape) KERNEL.get(block), "kernel"),
        edge((Shape) STRIDE.get(block), "stride"),
        edge((Shape) PADDING.get(block), "padding"));
  }

  private static long edge(Shape shape, String name) {
    if (shape.get(0) != shape.get(1)) {
      throw new UnsupportedOperationException(
          "per-row gradients of DJL's Conv2d need a square " + name + ", but it is " + shape);
    }
    return shape.get(0);
  }

  /** Sizes along one edge. */
  record Square(long kernel, long stride, long padding) {}
}
