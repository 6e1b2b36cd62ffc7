package org.erasus.zoo.data;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.erasus.io.AtomicFile;

/**
 * Reads and writes images in the IDX format of MNIST, Fashion-MNIST and their relatives, packed with gzip or not.
 *
 * <pre>{@code
 * images:  int 0x803, N, H, W          then N·H·W unsigned bytes      grey
 *          int 0x804, N, C, H, W       then N·C·H·W unsigned bytes    several channels
 * labels:  int 0x801, N                then N unsigned bytes
 * }</pre>
 *
 * <p>Integers are big-endian. Whether a file is packed is seen from its first bytes, not from its name. A header is
 * never believed before the data are there: a count that the file cannot hold, a negative size, missing or extra bytes,
 * and labels outside the classes each end in an {@link IOException} that names file, offset, what was expected and what
 * was found.
 *
 * @see <a href="https://github.com/zalandoresearch/fashion-mnist">Fashion-MNIST</a>
 */
public final class Idx {
  /** The names of the ten digits, in label order. */
  public static final List<String> DIGITS =
      IntStream.range(0, 10).mapToObj(Integer::toString).toList();

  /** The names of the ten classes of Fashion-MNIST, in label order. */
  public static final List<String> FASHION =
      List.of(
          "T-shirt/top",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle boot");

  private static final int LABELS_MAGIC = 0x801;
  private static final int GREY_MAGIC = 0x803;
  private static final int CHANNELS_MAGIC = 0x804;
  private static final int MOST_CLASSES = 256;
  private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

  private Idx() {}

  /**
   * Reads the four files of MNIST or of a set laid out like it, with ten classes named by digit.
   *
   * @param folder holds {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte}, {@code
   *     t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}; each may also be spelled with a dot before {@code
   *     idx} or end in {@code .gz}. If several spellings of one file are there, the unpacked one with a hyphen is read,
   *     then the other unpacked one, then the packed ones
   * @return training and test images
   * @throws IOException if a file is missing, cannot be read or is not what its name says
   */
  public static TrainTest readFolder(Path folder) throws IOException {
    return readFolder(folder, DIGITS);
  }

  /**
   * As {@link #readFolder(Path)}, with the given classes, for instance {@link #FASHION}.
   *
   * @param folder holds the four files
   * @param classNames one name per class, in label order
   * @return training and test images
   * @throws IOException if a file is missing, cannot be read or is not what its name says
   */
  public static TrainTest readFolder(Path folder, List<String> classNames) throws IOException {
    return new TrainTest(
        readPart(folder, "train", classNames), readPart(folder, "t10k", classNames));
  }

  /**
   * Reads one file of images and the file of their labels.
   *
   * @param images the file of images
   * @param labels the file of labels
   * @param classNames one name per class, in label order; 1 to 256
   * @return the images in file order
   * @throws IOException if a file cannot be read, is malformed, the counts of the two differ, or a label has no class
   * @throws IllegalArgumentException if the number of class names is not 1 to 256
   */
  public static Images read(Path images, Path labels, List<String> classNames) throws IOException {
    if (classNames.isEmpty() || classNames.size() > MOST_CLASSES) {
      throw new IllegalArgumentException(
          "classNames must have 1 to %d names, but has %d"
              .formatted(MOST_CLASSES, classNames.size()));
    }
    try (ByteFile pixelFile = ByteFile.open(images);
        ByteFile labelFile = ByteFile.open(labels)) {
      int magic = readMagic(pixelFile, GREY_MAGIC, CHANNELS_MAGIC);
      int count = readSize(pixelFile, "number of images", 0);
      int channels = magic == GREY_MAGIC ? 1 : readSize(pixelFile, "number of channels", 1);
      int height = readSize(pixelFile, "image height", 1);
      int width = readSize(pixelFile, "image width", 1);
      int imageBytes = product(pixelFile, product(pixelFile, channels, height), width);
      int pixelBytes = product(pixelFile, count, imageBytes);

      readMagic(labelFile, LABELS_MAGIC);
      int labelCount = readSize(labelFile, "number of labels", 0);
      if (labelCount != count) {
        throw labelFile.malformed(
            labelFile.offset() - Integer.BYTES,
            "%d labels, as many as there are images in %s".formatted(count, images),
            labelCount + " labels");
      }
      byte[] pixels = pixelFile.read(pixelBytes, "pixels");
      pixelFile.requireEnd();
      int[] y = readLabels(labelFile, count, classNames.size());
      return Images.owning(pixels, y, new Images.Shape(channels, height, width), classNames);
    }
  }

  /**
   * Writes images and labels to two files, packed when the name ends in {@code .gz}. Each file is replaced whole by {@link
   * AtomicFile}, so that a reader finds the old file or the new one, never a part.
   *
   * @param data what to write; one channel is written in three dimensions, several in four
   * @param images where the images go; an existing file is replaced
   * @param labels where the labels go; an existing file is replaced
   * @throws IOException if writing fails
   * @throws IllegalArgumentException if there are more than 256 classes, which the format's label byte cannot hold
   */
  public static void write(Images data, Path images, Path labels) throws IOException {
    if (data.classes() > MOST_CLASSES) {
      throw new IllegalArgumentException(
          "an IDX label is one byte, so classes must be <= %d, but was %d"
              .formatted(MOST_CLASSES, data.classes()));
    }
    Images.Shape shape = data.shape();
    writeFile(
        images,
        out -> {
          out.writeInt(shape.channels() == 1 ? GREY_MAGIC : CHANNELS_MAGIC);
          out.writeInt(data.count());
          if (shape.channels() > 1) {
            out.writeInt(shape.channels());
          }
          out.writeInt(shape.height());
          out.writeInt(shape.width());
          out.write(data.rawPixels());
        });
    writeFile(
        labels,
        out -> {
          out.writeInt(LABELS_MAGIC);
          out.writeInt(data.count());
          for (int label : data.labels()) {
            out.writeByte(label);
          }
        });
  }

  private static Images readPart(Path folder, String part, List<String> classNames)
      throws IOException {
    return read(
        ByteFile.find(folder, spellings(part + "-images", "idx3-ubyte")),
        ByteFile.find(folder, spellings(part + "-labels", "idx1-ubyte")),
        classNames);
  }

  private static List<String> spellings(String start, String end) {
    String hyphen = start + "-" + end;
    String dot = start + "." + end;
    return List.of(hyphen, dot, hyphen + ".gz", dot + ".gz");
  }

  private static int[] readLabels(ByteFile in, int count, int classes) throws IOException {
    long start = in.offset();
    byte[] bytes = in.read(count, "labels");
    in.requireEnd();
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      labels[i] = bytes[i] & 0xFF;
      if (labels[i] >= classes) {
        throw in.malformed(
            start + i, "a label of 0 to " + (classes - 1), Integer.toString(labels[i]));
      }
    }
    return labels;
  }

