package org.erasus.examples;

import ai.djl.basicdataset.cv.classification.Cifar10;
import ai.djl.basicdataset.cv.classification.FashionMnist;
import ai.djl.basicdataset.cv.classification.Mnist;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Dataset.Usage;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.erasus.UnlearningDataset;
import org.erasus.zoo.data.Cifar;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.Idx;
import org.erasus.zoo.data.Images;
import org.erasus.zoo.data.TrainTest;

/** The data sets the examples know by name, each as training and test images. */
public final class Problems {
  /** Generated here, with no file and no network. */
  public static final String DRAWN_DIGITS = "drawn-digits";

  /** All names. */
  public static final List<String> NAMES =
      List.of(DRAWN_DIGITS, "mnist", "fashion-mnist", "cifar10");

  private Problems() {}

  /**
   * Loads a data set.
   *
   * @param name one of {@link #NAMES}
   * @param folder of the original files, gzip or not; without it they come from DJL's repository over the network
   * @throws IOException when files are missing or broken, or there is no network, saying what to do
   */
  public static TrainTest load(String name, Optional<Path> folder) throws IOException {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no data set named \"" + name + "\"; known: " + String.join(", ", NAMES));
    }
    if (name.equals(DRAWN_DIGITS)) {
      return new TrainTest(DrawnDigits.DEFAULTS.train(12_000), DrawnDigits.DEFAULTS.test(2_000));
    }
    if (folder.isEmpty()) {
      return download(name);
    }
    if (!Files.isDirectory(folder.get())) {
      throw new IOException(
          "no folder " + folder.get() + ": it must hold the original files of " + name);
    }
    // a folder of all data sets will do, too
    Path inside = folder.get().resolve(name);
    Path files = Files.isDirectory(inside) ? inside : folder.get();
    return switch (name) {
      case "mnist" -> Idx.readFolder(files, Idx.DIGITS);
      case "fashion-mnist" -> Idx.readFolder(files, Idx.FASHION);
      default -> Cifar.readFolder10(files);
    };
  }

  /** Loads a data set of which only the first training rows are wanted, if there are more. */
  static TrainTest load(String name, Optional<Path> folder, int rows) throws IOException {
    TrainTest all = load(name, folder);
    return new TrainTest(all.train().slice(0, Math.min(rows, all.train().count())), all.test());
  }

  private static TrainTest download(String name) throws IOException {
    try {
      return new TrainTest(download(name, Usage.TRAIN), download(name, Usage.TEST));
    } catch (IOException | TranslateException | RuntimeException e) {
      throw new IOException(
          "cannot get "
              + name
              + " from DJL's repository ("
              + e.getMessage()
              + "): download the original files by hand and name their folder (--data-dir), or take the generated data "
              + DRAWN_DIGITS,
          e);
    }
  }

  private static Images download(String name, Usage usage) throws IOException, TranslateException {
    RandomAccessDataset dataset =
        switch (name) {
          case "mnist" ->
              Mnist.builder()
                  .optUsage(usage)
                  .setSampling(256, false)
                  .addTransform(new ToTensor())
                  .build();
          case "fashion-mnist" ->
              FashionMnist.builder()
                  .optUsage(usage)
                  .setSampling(256, false)
                  .addTransform(new ToTensor())
                  .build();
          default ->
              Cifar10.builder()
                  .optUsage(usage)
                  .setSampling(256, false)
                  .addTransform(new ToTensor())
                  .build();
        };
    dataset.prepare();
    List<String> names =
        switch (name) {
          case "mnist" -> Idx.DIGITS;
          case "fashion-mnist" -> Idx.FASHION;
          default -> Cifar.CLASSES_10;
        };
    try (UnlearningDataset rows = UnlearningDataset.from(dataset, names.size())) {
      return images(rows, names);
    }
  }

  /** Values 0…1 back to the bytes they were made from. */
  private static Images images(UnlearningDataset rows, List<String> names) {
    Shape shape = rows.rowShape();
    int width = (int) shape.size();
    byte[] pixels = new byte[Math.multiplyExact(rows.size(), width)];
    int at = 0;
    for (var piece : rows.rows().batches(1024)) {
      try (var batch = piece.load(ai.djl.Device.cpu())) {
        for (float value : batch.inputs().singletonOrThrow().toFloatArray()) {
          pixels[at++] = (byte) Math.round(value * 255);
        }
      }
    }
    return Images.of(
        pixels,
        rows.rows().labels(),
        new Images.Shape((int) shape.get(0), (int) shape.get(1), (int) shape.get(2)),
        names);
  }

  /**
   * Images as rows: normalised by the mean and spread of the training images, the test images split into unseen rows and
   * validation rows.
   *
   * @param validation share of the test images to choose on
   */
  public static UnlearningDataset rows(TrainTest images, double validation, long seed) {
    float[] mean = images.train().channelMeans();
    float[] spread = images.train().channelStds();
    Images.Shape shape = images.train().shape();
    return UnlearningDataset.of(
            images.train().normalized(mean, spread),
            new Shape(shape.channels(), shape.height(), shape.width()),
            images.train().labels(),
            images.train().classes())
        .withUnseen(images.test().normalized(mean, spread), images.test().labels())
        .cutValidation(validation, seed);
  }
}
