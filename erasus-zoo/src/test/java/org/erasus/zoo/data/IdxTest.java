package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdxTest {
  private static final List<String> CLASSES = List.of("a", "b", "c");

  /** Two images of 2 × 3 written out by the format's definition. */
  private static final byte[] IMAGES =
      Packed.ints(
          new byte[] {0, 1, 2, 3, 4, 5, (byte) 255, (byte) 254, 9, 8, 7, 6}, 0x803, 2, 2, 3);

  private static final byte[] LABELS = Packed.ints(new byte[] {2, 0}, 0x801, 2);

  private final Path folder;
  private final Path images;
  private final Path labels;

  IdxTest(@TempDir Path folder) {
    this.folder = folder;
    this.images = folder.resolve("images");
    this.labels = folder.resolve("labels");
  }

  private Images read(byte[] imageBytes, byte[] labelBytes) throws IOException {
    Files.write(images, imageBytes);
    Files.write(labels, labelBytes);
    return Idx.read(images, labels, CLASSES);
  }

  @Test
  void readsWhatTheDefinitionSays() throws IOException {
    Images data = read(IMAGES, LABELS);

    assertThat(data.shape()).isEqualTo(new Images.Shape(1, 2, 3));
    assertThat(data.labels()).containsExactly(2, 0);
    assertThat(data.classNames()).isEqualTo(CLASSES);
    assertThat(data.pixels(0)).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(data.pixels(1)).containsExactly(255, 254, 9, 8, 7, 6);
  }

  @Test
  void packingIsSeenFromTheBytesNotFromTheName() throws IOException {
    assertThat(read(Packed.gzip(IMAGES), Packed.gzip(LABELS))).isEqualTo(read(IMAGES, LABELS));
    Path liar = Files.write(folder.resolve("plain.gz"), IMAGES);
    assertThat(Idx.read(liar, labels, CLASSES)).isEqualTo(read(IMAGES, LABELS));
  }

  @Test
  void fourDimensionsHoldChannels() throws IOException {
    Images data = read(Packed.ints(new byte[] {1, 2, 3, 4}, 0x804, 1, 2, 1, 2), label(1, (byte) 1));

    assertThat(data.shape()).isEqualTo(new Images.Shape(2, 1, 2));
    assertThat(data.pixels()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void writesWhatTheDefinitionSays() throws IOException {
    Images data = read(IMAGES, LABELS);
    Idx.write(data, folder.resolve("x"), folder.resolve("y.gz"));

    assertThat(folder.resolve("x")).hasBinaryContent(IMAGES);
    try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(folder.resolve("y.gz")))) {
      assertThat(in.readAllBytes()).isEqualTo(LABELS);
    }
    assertThat(folder.toFile().list()).containsExactlyInAnyOrder("images", "labels", "x", "y.gz");
  }

  @Test
  void leavesAFileAloneThatAnotherProgramWritesBesideIt() throws IOException {
    Images data = read(IMAGES, LABELS);
    Path others = Files.writeString(folder.resolve("x.part"), "half");
    Idx.write(data, folder.resolve("x"), folder.resolve("y"));
    assertThat(others).hasContent("half");
    assertThat(folder.resolve("x")).hasBinaryContent(IMAGES);
  }

  @Test
  void refusesToWriteMoreClassesThanAByteHolds() {
    List<String> names = IntStream.range(0, 257).mapToObj(Integer::toString).toList();
    Images data = Images.of(new byte[1], new int[] {256}, new Images.Shape(1, 1, 1), names);

    assertThatThrownBy(() -> Idx.write(data, images, labels))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be <= 256, but was 257");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void filesWithoutRowsAreEmptySets() throws IOException {
    Images data = read(Packed.ints(new byte[0], 0x803, 0, 28, 28), label(0));

    assertThat(data.count()).isZero();
    assertThat(data.shape()).isEqualTo(new Images.Shape(1, 28, 28));
  }

  @ParameterizedTest
  @CsvSource({
    "'-', ''",
    "'.', ''",
    "'-', '.gz'",
    "'.', '.gz'",
  })
  void folderNamesMayBeSpelledInFourWays(String join, String end) throws IOException {
    for (String part : List.of("train", "t10k")) {
      Files.write(folder.resolve(part + "-images" + join + "idx3-ubyte" + end), IMAGES);
      Files.write(folder.resolve(part + "-labels" + join + "idx1-ubyte" + end), LABELS);
    }
    Files.write(folder.resolve("t10k-labels" + join + "idx1-ubyte" + end), label(2, 1, 1));

    TrainTest data = Idx.readFolder(folder, CLASSES);

    assertThat(data.train().labels()).containsExactly(2, 0);
    assertThat(data.test().labels()).containsExactly(1, 1);
    assertThat(Idx.readFolder(folder).train().classNames()).startsWith("0", "1").hasSize(10);
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    Files.write(folder.resolve("train-images-idx3-ubyte"), IMAGES);

    assertThatThrownBy(() -> Idx.readFolder(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("train-labels-idx1-ubyte.gz");
  }

  @Test
  void aFolderInPlaceOfAFileIsReported() {
    assertThatThrownBy(() -> Idx.read(folder, labels, CLASSES))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(folder + ": expected a file, but found a folder");
  }

  @Test
  void wrongMagicNumberIsReported() {
    assertThatThrownBy(() -> read(LABELS, LABELS))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(
            images
                + ": at offset 0 expected magic number 0x00000803 or magic number 0x00000804,"
                + " but found magic number 0x00000801");
    assertThatThrownBy(() -> read(IMAGES, IMAGES))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageStartingWith(labels + ": at offset 0 expected magic number 0x00000801");
  }

  @Test
  void missingPixelsAreReported() {
    assertThatThrownBy(() -> read(without(IMAGES, 3), LABELS))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(images + ": at offset 16 expected 12 bytes of pixels, but found 9 bytes");
    assertThatThrownBy(() -> read(Packed.gzip(without(IMAGES, 3)), LABELS))
        .hasMessage(
            images
                + ": at offset 16 (unpacked) expected 12 bytes of pixels, but found only 9 bytes");
  }

  @Test
  void extraBytesAreReported() {
    byte[] longer = Packed.join(IMAGES, new byte[1]);
    for (byte[] bytes : List.of(longer, Packed.gzip(longer))) {
      assertThatThrownBy(() -> read(bytes, LABELS))
          .isExactlyInstanceOf(IOException.class)
          .hasMessageContaining("at offset 28")
          .hasMessageEndingWith("expected the end of the file, but found more bytes");
    }
    assertThatThrownBy(() -> read(IMAGES, Packed.join(LABELS, new byte[1])))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(labels + ": at offset 10 expected the end of the file, but found more bytes");
  }

  /** Up to the size of one read buffer and beyond it. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 40, 70_000, 200_000})
  void bytesAfterThePackedDataAreReported(int extra) {
    byte[] bytes = Packed.join(Packed.gzip(IMAGES), new byte[extra]);

    assertThatThrownBy(() -> read(bytes, LABELS))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining(images.toString())
        .hasMessageContaining(extra + " bytes after the end of the packed data");
  }

  @Test
  void packedDataInSeveralMembersAreOneStream() throws IOException {
    byte[] start = without(IMAGES, 5);
    byte[] rest = Arrays.copyOfRange(IMAGES, start.length, IMAGES.length);

    assertThat(read(Packed.join(Packed.gzip(start), Packed.gzip(rest)), LABELS))
        .isEqualTo(read(IMAGES, LABELS));
  }

  @Test
  void damagedPackingIsReported() {
    byte[] packed = Packed.gzip(IMAGES);
    packed[packed.length - 6] ^= 1; // a byte of the check sum

    assertThatThrownBy(() -> read(packed, LABELS))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining("expected a whole gzip stream");
  }

  @Test
  void differentCountsAreReported() {
    assertThatThrownBy(() -> read(IMAGES, label(3, 0, 0, 0)))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(
            "%s: at offset 4 expected 2 labels, as many as there are images in %s, but found 3 labels"
                .formatted(labels, images));
  }

  @Test
  void labelsWithoutAClassAreReported() {
    for (int bad : new int[] {3, 255}) {
      assertThatThrownBy(() -> read(IMAGES, label(2, 2, bad)))
          .isExactlyInstanceOf(IOException.class)
          .hasMessage(labels + ": at offset 9 expected a label of 0 to 2, but found " + bad);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 28, 28, 4, number of images",
    "2, -28, 28, 8, image height",
    "2, 28, 0, 12, image width",
    "2, 65536, 65536, 16, bytes of pixels",
    "2147483647, 2147483647, 2147483647, 16, bytes of pixels",
    "2147483647, 28, 28, 16, bytes of pixels",
    "2147483647, 1, 1, 16, bytes of pixels",
  })
  void absurdSizesAreReported(int count, int height, int width, int offset, String what) {
    byte[] bytes = Packed.ints(new byte[12], 0x803, count, height, width);

    assertThatThrownBy(() -> read(bytes, LABELS))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining("at offset " + offset)
        .hasMessageContaining(what);
  }

  /**
   * Both files claim two thousand million rows. Believing them would ask for 2 GB; a plain file is refused at once, and
   * a packed one costs at most a small multiple of what it unpacks to.
   */
  @Test
  void memoryFollowsTheDataNotTheHeader() throws Throwable {
    byte[] claim = Packed.ints(new byte[2_000_000], 0x803, 2_000_000_000, 1, 1);
    byte[] noise = new byte[2_000_000];
    new Random(1).nextBytes(noise); // does not pack, so the packed file could hold the claim
    byte[] packed = Packed.gzip(Packed.ints(noise, 0x803, 2_000_000_000, 1, 1));

    for (byte[] bytes : List.of(claim, Packed.gzip(claim), packed)) {
      long allocated =
          Packed.allocatedBy(
              () ->
                  assertThatThrownBy(() -> read(bytes, label(2_000_000_000)))
                      .isExactlyInstanceOf(IOException.class)
                      .hasMessageContaining("2000000000 bytes of pixels"));
      assertThat(allocated).isLessThan(32L << 20);
    }
  }

  /** 100 MB of zeros behind a header that claims two tiny images. */
  @Test
  void unpackingStopsWhereTheHeaderSaysTheDataEnd() throws Throwable {
    byte[] bomb = Packed.gzip(Packed.join(IMAGES, new byte[100_000_000]));

    long allocated =
        Packed.allocatedBy(
            () ->
                assertThatThrownBy(() -> read(bomb, LABELS))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessageContaining("more bytes"));
    assertThat(allocated).isLessThan(8L << 20);
  }

  @Test
  void classNamesMustFitAByte() {
    List<String> names = IntStream.range(0, 257).mapToObj(Integer::toString).toList();
    for (List<String> bad : List.of(names, List.<String>of())) {
      assertThatThrownBy(() -> Idx.read(images, labels, bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("1 to 256 names");
    }
  }

  private static byte[] label(int count, int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Packed.ints(bytes, 0x801, count);
  }

  private static byte[] without(byte[] bytes, int last) {
    return Arrays.copyOf(bytes, bytes.length - last);
  }
}
