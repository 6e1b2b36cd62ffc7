package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CifarTest {
  private static final int PLANE = 32 * 32;

  private final Path folder;

  CifarTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** A record whose planes are filled with r, g and b, except that the second red pixel is 77. */
  private static byte[] record(int[] labels, int r, int g, int b) {
    byte[] bytes = new byte[labels.length + 3 * PLANE];
    for (int i = 0; i < labels.length; i++) {
      bytes[i] = (byte) labels[i];
    }
    int[] colours = {r, g, b};
    for (int c = 0; c < 3; c++) {
      int from = labels.length + c * PLANE;
      Arrays.fill(bytes, from, from + PLANE, (byte) colours[c]);
    }
    bytes[labels.length + 1] = 77;
    return bytes;
  }

  private static byte[] record10(int label) {
    return record(new int[] {label}, 1, 2, 200 + label);
  }

  private Path file(String name, byte[]... parts) throws IOException {
    return Files.write(folder.resolve(name), Packed.join(parts));
  }

  @Test
  void aRecordIsALabelAndThreePlanes() throws IOException {
    Images data = Cifar.read10(file("a", record10(9), record10(0)));

    assertThat(data.shape()).isEqualTo(new Images.Shape(3, 32, 32));
    assertThat(data.labels()).containsExactly(9, 0);
    assertThat(data.classNames()).hasSize(10).startsWith("airplane").endsWith("truck");
    byte[] first = data.pixels(0);
    assertThat(Arrays.copyOf(first, 3)).containsExactly(1, 77, 1);
    assertThat(first[PLANE]).isEqualTo((byte) 2);
    assertThat(first[3 * PLANE - 1]).isEqualTo((byte) 209);
    assertThat(data.pixels(1)[2 * PLANE]).isEqualTo((byte) 200);
  }

  @Test
  void packedFilesGiveTheSameWhateverTheirName() throws IOException {
    byte[] bytes = Packed.join(record10(3), record10(4), record10(5));

    assertThat(Cifar.read10(file("packed.bin", Packed.gzip(bytes))))
        .isEqualTo(Cifar.read10(file("plain.gz", bytes)));
  }

  @Test
  void severalFilesAreReadInTheOrderGiven() throws IOException {
    Path one = file("1", record10(1), record10(2));
    Path two = file("2", record10(3));

    assertThat(Cifar.read10(two, one).labels()).containsExactly(3, 1, 2);
    assertThatThrownBy(Cifar::read10).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void hundredClassesHaveACoarseAndAFineLabel() throws IOException {
    Path file = file("c", record(new int[] {19, 99}, 5, 6, 7), record(new int[] {4, 0}, 8, 9, 10));

    Images fine = Cifar.read100(Cifar.Level.FINE, file);
    Images coarse = Cifar.read100(Cifar.Level.COARSE, file);

    assertThat(fine.labels()).containsExactly(99, 0);
    assertThat(coarse.labels()).containsExactly(19, 4);
    assertThat(fine.classNames()).hasSize(100).doesNotHaveDuplicates();
    assertThat(coarse.classNames()).hasSize(20).doesNotHaveDuplicates();
    assertThat(fine.pixels()).isEqualTo(coarse.pixels());
    assertThat(fine.pixels(1)[PLANE]).isEqualTo((byte) 9);
  }

  @Test
  void fiveBatchesAreTheTrainingSet() throws IOException {
    for (int batch = 1; batch <= 5; batch++) {
      byte[] bytes = record10(batch);
      file("data_batch_" + batch + ".bin" + (batch == 2 ? ".gz" : ""), bytes);
    }
    file("test_batch.bin", record10(7));
    file("other_train.bin", record10(8)); // not asked for when the batches are there

    TrainTest data = Cifar.readFolder10(folder);

    assertThat(data.train().labels()).containsExactly(1, 2, 3, 4, 5);
    assertThat(data.test().labels()).containsExactly(7);
  }

  @Test
  void aMissingBatchIsNotPassedOver() throws IOException {
    for (int batch : new int[] {1, 2, 4, 5}) {
      file("data_batch_" + batch + ".bin", record10(batch));
    }
    file("test_batch.bin", record10(7));

    assertThatThrownBy(() -> Cifar.readFolder10(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("[data_batch_3.bin]");
  }

  @Test
  void withoutBatchesTheOneTrainFileIsRead() throws IOException {
    file("small_train20k.bin.gz", Packed.gzip(record10(1)));
    file("test_batch.bin.gz", Packed.gzip(record10(2)));

    TrainTest data = Cifar.readFolder10(folder);
    assertThat(data.train().labels()).containsExactly(1);
    assertThat(data.test().labels()).containsExactly(2);

    file("small_train20k.bin", record10(3)); // the same file unpacked goes first
    assertThat(Cifar.readFolder10(folder).train().labels()).containsExactly(3);

    file("train_again.bin", record10(4));
    assertThatThrownBy(() -> Cifar.readFolder10(folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("expected one file")
        .hasMessageContaining("train_again.bin");
  }

  @Test
  void folderOfHundredClassesHasATrainAndATestFile() throws IOException {
    file("train.bin", record(new int[] {1, 2}, 0, 0, 0));
    assertThatThrownBy(() -> Cifar.readFolder100(Cifar.Level.FINE, folder))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("*test*.bin");
    file("test.bin.gz", Packed.gzip(record(new int[] {3, 4}, 0, 0, 0)));

    TrainTest data = Cifar.readFolder100(Cifar.Level.COARSE, folder);

    assertThat(data.train().labels()).containsExactly(1);
    assertThat(data.test().labels()).containsExactly(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3072})
  void aPartOfARecordIsReported(int rest) throws IOException {
    byte[] bytes = Packed.join(record10(1), record10(2), Arrays.copyOf(record10(3), rest));
    for (Path file : List.of(file("a", bytes), file("b", Packed.gzip(bytes)))) {
      assertThatThrownBy(() -> Cifar.read10(file))
          .isExactlyInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("at offset 6146")
          .hasMessageContaining("expected records of 3073 bytes")
          .hasMessageContaining("found " + rest + " bytes after 2 whole records");
    }
  }

  @Test
  void aLabelWithoutAClassIsReported() throws IOException {
    Path ten = file("a", record10(1), record10(10));
    assertThatThrownBy(() -> Cifar.read10(ten))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage(ten + ": at offset 3073 expected a label of 0 to 9, but found 10");

    Path hundred = file("b", record(new int[] {19, 100}, 0, 0, 0));
    for (Cifar.Level level : Cifar.Level.values()) {
      assertThatThrownBy(() -> Cifar.read100(level, hundred))
          .isExactlyInstanceOf(IOException.class)
          .hasMessage(hundred + ": at offset 1 expected a label of 0 to 99, but found 100");
    }
  }

  @Test
  void aFileWithoutRecordsIsReported() throws IOException {
    for (Path file : List.of(file("a"), file("b", Packed.gzip(new byte[0])))) {
      assertThatThrownBy(() -> Cifar.read10(file))
          .isExactlyInstanceOf(IOException.class)
          .hasMessageContaining("at least one record of 3073 bytes");
    }
  }

  @Test
  void damagedPackingIsReported() throws IOException {
    byte[] packed = Packed.gzip(Packed.join(record10(1), record10(2)));
    for (int length : new int[] {2, 9, 15, packed.length - 9, packed.length - 1}) {
      Path file = file("a", Arrays.copyOf(packed, length));
      assertThatThrownBy(() -> Cifar.read10(file))
          .isExactlyInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
  }

  /** 60,001 black airplanes pack to less than 200 kB; there is no header to bound them, so the reader has a limit. */
  @Test
  void moreRecordsThanAWholeSetAreRefused() throws IOException {
    byte[] most = new byte[Cifar.MOST_RECORDS * 3073];

    assertThat(Cifar.read10(file("a", Packed.gzip(most))).count()).isEqualTo(60_000);

    Path bomb = file("b", Packed.gzip(Packed.join(most, new byte[3073])));
    assertThat(Files.size(bomb)).isLessThan(200_000);
    assertThatThrownBy(() -> Cifar.read10(bomb))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining("expected at most 60000 records");
  }
}
