package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  private static final JsonNode GOLDEN = Golden.json("safetensors.json");

  private final Path directory;

  SafetensorsTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "names", "empty"})
  void readsWhatTheReferenceWrote(String name) throws IOException {
    Safetensors read = Safetensors.read(Golden.file(name + ".safetensors"));
    JsonNode expected = GOLDEN.get(name);
    assertThat(read.tensors()).hasSize(expected.get("tensors").size());
    for (Map.Entry<String, JsonNode> item : expected.get("tensors").properties()) {
      HostTensor tensor = read.tensor(item.getKey());
      assertThat(tensor).as(item.getKey()).isEqualTo(Golden.tensor(item.getValue()));
      assertThat(bits(tensor.toFloats()))
          .as(item.getKey())
          .isEqualTo(Golden.floatBits(item.getValue()));
    }
    assertThat(read.metadata()).isEqualTo(metadata(expected));
  }

  /** From the values, in any order, not from the file: the same tensors and metadata give the same bytes. */
  @ParameterizedTest
  @ValueSource(strings = {"all", "names", "empty"})
  void writesTheBytesThatTheReferenceWrote(String name) throws IOException {
    JsonNode expected = GOLDEN.get(name);
    List<Map.Entry<String, JsonNode>> items = new ArrayList<>(expected.get("tensors").properties());
    Collections.shuffle(items, new Random(5));
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    items.forEach(item -> tensors.put(item.getKey(), Golden.tensor(item.getValue())));
    Path file = directory.resolve("out.safetensors");
    new Safetensors(tensors, metadata(expected)).write(file);
    assertThat(file).hasSameBinaryContentAs(Golden.file(name + ".safetensors"));
  }

  private static Map<String, String> metadata(JsonNode expected) {
    Map<String, String> metadata = new LinkedHashMap<>();
    expected
        .get("metadata")
        .properties()
        .forEach(item -> metadata.put(item.getKey(), item.getValue().textValue()));
    return metadata;
  }

  /** NaN as the quiet one, as in the golden file. */
  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToIntBits(values[i]));
    return bits;
  }

  @Test
  void metadataIsSortedSoThatEqualContentGivesEqualBytes() throws IOException {
    Map<String, String> one = new LinkedHashMap<>();
    one.put("b", "2");
    one.put("a", "1");
    Map<String, String> other = new LinkedHashMap<>();
    other.put("a", "1");
    other.put("b", "2");
    new Safetensors(Map.of(), one).write(directory.resolve("one"));
    new Safetensors(Map.of(), other).write(directory.resolve("other"));
    assertThat(directory.resolve("one")).hasSameBinaryContentAs(directory.resolve("other"));
    assertThat(Files.readString(directory.resolve("one"), StandardCharsets.ISO_8859_1))
        .contains("{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\"}}");
  }

  @Test
  void everyCutOfAFileIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file("all.safetensors"));
    Path file = directory.resolve("cut");
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatIOException()
          .as("cut to %d bytes", length)
          .isThrownBy(() -> Safetensors.read(file))
          .withMessageContaining(file.toString());
    }
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertThatIOException()
        .isThrownBy(() -> Safetensors.read(file))
        .withMessageContaining("the tensors end at byte " + whole.length);
  }

  /** The length of the header is 8 bytes; each change of one of their bits must be noticed before it is believed. */
  @Test
  void everyChangeOfTheHeaderLengthIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file("all.safetensors"));
    Path file = directory.resolve("changed");
    for (int bit = 0; bit < 64; bit++) {
      byte[] changed = whole.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(file, changed);
      assertThatIOException().as("bit %d", bit).isThrownBy(() -> Safetensors.read(file));
    }
    byte[] endless = whole.clone();
    Arrays.fill(endless, 0, 8, (byte) 0xFF);
    Files.write(file, endless);
    assertThatIOException()
        .isThrownBy(() -> Safetensors.read(file))
        .withMessageContaining(
            "the length of the header, at byte 0, must be at most 100000000 and end within the "
                + whole.length
                + " bytes of the file, but was 18446744073709551615");
  }

  @Test
  void aHeaderAboveTheBoundIsRefusedThoughTheFileHasIt() throws IOException {
    Path file = sparse("large header", "", 100_000_100L);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(length.putLong(0, 100_000_001), 0);
    }
    assertThatIOException()
        .isThrownBy(() -> Safetensors.read(file))
        .withMessageContaining("must be at most 100000000");
  }

  /** Sparse: takes no room on the disk. The first two tensors take a mapping each, the last lies beyond 4 GiB. */
  @Test
  void readsFilesBeyondTheReachOfOneBuffer() throws IOException {
    long large = HostTensor.MAX_BYTES;
    String header =
        String.format(
            "{\"a\":{\"dtype\":\"I8\",\"shape\":[%d],\"data_offsets\":[0,%1$d]},"
                + "\"b\":{\"dtype\":\"I8\",\"shape\":[%1$d],\"data_offsets\":[%1$d,%d]},"
                + "\"c\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%2$d,%d]}}",
            large, 2 * large, 2 * large + 8);
    long start = 8L + header.length();
    Path file = sparse("large", header, 2 * large + 8);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer values = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(
          values.put((byte) 77).putFloat(1.5f).putFloat(-2.5f).flip(), start + 2 * large - 1);
    }
    Safetensors read = Safetensors.map(file);
    assertThat(read.tensor("c").toFloats()).containsExactly(1.5f, -2.5f);
    assertThat(read.tensor("b").data().get((int) large - 1)).isEqualTo((byte) 77);
    assertThat(read.tensor("a").data().get((int) large - 1)).isZero();
  }

  @Test
  void aTensorBeyondTheReachOfOneBufferIsNamed() throws IOException {
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"big\":{\"dtype\":\"F16\",\"shape\":[1073741824],\"data_offsets\":[1,2147483649]}}";
    Path file = sparse("big", header, 2147483649L);
    assertThatIOException()
        .isThrownBy(() -> Safetensors.read(file))
        .withMessage(
            "%s: tensor \"big\" at byte %d has 2147483648 bytes; one tensor may have at most 2147483647",
            file, 8 + header.length() + 1);
  }

  private Path sparse(String name, String header, long dataBytes) throws IOException {
    Path file = directory.resolve(name);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      ByteBuffer start = ByteBuffer.allocate(8 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
      start.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII)).flip();
      channel.write(start);
      channel.write(ByteBuffer.allocate(1), 8 + header.length() + dataBytes - 1);
    }
    return file;
  }

  /** Linux allows a process 65,530 mappings, so one for each tensor would fail. */
  @Test
  void readsMoreTensorsThanThereAreMappings() throws IOException {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    for (int i = 0; i < 70_000; i++) {
      specs.put("t" + i, TensorSpec.of(DType.I64));
    }
    Path file = directory.resolve("many");
    Safetensors.write(
        file,
        specs,
        Map.of(),
        name -> HostTensor.of(new long[] {Long.parseLong(name.substring(1))}));
    for (Safetensors content : List.of(Safetensors.map(file), Safetensors.read(file))) {
      assertThat(content.tensors()).hasSize(70_000);
      assertThat(content.tensor("t69999").toLongs()).containsExactly(69_999);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void tensorsOutliveTheReplacementOfTheirFile() throws IOException {
    Path file = directory.resolve("model");
    content(1).write(file);
    Safetensors old = Safetensors.map(file);
    content(2).write(file);
    assertThat(old).isEqualTo(content(1));
    assertThat(Safetensors.map(file)).isEqualTo(content(2));
  }

  @Test
  void aFileThatWasReadCanBeReplacedWhileItsTensorsAreInUse() throws IOException {
    Path file = directory.resolve("model");
    content(1).write(file);
    Safetensors old = Safetensors.read(file);
    content(2).write(file);
    assertThat(old).isEqualTo(content(1));
    assertThat(Safetensors.read(file)).isEqualTo(content(2));
  }

  /** What Windows would refuse to replace shows on Linux as a mapping of the process. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFileIsMappedOnlyWhenThatIsAskedFor() throws IOException {
    Path file = directory.resolve("model-to-be-replaced");
    content(1).write(file);
    Safetensors read = Safetensors.read(file);
    assertThat(mappings()).doesNotContain(file.toString());
    Safetensors mapped = Safetensors.map(file);
    assertThat(mappings()).contains(file.toString());
    assertThat(mapped).isEqualTo(read);
  }

  private static String mappings() throws IOException {
    return Files.readString(Path.of("/proc/self/maps"));
  }

  /** Each source fails after the first tensor, part of which has been written by then. */
  @Test
  void aFailingSourceLeavesTheOldFile() throws IOException {
    Path file = directory.resolve("model");
    content(1).write(file);
    byte[] before = Files.readAllBytes(file);
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    content(2).tensors().forEach((name, tensor) -> specs.put(name, tensor.spec()));

    assertThatIOException()
        .isThrownBy(
            () ->
                Safetensors.write(file, specs, Map.of(), failing(new IOException("No space left"))))
        .withMessage("No space left");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Safetensors.write(
                    file,
                    specs,
                    Map.of(),
                    name ->
                        HostTensor.of(
                            new float[name.equals("a") ? 1000 : 1], name.equals("a") ? 1000 : 1)))
        .withMessage("tensor \"b\" was announced as F32[1000], but is F32[1]");

    assertThat(file).hasBinaryContent(before);
    assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
  }

  private static Safetensors.Source failing(IOException failure) {
    return name -> {
      if (name.equals("b")) {
        throw failure;
      }
      return content(2).tensor(name);
    };
  }

  private static Safetensors content(float value) {
    float[] values = new float[1000];
    Arrays.fill(values, value);
    HostTensor tensor = HostTensor.of(values, 1000);
    return new Safetensors(Map.of("a", tensor, "b", tensor), Map.of("value", "" + value));
  }

  @Test
  void anUnknownNameIsReportedWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Safetensors(Map.of(), Map.of()).tensor("fc.weight"))
        .withMessage("no tensor named \"fc.weight\"; known: []");
  }
}
