package org.erasus.zoo.data;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Reads the colour photographs of CIFAR-10 and CIFAR-100 in their binary format, packed with gzip or not.
 *
 * <pre>{@code
 * CIFAR-10:   label                        then 32·32 red, green, blue bytes     3,073 bytes a record
 * CIFAR-100:  coarse label, fine label     then 32·32 red, green, blue bytes     3,074 bytes a record
 * }</pre>
 *
 * <p>Files have no header, so a file cut off between two records looks whole; anything else that is wrong (a part of a
 * record, no record, a label without a class, more than {@value #MOST_RECORDS} records, damaged packing) ends in an
 * {@link IOException} that names file, offset, what was expected and what was found.
 *
 * @see <a href="https://www.cs.toronto.edu/~kriz/cifar.html">Krizhevsky, 2009</a>
 */
public final class Cifar {
  /** The most records one file may have: the size of a whole set. It bounds what a small packed file can unpack to. */
  public static final int MOST_RECORDS = 60_000;

  /** The names of the ten classes of CIFAR-10, in label order. */
  public static final List<String> CLASSES_10 =
      words("airplane automobile bird cat deer dog frog horse ship truck");

  /** The names of the 20 coarse classes of CIFAR-100, in label order. */
  public static final List<String> COARSE_CLASSES_100 =
      words(
          """
          aquatic_mammals fish flowers food_containers fruit_and_vegetables
          household_electrical_devices household_furniture insects large_carnivores
          large_man-made_outdoor_things large_natural_outdoor_scenes
          large_omnivores_and_herbivores medium_mammals non-insect_invertebrates people reptiles
          small_mammals trees vehicles_1 vehicles_2
          """);

  /** The names of the 100 fine classes of CIFAR-100, in label order. */
  public static final List<String> FINE_CLASSES_100 =
      words(
          """
          apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
          butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach
          couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster
          house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
          motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
          pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket
          rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
          sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip
          turtle wardrobe whale willow_tree wolf woman worm
          """);

  private static final Images.Shape SHAPE = new Images.Shape(3, 32, 32);

  /** Which of the two labels of CIFAR-100 to read; the rows are the same, in the same order. */
  public enum Level {
    /** One of 20 groups of five classes. */
    COARSE,
    /** One of 100 classes. */
    FINE
  }

  /** How a record begins: which of its label bytes counts, and what each may be. */
  private record Layout(int chosen, List<List<String>> classNames) {
    private static final Layout TEN = new Layout(0, List.of(CLASSES_10));

    static Layout hundred(Level level) {
      return new Layout(
          level == Level.COARSE ? 0 : 1, List.of(COARSE_CLASSES_100, FINE_CLASSES_100));
    }

    int recordBytes() {
      return classNames.size() + SHAPE.size();
    }
  }

  private Cifar() {}

  /**
   * Reads files of CIFAR-10, one after the other.
   *
   * @param files one or more, each of whole records
   * @return the images of the first file, then of the second, and so on
   * @throws IOException if a file cannot be read or is malformed
   * @throws IllegalArgumentException if no file is given
   */
  public static Images read10(Path... files) throws IOException {
    return read(List.of(files), Layout.TEN);
  }

  /**
   * Reads files of CIFAR-100, one after the other.
   *
   * @param level which label to keep
   * @param files one or more, each of whole records
   * @return the images of the first file, then of the second, and so on
   * @throws IOException if a file cannot be read or is malformed
   * @throws IllegalArgumentException if no file is given
   */
  public static Images read100(Level level, Path... files) throws IOException {
    return read(List.of(files), Layout.hundred(level));
  }

  /**
   * Reads the training and test images of CIFAR-10 from a folder.
   *
   * <p>Training images are {@code data_batch_1.bin} to {@code data_batch_5.bin}; when none of the five is there, the
   * one file whose name holds {@code train} and ends in {@code .bin}. Test images are {@code test_batch.bin}; when it
   * is not there, the one file whose name holds {@code test}. Every name may also end in {@code .gz}; the unpacked file
   * is read when both are there.
   *
   * @param folder where the files are
   * @return training and test images
   * @throws IOException if a file is missing (also one of the five), more than one file would do, or one is malformed
   */
  public static TrainTest readFolder10(Path folder) throws IOException {
    List<Path> batches = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (int batch = 1; batch <= 5; batch++) {
      String name = "data_batch_" + batch + ".bin";
      if (exists(folder, name)) {
        batches.add(ByteFile.find(folder, spellings(name)));
      } else {
        missing.add(name);
      }
    }
    if (!batches.isEmpty() && !missing.isEmpty()) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          "expected all five training batches or none, but found no " + missing);
    }
    List<Path> train = batches.isEmpty() ? List.of(only(folder, "train")) : batches;
    Path test =
        exists(folder, "test_batch.bin")
            ? ByteFile.find(folder, spellings("test_batch.bin"))
            : only(folder, "test");
    return new TrainTest(read(train, Layout.TEN), read(List.of(test), Layout.TEN));
  }

  /**
   * Reads the training and test images of CIFAR-100 from a folder: the one file whose name holds {@code train}, and the
   * one whose name holds {@code test}, both ending in {@code .bin} or {@code .bin.gz}. The unpacked file is read when
   * both are there.
   *
   * @param level which label to keep
   * @param folder where the files are
   * @return training and test images
   * @throws IOException if a file is missing, more than one would do, or one is malformed
   */
  public static TrainTest readFolder100(Level level, Path folder) throws IOException {
    return new TrainTest(
        read100(level, only(folder, "train")), read100(level, only(folder, "test")));
  }

  private static boolean exists(Path folder, String name) {
    return spellings(name).stream().anyMatch(spelling -> Files.exists(folder.resolve(spelling)));
  }

  private static List<String> spellings(String name) {
    return List.of(name, name + ".gz");
  }

  /** The one data file whose name holds the word, however it is packed. */
  private static Path only(Path folder, String word) throws IOException {
    TreeMap<String, Path> found = new TreeMap<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(folder, "*" + word + "*.bin{,.gz}")) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        boolean packed = name.endsWith(".gz");
        String plain = packed ? name.substring(0, name.length() - ".gz".length()) : name;
        if (packed) {
          found.putIfAbsent(plain, file);
        } else {
          found.put(plain, file);
        }
      }
    }
    if (found.size() != 1) {
      throw new NoSuchFileException(
          folder.toString(),
          null,
          "expected one file named *%s*.bin or *%s*.bin.gz in this folder, but found %s"
              .formatted(word, word, found.isEmpty() ? "none" : found.values()));
    }
    return found.firstEntry().getValue();
  }

  private static Images read(List<Path> files, Layout layout) throws IOException {
    List<Images> parts = new ArrayList<>();
    for (Path file : files) {
      parts.add(read(file, layout));
    }
    return parts.size() == 1 ? parts.get(0) : Images.concat(parts);
  }

  private static Images read(Path file, Layout layout) throws IOException {
    byte[] row = new byte[layout.recordBytes()];
    try (ByteFile in = ByteFile.open(file)) {
      // A plain file tells its size; the bound of a packed one is far too high to allocate, so
      // start small and grow.
      int room = (int) Math.min(in.mostBytesLeft() / row.length, 10_000);
      byte[] pixels = new byte[room * SHAPE.size()];
      int[] labels = new int[room];
      int count = 0;
      long start = in.offset();
      for (int got = in.readSome(row, 0); got > 0; got = in.readSome(row, 0)) {
        requireRecord(in, layout, row, got, start, count);
        if (count == labels.length) {
          room = Math.min(2 * Math.max(room, 1), MOST_RECORDS);
          pixels = Arrays.copyOf(pixels, room * SHAPE.size());
          labels = Arrays.copyOf(labels, room);
        }
        labels[count] = row[layout.chosen()];
        System.arraycopy(
            row, layout.classNames().size(), pixels, count * SHAPE.size(), SHAPE.size());
        count++;
        start = in.offset();
      }
      if (count == 0) {
        throw in.malformed(0, "at least one record of " + row.length + " bytes", "no bytes");
      }
      return Images.owning(
          count == labels.length ? pixels : Arrays.copyOf(pixels, count * SHAPE.size()),
          Arrays.copyOf(labels, count),
          SHAPE,
          layout.classNames().get(layout.chosen()));
    }
  }

  private static void requireRecord(
      ByteFile in, Layout layout, byte[] row, int got, long start, int count) throws IOException {
    if (count == MOST_RECORDS) {
      throw in.malformed(start, "at most " + MOST_RECORDS + " records", "more");
    }
    if (got < row.length) {
      throw in.malformed(
          start,
          "records of " + row.length + " bytes",
          "%d bytes after %d whole records".formatted(got, count));
    }
    for (int i = 0; i < layout.classNames().size(); i++) {
      int classes = layout.classNames().get(i).size();
      int label = row[i] & 0xFF;
      if (label >= classes) {
        throw in.malformed(start + i, "a label of 0 to " + (classes - 1), Integer.toString(label));
      }
    }
  }

  private static List<String> words(String text) {
    return List.of(text.strip().split("\\s+"));
  }
}
