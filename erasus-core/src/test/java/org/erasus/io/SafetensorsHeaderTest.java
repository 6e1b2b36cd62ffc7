package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsHeaderTest {

  @Test
  void readsTensorsInTheOrderOfTheirData() throws IOException {
    SafetensorsHeader header =
        parse(
            """
            {"b":{"dtype":"F32","shape":[2,3],"data_offsets":[4,28]},
             "__metadata__":{"k":"v"},
             "a":{"data_offsets":[0,4],"shape":[],"dtype":"I32"}}  \s""",
            28);
    assertThat(header.entries())
        .containsExactly(
            new SafetensorsHeader.Entry("a", TensorSpec.of(DType.I32), 0),
            new SafetensorsHeader.Entry("b", TensorSpec.of(DType.F32, 2, 3), 4));
    assertThat(header.metadata()).containsExactly(Map.entry("k", "v"));
  }

  /** One row per rule; the data have 8 bytes, and {@code T} stands for a tensor of the first 4. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ` {}`                                                            | must begin with {
          ``                                                               | must begin with {
          []                                                               | must begin with {
          {} x                                                             | not valid JSON
          {}{}                                                             | must end with its closing brace
          {"a":{T},                                                        | not valid JSON
          {"a":{T                                                          | not valid JSON
          {"a":{T},"a":{T}}                                                | Duplicate field 'a'
          {"a":{T},"\\u0061":{T}}                                          | Duplicate field 'a'
          {"a":{T,"shape":[1]}}                                            | Duplicate field 'shape'
          {"__metadata__":{},"__metadata__":{}}                            | Duplicate field '__metadata__'
          {"__metadata__":{"a":"1","a":"2"}}                               | Duplicate field 'a'
          {"__metadata__":{"a":1}}                                         | __metadata__ "a" must be a string
          {"__metadata__":null}                                            | __metadata__ must be an object
          {"a":[]}                                                         | tensor "a" must be an object
          {"a":{}}                                                         | must have dtype, shape and data_offsets
          {"a":{"dtype":"F32","shape":[1]}}                                | must have dtype, shape and data_offsets
          {"a":{T,"strides":[1]}}                                          | must not have a field "strides"
          {"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}       | no number format named "F8_E4M3"
          {"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}}              | dtype must be a string
          {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}             | shape must be a list of numbers
          {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}         | shape must hold whole numbers only
          {"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}         | shape must hold whole numbers only
          {"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}         | not valid JSON
          {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}          | shape must be 0 to
          {"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}} | shape must be 0 to
          {"a":{"dtype":"F32","shape":[2147483648,2147483648],"data_offsets":[0,4]}} | more bytes than a 64-bit number
          {"a":{"dtype":"F32","shape":[4294967296,4294967297],"data_offsets":[0,4]}} | more bytes than a 64-bit number
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}             | data_offsets must be two numbers
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}         | data_offsets must be two numbers
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}           | must rise and lie within the 8 bytes of data
          {"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}          | must rise and lie within the 8 bytes of data
          {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}           | F32[1] has 4 bytes, but data_offsets was [0, 8]
          {"a":{T}}                                                        | the tensors end at byte
          {"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}           | tensor "b" must begin where the one before it ends
          {"a":{T},"b":{T}}                                                | must begin where the one before it ends
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}} | tensor "b" must begin
          {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}} | tensor "b" must begin
          {"\\ud800":{T}}                                                  | names must be valid Unicode
          """)
  void refusesABrokenHeader(String json, String message) {
    String header = json.replace("T", "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]");
    assertThatIOException()
        .isThrownBy(() -> parse(header, 8))
        .withMessageStartingWith("model.safetensors: ")
        .withMessageContaining(message);
  }

  @Test
  void refusesInvalidUtf8() {
    byte[] header = "{\"é\":1}".getBytes(StandardCharsets.ISO_8859_1);
    assertThatIOException()
        .isThrownBy(() -> SafetensorsHeader.parse("f", header, 0))
        .withMessage("f: the header is not valid UTF-8");
  }

  @Test
  void namesTheBytesOfTheFileBetweenWhichThereIsAHole() {
    String json = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}";
    assertThatIOException()
        .isThrownBy(() -> parse(json, 2))
        .withMessage(
            "model.safetensors: tensor \"a\" must begin where the one before it ends, at %d of the file, but begins at %d",
            8 + json.length(), 9 + json.length());
  }

  /**
   * Changing any byte to any other value gives an IOException or a header that still covers the data; what may still be
   * read is a change of the name, of the format to one as wide, or of a space.
   */
  @Test
  void everyChangeOfOneByteIsRefusedOrHarmless() throws IOException {
    byte[] header =
        "{\"ab\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}} "
            .getBytes(StandardCharsets.UTF_8);
    int refused = 0;
    Set<Integer> harmless = new HashSet<>();
    for (int i = 0; i < header.length; i++) {
      for (int value = 0; value < 256; value++) {
        byte[] changed = header.clone();
        changed[i] = (byte) value;
        if (value == header[i]) {
          continue;
        }
        try {
          SafetensorsHeader read = SafetensorsHeader.parse("f", changed, 24);
          assertThat(read.entries()).hasSize(1);
          assertThat(read.entries().get(0).spec().shape()).containsExactly(2L, 3L);
          assertThat(read.dataBytes()).isEqualTo(24);
          harmless.add(i);
        } catch (IOException e) {
          assertThat(e).hasMessageStartingWith("f: ");
          refused++;
        }
      }
    }
    int last = header.length - 1;
    int format = new String(header, StandardCharsets.UTF_8).indexOf("F32");
    assertThat(harmless).containsExactlyInAnyOrder(2, 3, format, last);
    assertThat(refused).isGreaterThan(250 * (header.length - 4));
  }

  @Test
  void everyCutIsRefused() {
    byte[] header =
        "{\"ab\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}"
            .getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < header.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(header, length);
      assertThatIOException().isThrownBy(() -> SafetensorsHeader.parse("f", cut, 24));
    }
  }

  @Test
  void deepNestingIsRefusedWithoutEndingTheStack() {
    String json = "{\"a\":" + "[".repeat(1_000_000);
    assertThatIOException()
        .isThrownBy(() -> parse(json, 0))
        .withMessageContaining("tensor \"a\" must be an object");
  }

  @Test
  void laysOutWideFormatsFirstThenByName() {
    Map<String, TensorSpec> specs =
        Map.of(
            "b", TensorSpec.of(DType.F32, 1),
            "a", TensorSpec.of(DType.U8, 3),
            "a2", TensorSpec.of(DType.F32, 2),
            "z", TensorSpec.of(DType.I64));
    assertThat(SafetensorsHeader.layOut(specs, Map.of()).entries())
        .containsExactly(
            new SafetensorsHeader.Entry("z", TensorSpec.of(DType.I64), 0),
            new SafetensorsHeader.Entry("a2", TensorSpec.of(DType.F32, 2), 8),
            new SafetensorsHeader.Entry("b", TensorSpec.of(DType.F32, 1), 16),
            new SafetensorsHeader.Entry("a", TensorSpec.of(DType.U8, 3), 20));
  }

  @Test
  void layOutRefusesWhatTheFormatCannotHold() {
    for (String name : List.of("__metadata__", "half \ud800 pair")) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> SafetensorsHeader.layOut(Map.of(name, TensorSpec.of(DType.F32)), Map.of()))
          .withMessageContaining("must not be named \"" + name);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsHeader.layOut(Map.of(), Map.of("k", "\udc00")))
        .withMessageContaining("metadata \"k\"");
    TensorSpec huge = TensorSpec.of(DType.U8, Long.MAX_VALUE);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SafetensorsHeader.layOut(Map.of("a", huge, "b", huge), Map.of()))
        .withMessageContaining("more bytes than a file can");
  }

  private static SafetensorsHeader parse(String json, long dataBytes) throws IOException {
    return SafetensorsHeader.parse(
        "model.safetensors", json.getBytes(StandardCharsets.UTF_8), dataBytes);
  }
}
