package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PyTorchStateDictTest {
  private static final JsonNode GOLDEN = Golden.json("state_dicts.json");

  private final Path directory;

  PyTorchStateDictTest(@TempDir Path directory) {
    this.directory = directory;
  }

  static Stream<String> goldens() {
    return GOLDEN.properties().stream().map(Map.Entry::getKey);
  }

  /** Names, order, format, shape, every bit, and the conversion to floats, as PyTorch has them. */
  @ParameterizedTest
  @MethodSource("goldens")
  void readsWhatPyTorchWrote(String name) throws IOException {
    JsonNode expected = GOLDEN.get(name);
    String file = expected.has("file") ? expected.get("file").textValue() : name;
    Map<String, HostTensor> read =
        PyTorchStateDict.read(Golden.file(file + ".pt"), expected.get("select").textValue());
    assertThat(read).hasSize(expected.get("tensors").size());
    Iterator<Map.Entry<String, HostTensor>> entries = read.entrySet().iterator();
    for (JsonNode described : expected.get("tensors")) {
      Map.Entry<String, HostTensor> entry = entries.next();
      assertThat(entry.getKey()).isEqualTo(described.get("name").textValue());
      assertThat(entry.getValue()).as(entry.getKey()).isEqualTo(Golden.tensor(described));
      float[] floats = entry.getValue().toFloats();
      int[] bits = new int[floats.length];
      Arrays.setAll(bits, i -> Float.floatToIntBits(floats[i]));
      assertThat(bits).as(entry.getKey()).isEqualTo(Golden.floatBits(described));
    }
  }

  @Test
  void goldensCoverEveryFormat() {
    assertThat(GOLDEN.get("formats").get("tensors"))
        .extracting(described -> DType.of(described.get("dtype").textValue()))
        .contains(DType.values());
  }

  @Test
  void readsAStateDictThatPythonWroteInParts() throws IOException {
    Map<String, HostTensor> read = PyTorchStateDict.read(Golden.file("many.pt"));
    assertThat(read).hasSize(1200);
    for (int i = 0; i < 1200; i++) {
      HostTensor tensor = Objects.requireNonNull(read.get("layer" + i + ".bias"));
      assertThat(tensor.toLongs()).containsExactly(i);
    }
  }

  @Test
  void tiedWeightsComeBackAsOneTensor() throws IOException {
    Map<String, HostTensor> read = PyTorchStateDict.read(Golden.file("shared.pt"));
    assertThat(read.get("encoder")).isSameAs(read.get("decoder"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          evil       | asks for posix.system, which is not among the names a state dict needs; nothing was run
          module     | asks for torch.nn.modules.linear.Linear
          size       | asks for torch.Size
          numpy      | asks for numpy._core.multiarray.scalar
          complex    | asks for torch.ComplexFloatStorage
          negative   | a tensor with a lazy sign or conjugation cannot be read
          expanded   | tensor "weight" shows values of its storage more than once, as expand() does
          bare       | a dict was expected, but there is a tensor F32[1]
          protocol4  | pickle protocol must be 2, but was 4: save again without the argument pickle_protocol
          legacy     | from before torch 1.6; save it again in Python: torch.save(torch.load(path, weights_only=True), path)
          script     | holds a TorchScript program
          nochecksum | is wrong: the file is damaged, or was saved after torch.serialization.set_crc32_options(False)
          truncated  | truncated.pt
          bigendian  | byte order must be little, but was big
          deflated   | is compressed, which torch.save never does
          missing    | data/0 is missing
          short      | needs 9 values of F32 in storage 0, but it has 35 bytes
          checkpoint | the file must hold names and tensors only, but "epoch" is a int; if that is the state dict, or holds it, pass its key
          """)
  void refusesOtherFiles(String name, String message) {
    Path file = Golden.file(name + ".pt");
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining(file.toString())
        .withMessageContaining(message);
  }

  @Test
  void aWrongSelectionNamesWhatThereIs() {
    Path file = Golden.file("checkpoint.pt");
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file, "model"))
        .withMessageContaining(
            "no key \"model\" on the way to \"model\"; there are \"epoch\" (int)")
        .withMessageContaining("\"state_dict\" (dict of 8)");
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file, "best.weights"))
        .withMessageContaining("no key \"weights\" on the way to \"best.weights\"");
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file, "epoch.weights"))
        .withMessageContaining(
            "a dict was expected on the way to \"epoch.weights\", but there is a int");
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file, "optimizer"))
        .withMessageContaining(
            "\"optimizer\" must hold names and tensors only, but \"state\" is a dict");
  }

  @Test
  void otherFilesAreNotArchives() throws IOException {
    Path file = directory.resolve("file.pt");
    for (String content : List.of("", "P", "not a model at all")) {
      Files.writeString(file, content);
      assertThatIOException()
          .isThrownBy(() -> PyTorchStateDict.read(file))
          .withMessageContaining("not a file of torch.save");
    }
    zip(file, "word/document.xml", new byte[9]);
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining("it must hold one data.pkl");
    zip(file, "a/data.pkl", new byte[9], "b/data.pkl", new byte[9]);
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining("it must hold one data.pkl");
  }

  @Test
  void everyCutOfAnArchiveIsRefused() throws IOException {
    byte[] whole = Files.readAllBytes(Golden.file("model.pt"));
    Path file = directory.resolve("cut.pt");
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatIOException()
          .as("cut to %d bytes", length)
          .isThrownBy(() -> PyTorchStateDict.read(file))
          .withMessageContaining(file.toString());
    }
  }

  /**
   * Changing a byte gives an IOException, or the same tensors (the byte was padding or a date): what is stored is under
   * a checksum.
   */
  @Test
  void everyChangeOfAByteIsRefusedOrHarmless() throws IOException {
    Path golden = Golden.file("model.pt");
    byte[] whole = Files.readAllBytes(golden);
    Map<String, HostTensor> expected = PyTorchStateDict.read(golden);
    Path file = directory.resolve("changed.pt");
    Random random = new Random(3);
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= (byte) (1 + random.nextInt(255));
      Files.write(file, changed);
      try {
        assertThat(PyTorchStateDict.read(file)).as("byte %d", i).isEqualTo(expected);
      } catch (IOException e) {
        refused++;
      }
    }
    // The pickle and the weights are about a third of this small file.
    assertThat(refused).isGreaterThan(whole.length / 4);
  }

  /** Views that PyTorch would not write, each on a storage of 6 floats. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          6  | 0  | 2,3                  | 3,1           | ok
          6  | 5  | 1                    | 1             | ok
          6  | 0  | 3,2                  | 1,3           | ok
          6  | 6  | 0                    | 1             | ok
          6  | 0  | 1,6                  | 9000000000,1  | ok
          6  | 1  | 2,3                  | 3,1           | must lie within storage 0 of 6 values
          6  | 6  | 1                    | 1             | must lie within storage 0 of 6 values
          6  | -1 | 1                    | 1             | must lie within storage 0 of 6 values
          6  | 7  | 0                    | 1             | must lie within storage 0 of 6 values
          6  | 5  | 2                    | -1            | must lie within storage 0 of 6 values
          6  | 0  | 2,3                  | 1             | must lie within storage 0 of 6 values
          6  | 0  | 2                    | 9223372036854775807 | must lie within storage 0 of 6 values
          6  | 1  | 2                    | 9223372036854775807 | must lie within storage 0 of 6 values
          6  | 0  | -1                   | 1             | shape must not be negative
          6  | 0  | 4611686018427387904  | 0             | more bytes than a 64-bit number
          6  | 0  | 1000000000           | 0             | shows values of its storage more than once
          7  | 0  | 7                    | 1             | needs 7 values of F32 in storage 0, but it has 24 bytes
          4611686018427387904 | 0 | 1    | 1             | needs 4611686018427387904 values of F32
          """)
  void viewsMustLieWithinTheirStorage(
      long storage, long offset, String shape, String strides, String outcome) throws IOException {
    Path file = directory.resolve("view.pt");
    ByteBuffer values = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    values.asFloatBuffer().put(new float[] {0, 1, 2, 3, 4, 5});
    byte[] pickle = new Pickle().tensor("w", storage, offset, shape, strides).bytes();
    zip(file, "x/data.pkl", pickle, "x/data/0", values.array());
    if (outcome.equals("ok")) {
      HostTensor tensor = Objects.requireNonNull(PyTorchStateDict.read(file).get("w"));
      assertThat(tensor.size()).isEqualTo(shape.equals("0") ? 0 : shape.equals("1") ? 1 : 6);
    } else {
      assertThatIOException()
          .isThrownBy(() -> PyTorchStateDict.read(file))
          .withMessageContaining(file + ": tensor \"w\" ")
          .withMessageContaining(outcome);
    }
  }

  /** 1,000 different transposed views of one storage would take 1,000 times its room. */
  @Test
  void aSmallFileCannotFillTheMemory() throws IOException {
    Path file = directory.resolve("views.pt");
    Pickle pickle = new Pickle();
    for (int i = 0; i < 1000; i++) {
      pickle.tensor("w" + i, 100_000, i, "2,40000", "1,2");
    }
    zip(file, "x/data.pkl", pickle.bytes(), "x/data/0", new byte[400_000]);
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining("is one of too many views of the same storages");
  }

  @Test
  void entriesMustBeDifferentAndFitTheFile() throws IOException {
    Path file = directory.resolve("entries.pt");
    byte[] pickle = new Pickle().bytes();
    zip(file, "x/data.pkl", pickle, "x/data/0", new byte[4], "x/data/1", new byte[4]);
    assertThat(PyTorchStateDict.read(file)).isEmpty();
    byte[] archive = Files.readAllBytes(file);
    String text = new String(archive, StandardCharsets.ISO_8859_1);

    byte[] twice = archive.clone();
    twice[text.lastIndexOf("x/data/1") + 7] = '0';
    Files.write(file, twice);
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining("two entries have the same name");

    // In the directory at the end, both sizes stand 26 and 22 bytes before the name.
    byte[] large = archive.clone();
    int name = text.lastIndexOf("x/data/1");
    for (int size : new int[] {name - 26, name - 22}) {
      ByteBuffer.wrap(large).order(ByteOrder.LITTLE_ENDIAN).putInt(size, 1_000_000);
    }
    Files.write(file, large);
    assertThatIOException()
        .isThrownBy(() -> PyTorchStateDict.read(file))
        .withMessageContaining("its entries are larger than the file");
  }

  /** Writes an archive as torch.save does: entries as they are, with checksums. */
  private static void zip(Path file, Object... namesAndContents) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (int i = 0; i < namesAndContents.length; i += 2) {
        byte[] content = (byte[]) namesAndContents[i + 1];
        ZipEntry entry = new ZipEntry((String) namesAndContents[i]);
        CRC32 crc = new CRC32();
        crc.update(content);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
      }
    }
  }

  /** Writes the pickle of a dict of F32 tensors. */
  private static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle() {
      ascii("\u0080\u0002}");
    }

    Pickle tensor(String name, long storage, long offset, String shape, String strides) {
      text(name);
      ascii("ctorch._utils\n_rebuild_tensor_v2\n((");
      text("storage");
      ascii("ctorch\nFloatStorage\n");
      text("0");
      text("cpu");
      number(storage);
      ascii("tQ");
      number(offset);
      numbers(shape);
      numbers(strides);
      ascii("\u0089ccollections\nOrderedDict\n)RtRs");
      return this;
    }

    byte[] bytes() {
      ascii(".");
      return out.toByteArray();
    }

    private void numbers(String list) {
      ascii("(");
      for (String number : list.split(",", -1)) {
        number(Long.parseLong(number));
      }
      ascii("t");
    }

    private void number(long value) {
      ascii("\u008a\u0008");
      out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    private void text(String text) {
      out.write('U');
      out.write(text.length());
      ascii(text);
    }

    private void ascii(String latin1) {
      out.writeBytes(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
