package org.erasus.io;

/**
 * The 16-bit floating-point formats as bits: widening is exact, narrowing rounds to nearest, ties to even.
 *
 * <pre>{@code
 * F16     s eeeee mmmmmmmmmm         (−1)ˢ 2^(e−15) 1.m      e = 0: (−1)ˢ m 2⁻²⁴      e = 31: ∞, NaN
 * BF16    s eeeeeeee mmmmmmm         the upper 16 bits of an F32
 * }</pre>
 */
final class Rounding {
  /** What is added to the exponent of an F16 to make that of an F32: the difference of the biases, 127 − 15. */
  private static final int REBIAS = 112;

  /** 65520 as F32: halfway between the largest F16 and the power of two above it, so it and all above become ∞. */
  private static final int F16_OVERFLOW = 0x477FF000;

  /** 2⁻¹⁴ as F32, the smallest normal F16. */
  private static final int F16_NORMAL = 0x38800000;

  private static final int INFINITY = 0x7F800000;

  private Rounding() {}

  static float f16ToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | INFINITY | (fraction << 13));
    }
    if (exponent == 0) {
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(fraction * 0x1p-24f));
    }
    return Float.intBitsToFloat(sign | ((exponent + REBIAS) << 23) | (fraction << 13));
  }

  static short floatToF16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7FFFFFFF;
    if (magnitude > INFINITY) {
      return (short) (sign | 0x7E00 | ((magnitude >>> 13) & 0x3FF));
    }
    if (magnitude >= F16_OVERFLOW) {
      return (short) (sign | 0x7C00);
    }
    if (magnitude < F16_NORMAL) {
      // Multiplying by 2²⁴ is exact, so the only rounding is that of rint, which takes ties to
      // even.
      return (short) (sign | (int) Math.rint(Float.intBitsToFloat(magnitude) * 0x1p24));
    }
    return (short) (sign | roundShift(magnitude - (REBIAS << 23), 13));
  }

  static float bf16ToFloat(short upper) {
    return Float.intBitsToFloat(upper << 16);
  }

  static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // The set bit keeps a NaN whose payload lies in the lower half from becoming ∞.
      return (short) ((bits >>> 16) | 0x40);
    }
    int sign = (bits >>> 16) & 0x8000;
    return (short) (sign | roundShift(bits & 0x7FFFFFFF, 16));
  }

  /** Drops {@code count} bits, to nearest, ties to even; a carry runs into the exponent, as it should. */
  private static int roundShift(int bits, int count) {
    int belowHalf = (1 << (count - 1)) - 1;
    return (bits + belowHalf + ((bits >>> count) & 1)) >>> count;
  }
}
