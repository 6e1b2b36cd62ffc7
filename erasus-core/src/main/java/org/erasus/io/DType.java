package org.erasus.io;

import java.util.Arrays;

/**
 * The number formats a tensor on the host may have, each named as in safetensors. All are little-endian.
 *
 * <p>The order is that of the reference implementation of safetensors, whose files hold the last of these formats
 * first, so that every tensor is aligned to its own element size: do not reorder.
 */
public enum DType {
  /** One byte per value: 0 is false, anything else is true. */
  BOOL(1),
  /** Unsigned bytes, 0 to 255. */
  U8(1),
  /** Signed bytes. */
  I8(1),
  /** 16-bit integers. */
  I16(2),
  /** IEEE 754 half precision: 5 bits of exponent, 10 of fraction. */
  F16(2),
  /** The upper half of an {@link #F32}: 8 bits of exponent, 7 of fraction. */
  BF16(2),
  /** 32-bit integers. */
  I32(4),
  /** IEEE 754 single precision. */
  F32(4),
  /** IEEE 754 double precision. */
  F64(8),
  /** 64-bit integers. */
  I64(8);

  private final int byteSize;

  DType(int byteSize) {
    this.byteSize = byteSize;
  }

  /**
   * Bytes per value.
   *
   * @return 1, 2, 4 or 8
   */
  public int byteSize() {
    return byteSize;
  }

  /**
   * Whether this format can hold fractions, infinities and NaN.
   *
   * @return true for F16, BF16, F32 and F64
   */
  public boolean isFloating() {
    return switch (this) {
      case F16, BF16, F32, F64 -> true;
      case BOOL, U8, I8, I16, I32, I64 -> false;
    };
  }

  /**
   * The format with this safetensors name.
   *
   * @param name such as {@code "BF16"}
   * @return the format
   * @throws IllegalArgumentException if there is none of that name
   */
  public static DType of(String name) {
    return Arrays.stream(values())
        .filter(dtype -> dtype.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no number format named \""
                        + name
                        + "\"; known: "
                        + Arrays.toString(values())));
  }
}
