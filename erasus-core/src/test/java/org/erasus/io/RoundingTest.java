package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class RoundingTest {
  private final JsonNode golden = Golden.json("half.json");

  /** The value by its definition, in double arithmetic, which holds every step exactly. */
  @Test
  void everyF16PatternHasTheValueOfItsDefinition() {
    for (int pattern = 0; pattern < 65536; pattern++) {
      int exponent = (pattern >> 10) & 31;
      int fraction = pattern & 1023;
      double magnitude =
          switch (exponent) {
            case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            case 0 -> fraction * Math.pow(2, -24);
            default -> (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
          };
      float expected = (float) (pattern < 32768 ? magnitude : -magnitude);
      assertThat(Float.floatToIntBits(Rounding.f16ToFloat((short) pattern)))
          .as("pattern %x", pattern)
          .isEqualTo(Float.floatToIntBits(expected));
    }
  }

  @Test
  void everyBf16PatternHasTheValueOfItsDefinition() {
    for (int pattern = 0; pattern < 65536; pattern++) {
      int exponent = (pattern >> 7) & 255;
      int fraction = pattern & 127;
      double magnitude =
          switch (exponent) {
            case 255 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            case 0 -> fraction * Math.pow(2, -133);
            default -> (1 + fraction / 128.0) * Math.pow(2, exponent - 127);
          };
      float expected = (float) (pattern < 32768 ? magnitude : -magnitude);
      assertThat(Float.floatToIntBits(Rounding.bf16ToFloat((short) pattern)))
          .as("pattern %x", pattern)
          .isEqualTo(Float.floatToIntBits(expected));
    }
  }

  @Test
  void wideningAgreesWithNumpyAndTorchOnEveryPattern() {
    assertThat(checksumOfWidening(Rounding::f16ToFloat)).isEqualTo(text("f16", "widen"));
    assertThat(checksumOfWidening(Rounding::bf16ToFloat)).isEqualTo(text("bf16", "widen"));
  }

  /** At, just beside and halfway between all neighbouring patterns. */
  @Test
  void narrowingAgreesWithNumpyAndTorchAroundEveryBoundary() {
    float[] f16 = narrowInputs(Rounding::f16ToFloat);
    assertThat(f16).hasSize(golden.get("f16").get("inputs").intValue());
    assertThat(checksumOfNarrowing(f16, Rounding::floatToF16)).isEqualTo(text("f16", "narrow"));
    float[] bf16 = narrowInputs(Rounding::bf16ToFloat);
    assertThat(bf16).hasSize(golden.get("bf16").get("inputs").intValue());
    assertThat(checksumOfNarrowing(bf16, Rounding::floatToBf16)).isEqualTo(text("bf16", "narrow"));
  }

  /** Negative control: without the tie rule the checksums differ, so they do watch it. */
  @Test
  void narrowingByCuttingOffDoesNotAgree() {
    float[] bf16 = narrowInputs(Rounding::bf16ToFloat);
    assertThat(checksumOfNarrowing(bf16, value -> (short) (Float.floatToRawIntBits(value) >>> 16)))
        .isNotEqualTo(text("bf16", "narrow"));
  }

  @Test
  void everyPatternSurvivesTheWayThereAndBack() {
    for (int pattern = 0; pattern < 65536; pattern++) {
      float f16 = Rounding.f16ToFloat((short) pattern);
      if (!Float.isNaN(f16)) {
        assertThat(Rounding.floatToF16(f16)).isEqualTo((short) pattern);
      }
      float bf16 = Rounding.bf16ToFloat((short) pattern);
      if (!Float.isNaN(bf16)) {
        assertThat(Rounding.floatToBf16(bf16)).isEqualTo((short) pattern);
      }
    }
  }

  /** Signs and payloads of NaN are free, but a payload in the lowest bits must not turn it into infinity. */
  @Test
  void nanStaysNan() {
    for (int bits : new int[] {0x7F800001, 0xFF800001, 0x7FC00000, 0xFFFFFFFF, 0x7F802000}) {
      float nan = Float.intBitsToFloat(bits);
      assertThat(Rounding.f16ToFloat(Rounding.floatToF16(nan))).isNaN();
      assertThat(Rounding.bf16ToFloat(Rounding.floatToBf16(nan))).isNaN();
    }
  }

  /**
   * F16 ends at 65504; the next step would be 65536 and the half of the way is 65520, which goes to the even side,
   * infinity. BF16 ends at 255·2¹²⁰, and halfway to 2¹²⁸ is 511·2¹¹⁹.
   */
  @Test
  void overflowBeginsHalfwayToTheNextStep() {
    assertThat(Rounding.floatToF16(Math.nextDown(65520f))).isEqualTo((short) 0x7BFF);
    assertThat(Rounding.floatToF16(65520f)).isEqualTo((short) 0x7C00);
    assertThat(Rounding.floatToF16(-65520f)).isEqualTo((short) 0xFC00);
    assertThat(Rounding.floatToF16(Float.MAX_VALUE)).isEqualTo((short) 0x7C00);
    assertThat(Rounding.floatToBf16(Math.nextDown(511 * 0x1p119f))).isEqualTo((short) 0x7F7F);
    assertThat(Rounding.floatToBf16(511 * 0x1p119f)).isEqualTo((short) 0x7F80);
    assertThat(Rounding.floatToBf16(-Float.MAX_VALUE)).isEqualTo((short) 0xFF80);
  }

  private interface Widen {
    float apply(short pattern);
  }

  private interface Narrow {
    short apply(float value);
  }

  private String text(String format, String field) {
    return golden.get(format).get(field).textValue();
  }

  /** The inputs that half.py describes. */
  private static float[] narrowInputs(Widen widen) {
    float[] inputs = new float[500_000];
    int count = 0;
    for (int pattern = 0; pattern < 65535; pattern++) {
      float a = widen.apply((short) pattern);
      float b = widen.apply((short) (pattern + 1));
      if (Float.isFinite(a) && Float.isFinite(b) && pattern != 32767) {
        int low = Float.floatToRawIntBits(a);
        int middle = Float.floatToRawIntBits((float) (((double) a + b) / 2));
        for (int bits : new int[] {low, low + 1, middle - 1, middle, middle + 1}) {
          inputs[count++] = Float.intBitsToFloat(bits);
        }
      }
    }
    for (long bits = 0; bits < 1L << 32; bits += 65537) {
      float value = Float.intBitsToFloat((int) bits);
      if (!Float.isNaN(value)) {
        inputs[count++] = value;
      }
    }
    return Arrays.copyOf(inputs, count);
  }

  private static String checksumOfWidening(Widen widen) {
    byte[] array = new byte[4 * 65536];
    ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    for (int pattern = 0; pattern < 65536; pattern++) {
      bytes.putInt(Float.floatToIntBits(widen.apply((short) pattern)));
    }
    return sha256(array);
  }

  private static String checksumOfNarrowing(float[] inputs, Narrow narrow) {
    byte[] array = new byte[2 * inputs.length];
    ByteBuffer bytes = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    for (float input : inputs) {
      bytes.putShort(narrow.apply(input));
    }
    return sha256(array);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