  private static int readMagic(ByteFile in, int... known) throws IOException {
    int magic = in.readInt("magic number");
    if (IntStream.of(known).noneMatch(value -> value == magic)) {
      String expected =
          IntStream.of(known).mapToObj(Idx::describe).collect(Collectors.joining(" or "));
      throw in.malformed(0, expected, describe(magic));
    }
    return magic;
  }

  private static String describe(int magic) {
    return "magic number 0x%08x".formatted(magic);
  }

  private static int readSize(ByteFile in, String what, int least) throws IOException {
    long at = in.offset();
    int size = in.readInt(what);
    if (size < least) {
      throw in.malformed(at, "a " + what + " of " + least + " or more", Integer.toString(size));
    }
    return size;
  }

  /** Multiplies two sizes of a header; what does not fit one array is beyond this reader. */
  private static int product(ByteFile in, int a, int b) throws IOException {
    long product = (long) a * b;
    if (product > MOST_BYTES) {
      throw in.malformed(in.offset(), "at most " + MOST_BYTES + " bytes of pixels", a + " x " + b);
    }
    return (int) product;
  }

  /** Writes the contents of one file. */
  private interface Contents {
    void writeTo(DataOutputStream out) throws IOException;
  }

  private static void writeFile(Path file, Contents contents) throws IOException {
    AtomicFile.write(
        file,
        raw -> {
          OutputStream packed =
              file.toString().endsWith(".gz") ? new GZIPOutputStream(raw, 1 << 16) : raw;
          try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(packed))) {
            contents.writeTo(out);
          }
        });
  }
}
