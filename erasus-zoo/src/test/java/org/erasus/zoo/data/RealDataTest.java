package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * Reads the real files, when the environment variable {@code ERASUS_DATA_DIR} names a folder that holds them. Counts
 * and moments are the ones published with the data sets, rounded to four digits.
 */
class RealDataTest {
  private static final Offset<Float> ROUNDED = within(0.00006f);

  private static Path folder(String name) {
    String root = System.getenv("ERASUS_DATA_DIR");
    assumeTrue(root != null, "ERASUS_DATA_DIR is not set: real data are not tested");
    Path folder = Path.of(root, name);
    assumeTrue(Files.isDirectory(folder), name + " is not in the folder of ERASUS_DATA_DIR");
    return folder;
  }

  @Test
  void fashionMnistIsWhole() throws IOException {
    TrainTest data = Idx.readFolder(folder("fashion-mnist"), Idx.FASHION);

    assertThat(data.train().count()).isEqualTo(60_000);
    assertThat(data.train().classCounts()).containsOnly(6000);
    assertThat(data.test().count()).isEqualTo(10_000);
    assertThat(data.test().classCounts()).containsOnly(1000);
    assertThat(data.train().shape()).isEqualTo(new Images.Shape(1, 28, 28));
    assertThat(data.train().channelMeans()).containsExactly(new float[] {0.2860f}, ROUNDED);
    assertThat(data.train().channelStds()).containsExactly(new float[] {0.3530f}, ROUNDED);
  }

  @Test
  void mnistIsWhole() throws IOException {
    TrainTest data = Idx.readFolder(folder("mnist"));

    assertThat(data.train().classCounts())
        .containsExactly(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949);
    assertThat(data.test().classCounts())
        .containsExactly(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009);
    assertThat(data.train().channelMeans()).containsExactly(new float[] {0.1307f}, ROUNDED);
    assertThat(data.train().channelStds()).containsExactly(new float[] {0.3081f}, ROUNDED);
  }

  @Test
  void cifar10HasTheOfficialTestSet() throws IOException {
    TrainTest data = Cifar.readFolder10(folder("cifar10"));

    assertThat(data.test().count()).isEqualTo(10_000);
    assertThat(data.test().classCounts()).containsOnly(1000);
    assertThat(data.test().channelMeans())
        .containsExactly(new float[] {0.4942f, 0.4851f, 0.4504f}, ROUNDED);
    assertThat(data.test().channelStds())
        .containsExactly(new float[] {0.2467f, 0.2429f, 0.2616f}, ROUNDED);
    assertThat(data.train().count()).isEqualTo(20_000);
    assertThat(data.train().classCounts()).containsOnly(2000);
    assertThat(data.train().channelMeans())
        .containsExactly(new float[] {0.4928f, 0.4828f, 0.4471f}, ROUNDED);
    assertThat(data.train().channelStds())
        .containsExactly(new float[] {0.2475f, 0.2442f, 0.2620f}, ROUNDED);
    assertThat(Files.readAllLines(folder("cifar10").resolve("batches.meta.txt")))
        .startsWith(Cifar.CLASSES_10.toArray(String[]::new));
  }

  /** The part kept here has 30 and 10 images of each fine class, five fine classes to a coarse one. */
  @Test
  void cifar100IsBalancedOnBothLevels() throws IOException {
    Path folder = folder("cifar100");
    TrainTest fine = Cifar.readFolder100(Cifar.Level.FINE, folder);
    TrainTest coarse = Cifar.readFolder100(Cifar.Level.COARSE, folder);

    assertThat(fine.train().classCounts()).hasSize(100).containsOnly(30);
    assertThat(fine.test().classCounts()).hasSize(100).containsOnly(10);
    assertThat(coarse.train().classCounts()).hasSize(20).containsOnly(150);
    assertThat(coarse.test().classCounts()).hasSize(20).containsOnly(50);
    assertThat(coarse.train().pixels()).isEqualTo(fine.train().pixels());
    assertThat(Files.readAllLines(folder.resolve("fine_label_names.txt")))
        .isEqualTo(Cifar.FINE_CLASSES_100);
    assertThat(Files.readAllLines(folder.resolve("coarse_label_names.txt")))
        .isEqualTo(Cifar.COARSE_CLASSES_100);
  }

  /**
   * Real handwriting is the judge of the drawn digits: of the drawings of each digit, the nearest real picture shows
   * the same digit for more than half, so no other digit can come near. Two classes that had changed places would fail.
   */
  @Test
  void drawnDigitsLookLikeHandwrittenOnes() throws IOException {
    Images known = Idx.readFolder(folder("mnist")).train().slice(0, 6000);
    Images drawn = DrawnDigits.of(5).withHardFraction(0).test(600);
    int[] given = Neighbours.classify(Neighbours.centred(known), Neighbours.centred(drawn));

    int[] right = new int[10];
    for (int row = 0; row < drawn.count(); row++) {
      right[drawn.label(row)] += given[row] == drawn.label(row) ? 1 : 0;
    }
    for (int digit = 0; digit < 10; digit++) {
      assertThat(right[digit]).as("drawings of %d recognised, of 60", digit).isGreaterThan(30);
    }
  }
}
