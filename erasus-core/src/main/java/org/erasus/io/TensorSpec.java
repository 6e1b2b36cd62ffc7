package org.erasus.io;

import java.util.Arrays;
import java.util.List;

/**
 * What is known of a tensor before its data: the number format and the shape. No dimension is negative and the number
 * of bytes fits a {@code long}, which the constructor checks.
 *
 * @param dtype the number format
 * @param shape the dimensions, each 0 or more; empty for a scalar
 */
public record TensorSpec(DType dtype, List<Long> shape) {

  /**
   * Checks the dimensions.
   *
   * @throws IllegalArgumentException if one is negative, or if the bytes do not fit a {@code long}
   */
  public TensorSpec {
    shape = List.copyOf(shape);
    try {
      long bytes = dtype.byteSize();
      for (long dimension : shape) {
        if (dimension < 0) {
          throw new IllegalArgumentException("shape must not be negative, but was " + shape);
        }
        bytes = Math.multiplyExact(bytes, dimension);
      }
    } catch (ArithmeticException overflow) {
      throw new IllegalArgumentException(
          "shape " + shape + " of " + dtype + " has more bytes than a 64-bit number counts",
          overflow);
    }
  }

  /**
   * Describes a tensor.
   *
   * @param dtype the number format
   * @param shape the dimensions, each 0 or more; none for a scalar
   * @return the description
   * @throws IllegalArgumentException as the constructor does
   */
  public static TensorSpec of(DType dtype, long... shape) {
    return new TensorSpec(dtype, Arrays.stream(shape).boxed().toList());
  }

  /**
   * The number of values.
   *
   * @return the product of the dimensions, 1 for a scalar
   */
  public long size() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /**
   * The number of bytes.
   *
   * @return {@link #size()} times the bytes per value
   */
  public long byteSize() {
    return size() * dtype.byteSize();
  }

  /** Such as {@code F32[64, 3, 7, 7]}. */
  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
