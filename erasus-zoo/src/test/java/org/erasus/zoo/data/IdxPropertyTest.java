package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

class IdxPropertyTest {
  private static final List<String> CLASSES = List.of("a", "b", "c");

  private Path images = Path.of("");
  private Path labels = Path.of("");

  @BeforeProperty
  void makeFiles() throws IOException {
    images = Files.createTempFile("idx", "-images");
    labels = Files.createTempFile("idx", "-labels.gz");
  }

  @AfterProperty
  void deleteFiles() throws IOException {
    Files.delete(images);
    Files.delete(labels);
  }

  private static Images random(long seed, int count, int channels, int height, int width) {
    Random random = new Random(seed);
    byte[] pixels = new byte[count * channels * height * width];
    random.nextBytes(pixels);
    int[] labels = random.ints(count, 0, CLASSES.size()).toArray();
    return Images.of(pixels, labels, new Images.Shape(channels, height, width), CLASSES);
  }

  @Property(tries = 100)
  void whatIsWrittenIsReadBack(
      @ForAll long seed,
      @ForAll @IntRange(max = 20) int count,
      @ForAll @IntRange(min = 1, max = 4) int channels,
      @ForAll @IntRange(min = 1, max = 9) int height,
      @ForAll @IntRange(min = 1, max = 9) int width)
      throws IOException {
    Images data = random(seed, count, channels, height, width);
    Idx.write(data, images, labels);

    assertThat(Idx.read(images, labels, CLASSES)).isEqualTo(data);
  }

  /** Images are written plain and labels packed; the two change places, so both are cut both plain and packed. */
  @Property(tries = 200)
  void aFileCutOffAnywhereIsAnIoException(
      @ForAll long seed,
      @ForAll @IntRange(max = 999) int thousandths,
      @ForAll boolean cutImages,
      @ForAll boolean pack)
      throws IOException {
    Idx.write(random(seed, 5, 1, 4, 3), images, labels);
    Path cut = cutImages ? images : labels;
    byte[] plain;
    try (ByteFile file = ByteFile.open(cut)) {
      plain = file.read(cutImages ? 16 + 60 : 8 + 5, "all");
    }
    byte[] whole = pack ? Packed.gzip(plain) : plain;
    Files.write(cut, whole);
    assertThat(Idx.read(images, labels, CLASSES).count()).isEqualTo(5); // whole, it is readable
    Files.write(cut, Arrays.copyOf(whole, whole.length * thousandths / 1000));

    assertThatThrownBy(() -> Idx.read(images, labels, CLASSES))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining(cut.toString())
        .hasMessageContaining("offset");
  }

  /** A header of any bytes is read or refused, never anything else such as a lack of memory. */
  @Property(tries = 300)
  void anyHeaderIsReadOrAnIoException(
      @ForAll @Size(12) byte[] header, @ForAll @IntRange(min = 3, max = 4) int dimensions)
      throws IOException {
    Idx.write(random(1, 5, 1, 4, 3), images, labels);
    byte[] bytes = Files.readAllBytes(images);
    System.arraycopy(header, 0, bytes, 4, header.length);
    bytes[3] = (byte) dimensions;
    Files.write(images, bytes);

    try {
      assertThat(Idx.read(images, labels, CLASSES).count()).isEqualTo(5);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining(images.getFileName().toString());
    }
  }
}
