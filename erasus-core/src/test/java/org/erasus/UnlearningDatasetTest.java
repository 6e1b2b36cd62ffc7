package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.ArrayDataset;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.engine.EngineRuntime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnlearningDatasetTest {
  private static float[] inputs(int rows) {
    float[] inputs = new float[rows * 2];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = i;
    }
    return inputs;
  }

  /** Rows of 2 values, classes 0, 1, 2, 0, … */
  private static UnlearningDataset data(int rows) {
    return UnlearningDataset.of(
        inputs(rows), new Shape(2), IntStream.range(0, rows).map(i -> i % 3).toArray(), 3);
  }

  @Test
  void rowsKeepIdsLabelsAndValuesInAnyOrder() {
    try (UnlearningDataset data =
            UnlearningDataset.of(
                inputs(4),
                new Shape(2),
                new int[] {0, 1, 2, 1},
                3,
                new long[] {40, -7, 5, 1L << 40});
        Batch batch = data.withIds(1L << 40, 40, -7).load(EngineRuntime.defaultDevice())) {
      assertThat(batch.rows().ids()).containsExactly(1L << 40, 40, -7);
      assertThat(batch.labels().toLongArray()).containsExactly(1, 0, 1);
      assertThat(batch.inputs().singletonOrThrow().toFloatArray())
          .containsExactly(6, 7, 0, 1, 2, 3);
    }
  }

  @Test
  void rowsTellTheirClassesAndComeByClass() {
    try (UnlearningDataset data =
        UnlearningDataset.of(inputs(5), new Shape(2), new int[] {4, 1, 1, 0, 4}, 6)) {
      Rows rows = data.rows().first(4);
      assertThat(rows.classes()).containsExactly(0, 1, 4);
      assertThat(rows.classCounts()).containsExactly(1, 2, 0, 0, 1, 0);
      assertThat(rows.ofClasses(Set.of(4, 5)).positions()).containsExactly(0);
      assertThat(rows.ofOtherClasses(Set.of(1)).positions()).containsExactly(0, 3);
    }
  }

  /** What surrounds the rows makes no difference; ids, classes, weights, values and order do. */
  @Test
  void aFingerprintOfRowsIsThatOfTheRowsAlone() {
    float[] values = {1, 2, 3, 4, 5, 6};
    long[] ids = {7, 8, 9};
    int[] labels = {0, 1, 0};
    try (UnlearningDataset data = UnlearningDataset.of(values, new Shape(2), labels, 2, ids);
        UnlearningDataset less =
            UnlearningDataset.of(
                new float[] {5, 6, 1, 2}, new Shape(2), new int[] {0, 0}, 2, new long[] {9, 7});
        UnlearningDataset other =
            UnlearningDataset.of(
                new float[] {5, 6, 1, 3}, new Shape(2), new int[] {0, 0}, 2, new long[] {9, 7})) {
      String expected = data.withIds(7, 9).fingerprint();
      assertThat(less.withIds(7, 9).fingerprint()).isEqualTo(expected);
      assertThat(data.withIds(9, 7).fingerprint()).isNotEqualTo(expected);
      assertThat(data.withIds(8, 9).fingerprint()).isNotEqualTo(expected);
      assertThat(other.withIds(7, 9).fingerprint()).isNotEqualTo(expected);
      Rows nine = data.withIds(9);
      assertThat(data.withWeights(nine, new double[] {2}).withIds(7, 9).fingerprint())
          .isNotEqualTo(expected);
    }
  }

  @Test
  void rowsAreReplacedInADataSetOfItsOwn() {
    try (UnlearningDataset data = data(4).markForget(1);
        UnlearningDataset other =
            data.withRows(data.withIds(3, 1), new float[] {9, 8, 7, 6}, new int[] {2, 0})) {
      assertThat(other.rows().labels()).containsExactly(0, 0, 2, 2);
      assertThat(other.forget().ids()).containsExactly(1);
      try (Batch batch = other.rows().load(EngineRuntime.defaultDevice());
          Batch before = data.rows().load(EngineRuntime.defaultDevice())) {
        assertThat(batch.inputs().singletonOrThrow().toFloatArray())
            .containsExactly(0, 1, 7, 6, 4, 5, 9, 8);
        assertThat(batch.labels().toLongArray()).containsExactly(0, 0, 2, 2);
        assertThat(before.inputs().singletonOrThrow().toFloatArray())
            .containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
      }
      assertThatIllegalArgumentException()
          .isThrownBy(() -> data.withRows(data.withIds(3), new float[] {1, 2}, new int[] {3}))
          .withMessageContaining("labels must be in [0, 2]");
    }
  }

  @Test
  void marksMakeNewViewsAndLeaveTheOld() {
    try (UnlearningDataset data = data(9)) {
      UnlearningDataset marked = data.markForget(2, 5);
      assertThat(data.forget().size()).isZero();
      assertThat(marked.forget().ids()).containsExactly(2, 5);
      assertThat(marked.retain().size()).isEqualTo(7);
      assertThat(marked.trained().size()).isEqualTo(9);
      assertThat(marked.markRetain(5).forget().ids()).containsExactly(2);
      assertThat(marked.markForgetClasses(1).forget().ids()).containsExactly(1, 2, 4, 5, 7);
      assertThat(marked.fingerprint()).isEqualTo(data.fingerprint());
      assertThat(marked.marksFingerprint()).isNotEqualTo(data.marksFingerprint());
      assertThat(marked.markRetain(2, 5).marksFingerprint()).isEqualTo(data.marksFingerprint());
    }
  }

  @Test
  void idsComeFromAFileAndALineThatIsNoNumberIsNamed(@TempDir Path folder) throws IOException {
    Path ids = Files.writeString(folder.resolve("ids.txt"), "# request 7\n\n 3 \n8\n");
    try (UnlearningDataset data = data(9)) {
      assertThat(data.markForget(ids).forget().ids()).containsExactly(3, 8);
      Files.writeString(ids, "3\nthree\n");
      org.assertj.core.api.Assertions.assertThatIOException()
          .isThrownBy(() -> data.markForget(ids))
          .withMessage(ids + " line 2: expected a row id but found \"three\"");
    }
  }

  @Test
  void whatIsWrongIsNamedWithItsRow() {
    int[] labels = {0, 1};
    Shape two = new Shape(2);
    refused("labels must be in [0, 1], but row 1 has 2", inputs(2), two, new int[] {0, 2}, 2);
    refused("labels must be in [0, 1], but row 0 has -1", inputs(2), two, new int[] {-1, 0}, 2);
    refused(
        "inputs must be finite, but value 1 of row 1 is NaN",
        new float[] {0, 0, 0, Float.NaN},
        two,
        labels,
        2);
    refused("which makes 4 input values, but there are 3", new float[3], two, labels, 2);
    refused("classes must be at least 2, but was 1", inputs(2), two, labels, 1);
    refused("number of rows must be at least 1", new float[0], two, new int[0], 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnlearningDataset.of(inputs(2), two, labels, 2, new long[] {3, 3}))
        .withMessage("id 3 is given twice, to rows 0 and 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnlearningDataset.of(inputs(2), two, labels, 2, new long[] {3}))
        .withMessage("there are 2 labels but 1 ids");
    try (UnlearningDataset data = data(6).withUnseen(inputs(2), new int[] {0, 1})) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> data.markForget(99))
          .withMessage("no row has the id 99; the data set holds 8 rows");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> data.markForget(0, 6))
          .withMessage(
              "row 6 is UNSEEN: the network was not trained on it, so there is nothing to forget or retain");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> data.markForgetClasses(3))
          .withMessage("class must be in [0, 2], but was 3");
    }
  }

  private static void refused(
      String message, float[] inputs, Shape shape, int[] labels, int classes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnlearningDataset.of(inputs, shape, labels, classes))
        .withMessageContaining(message);
  }

  @Test
  void unseenRowsFollowWithTheNextIds() {
    try (UnlearningDataset data =
        UnlearningDataset.of(inputs(2), new Shape(2), new int[] {0, 1}, 2, new long[] {9, 4})
            .withUnseen(new float[] {7, 8}, new int[] {1})) {
      assertThat(data.unseen().ids()).containsExactly(10);
      assertThat(data.trained().ids()).containsExactly(9, 4);
      try (Batch batch = data.unseen().load(EngineRuntime.defaultDevice())) {
        assertThat(batch.inputs().singletonOrThrow().toFloatArray()).containsExactly(7, 8);
      }
    }
  }

  /** What stands at the same place in another data set is the row of someone else. */
  @Test
  void rowsOfAnotherDataSetAreNotMarked() {
    try (UnlearningDataset data = data(6);
        UnlearningDataset stranger =
            UnlearningDataset.of(
                inputs(3), new Shape(2), new int[] {0, 1, 2}, 3, new long[] {5, 4, 3})) {
      Rows one = stranger.withIds(4);
      for (Runnable use :
          List.<Runnable>of(
              () -> data.markForget(one),
              () -> data.markRetain(one),
              () -> data.withWeights(one, new double[] {2}))) {
        assertThatIllegalArgumentException()
            .isThrownBy(use::run)
            .withMessage("the rows are of another data set");
      }
    }
  }

  @Test
  void anotherNetworkHasOtherRowsBehindIt() {
    try (UnlearningDataset data =
        data(6).withUnseen(inputs(4), new int[] {0, 1, 2, 0}).cutValidation(0.5, 1)) {
      UnlearningDataset marked = data.markForget(1, 2);
      long unseen = marked.unseen().ids()[0];
      UnlearningDataset other = marked.asIfTrainedOn(marked.withIds(unseen, 2, 5));

      assertThat(other.retain().ids()).containsExactly(2, 5, unseen);
      assertThat(other.forget().isEmpty()).isTrue();
      assertThat(other.validation().ids()).isEqualTo(marked.validation().ids());
      assertThat(other.size()).isEqualTo(10);
      assertThat(marked.forget().ids()).containsExactly(1, 2);
      assertThat(other.markForget(unseen).forget().ids()).containsExactly(unseen);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> marked.asIfTrainedOn(marked.withIds()))
          .withMessage("number of rows trained on must be at least 1, but was 0");
      try (UnlearningDataset stranger = data(6)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> marked.asIfTrainedOn(stranger.rows()))
            .withMessage("the rows are of another data set");
      }
    }
  }

  /** Values changed in the shared memory are changed in the rows: nothing was copied. Released once, at the close. */
  @Test
  void sharedRowsAreTheMemoryItself() {
    ByteBuffer memory = ByteBuffer.allocateDirect(4 + 4 * 4).order(ByteOrder.nativeOrder());
    memory.position(4).asFloatBuffer().put(new float[] {1, 2, 3, 4});
    AtomicInteger released = new AtomicInteger();
    UnlearningDataset data =
        UnlearningDataset.sharing(
            memory,
            new Shape(2),
            new int[] {0, 1},
            2,
            new long[] {9, 4},
            released::incrementAndGet);
    memory.putFloat(4 + 2 * 4, 7);
    try (Batch batch = data.withIds(4, 9).load(EngineRuntime.defaultDevice())) {
      assertThat(batch.inputs().singletonOrThrow().toFloatArray()).containsExactly(7, 4, 1, 2);
    }
    assertThat(data.retain().ids()).containsExactly(9, 4);
    assertThat(released).hasValue(0);
    data.close();
    data.close();
    assertThat(released).hasValue(1);
  }

  @Test
  void sharedRowsAreCheckedLikeOthersAndAreNotReleasedWhenRefused() {
    AtomicInteger released = new AtomicInteger();
    ByteBuffer memory = ByteBuffer.allocateDirect(4 * 4).order(ByteOrder.nativeOrder());
    memory.putFloat(3 * 4, Float.NaN);
    Map<String, ByteBuffer> wrong =
        Map.of(
            "value 1 of row 1 is NaN",
            memory,
            "which makes 4 input values, but there are 3",
            memory.duplicate().limit(3 * 4),
            "inputs must be a direct buffer",
            ByteBuffer.allocate(4 * 4));
    wrong.forEach(
        (message, inputs) ->
            assertThatIllegalArgumentException()
                .isThrownBy(
                    () ->
                        UnlearningDataset.sharing(
                            inputs,
                            new Shape(2),
                            new int[] {0, 1},
                            2,
                            new long[] {1, 2},
                            released::incrementAndGet))
                .withMessageContaining(message));
    memory.putFloat(3 * 4, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                UnlearningDataset.sharing(
                    memory,
                    new Shape(2),
                    new int[] {0, 1},
                    2,
                    new long[] {1, 1},
                    released::incrementAndGet))
        .withMessageContaining("id 1 is given twice");
    assertThat(released).hasValue(0);
  }

  @Test
  void rowsOfAnotherDataSetFollowAsUnseenOnesWhenTheyFit() {
    UnlearningDataset data = data(3);
    try (UnlearningDataset more = data(2);
        UnlearningDataset ofTwoClasses =
            UnlearningDataset.of(inputs(2), new Shape(2), new int[] {0, 1}, 2)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> data.withUnseen(ofTwoClasses))
          .withMessageContaining("(2) of 3 classes cannot be joined by rows of shape (2) of 2");
      UnlearningDataset weighted = more.withWeights(more.rows(), new double[] {1, 3});
      try (UnlearningDataset joined = data.withUnseen(weighted)) {
        assertThat(joined.unseen().ids()).containsExactly(3, 4);
        assertThat(joined.unseen().labels()).containsExactly(0, 1);
        assertThat(joined.weight(4)).isEqualTo(3);
      }
      assertThat(more.size()).isEqualTo(2);
    }
  }

  /** 300 rows, 100 of each class: exactly a tenth of each. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void sharesAreOfEveryClassAndDependOnTheSeed(long seed) {
    try (UnlearningDataset data = data(300)) {
      UnlearningDataset marked = data.markForgetShare(0.1, seed);
      for (int c = 0; c < 3; c++) {
        int of = c;
        assertThat(Arrays.stream(marked.forget().labels()).filter(l -> l == of)).hasSize(10);
      }
      assertThat(data.markForgetShare(0.1, seed).forget().ids()).isEqualTo(marked.forget().ids());
      assertThat(data.markForgetShare(0.1, seed + 7).forget().ids())
          .isNotEqualTo(marked.forget().ids());
      UnlearningDataset held = data.holdOut(0.2, Mark.UNSEEN, seed).cutValidation(0.5, seed);
      assertThat(held.unseen().size()).isEqualTo(30);
      assertThat(held.validation().size()).isEqualTo(30);
      assertThat(held.retain().size()).isEqualTo(240);
      assertThat(held.withoutValidation().unseen().size()).isEqualTo(60);
    }
  }

  @Test
  void fingerprintsTellValuesLabelsAndIdsApart() {
    int[] labels = {0, 1, 0};
    try (UnlearningDataset a = UnlearningDataset.of(inputs(3), new Shape(2), labels, 2);
        UnlearningDataset same = UnlearningDataset.of(inputs(3), new Shape(2), labels, 2);
        UnlearningDataset value =
            UnlearningDataset.of(new float[] {0, 1, 2, 3, 4, 6}, new Shape(2), labels, 2);
        UnlearningDataset label =
            UnlearningDataset.of(inputs(3), new Shape(2), new int[] {0, 1, 1}, 2);
        UnlearningDataset id =
            UnlearningDataset.of(inputs(3), new Shape(2), labels, 2, new long[] {0, 1, 3});
        UnlearningDataset shape = UnlearningDataset.of(inputs(3), new Shape(2, 1), labels, 2)) {
      assertThat(same.fingerprint()).isEqualTo(a.fingerprint());
      assertThat(a.fingerprint())
          .isNotIn(value.fingerprint(), label.fingerprint(), id.fingerprint(), shape.fingerprint());
    }
  }

  /** 4096 images of 3×224×224 floats are 2.3 GiB, more than a buffer of Java holds. */
  @Test
  void largeRowsAreReadFewerAtATime() {
    assertThat(RowStorage.rowsAtOnce(new Shape(2))).isEqualTo(4096);
    assertThat(RowStorage.rowsAtOnce(new Shape(3, 224, 224))).isEqualTo((1 << 26) / (4 * 150_528));
    assertThat(RowStorage.rowsAtOnce(new Shape(1L << 30))).isEqualTo(1);
  }

  @Test
  void fingerprintsDoNotDependOnHowManyRowsAreReadAtATime() {
    try (UnlearningDataset data = data(10)) {
      Rows rows = data.rows();
      for (int atOnce : new int[] {1, 3, 10}) {
        assertThat(data.storage().fingerprint(atOnce)).isEqualTo(data.fingerprint());
        assertThat(rows.fingerprint(atOnce)).isEqualTo(rows.fingerprint());
        assertThat(rows.fingerprints(atOnce)).isEqualTo(rows.fingerprints());
      }
    }
  }

  @Test
  void theInputsOfRowsAreTheirValuesInTheirOrder() {
    try (UnlearningDataset data = data(5)) {
      assertThat(data.rows().take(3, 0).inputs()).isDeepEqualTo(new float[][] {{6, 7}, {0, 1}});
      assertThat(data.rows().take().inputs()).isEmpty();
    }
  }

  /** The pieces of a data set together may be more than an array of Java holds. */
  @Test
  void rowsInSeveralArraysAreRowsAfterOneAnother() {
    float[] all = inputs(5);
    int[] labels = {0, 1, 2, 0, 1};
    List<float[]> pieces = List.of(Arrays.copyOf(all, 6), Arrays.copyOfRange(all, 6, 10));
    try (UnlearningDataset whole = UnlearningDataset.of(all, new Shape(2), labels, 3);
        UnlearningDataset joined = UnlearningDataset.of(pieces, new Shape(2), labels, 3)) {
      assertThat(joined.fingerprint()).isEqualTo(whole.fingerprint());
    }
    pieces.get(1)[1] = Float.NaN;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnlearningDataset.of(pieces, new Shape(2), labels, 3))
        .withMessage("inputs must be finite, but value 1 of row 3 is NaN");
  }

  @Test
  void aDjlDataSetIsReadInItsOrder() throws IOException {
    try (NDManager manager = EngineRuntime.newManager()) {
      long[] labels = LongStream.range(0, 300).map(i -> i % 3).toArray();
      ArrayDataset source =
          new ArrayDataset.Builder()
              .setData(manager.create(inputs(300), new Shape(300, 2)).duplicate())
              .optLabels(manager.create(labels).duplicate())
              .setSampling(32, true)
              .build();
      try (UnlearningDataset read = UnlearningDataset.from(source, 3);
          UnlearningDataset direct = data(300)) {
        assertThat(read.fingerprint()).isEqualTo(direct.fingerprint());
      }
    }
  }

  @Test
  void aLabelThatIsNoWholeNumberIsRefused() {
    try (NDManager manager = EngineRuntime.newManager()) {
      ArrayDataset source =
          new ArrayDataset.Builder()
              .setData(manager.create(inputs(2), new Shape(2, 2)).duplicate())
              .optLabels(manager.create(new float[] {0, 1.5f}).duplicate())
              .setSampling(2, false)
              .build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> UnlearningDataset.from(source, 3))
          .withMessage("labels must be whole numbers, but one is 1.5");
    }
  }
}
