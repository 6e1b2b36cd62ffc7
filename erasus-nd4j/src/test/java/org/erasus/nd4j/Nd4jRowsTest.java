package org.erasus.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.erasus.Batch;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.preprocessor.NormalizerStandardize;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class Nd4jRowsTest {
  private static final INDArray TWO_CLASSES = Nd4j.eye(2).castTo(DataType.FLOAT);

  @AfterEach
  void nothingStaysLent() {
    assertThat(Memory.lent()).isZero();
  }

  private static float[] values(Rows rows) {
    try (Batch batch = rows.load(EngineRuntime.defaultDevice())) {
      return batch.inputs().singletonOrThrow().toFloatArray();
    }
  }

  private static INDArray matrix(float[]... rows) {
    return Nd4j.create(rows);
  }

  /** n rows of 3 values 0, 1, 2, … */
  private static INDArray counted(int rows) {
    return Nd4j.arange(rows * 3).castTo(DataType.FLOAT).reshape('c', rows, 3).dup();
  }

  /** Classes 0, 1, 0, … */
  private static INDArray oneHot(int rows) {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, rows, 2);
    for (int i = 0; i < rows; i++) {
      labels.putScalar(i, i % 2, 1);
    }
    return labels;
  }

  private static float[] count(int values) {
    float[] all = new float[values];
    for (int i = 0; i < values; i++) {
      all[i] = i;
    }
    return all;
  }

  // what becomes of values

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UTF8", "COMPRESSED", "UNKNOWN"})
  void everyTypeOfNumberBecomesFloats(DataType type) {
    INDArray features = matrix(new float[] {0, 1}, new float[] {1, 0}).castTo(type);
    assertThat(Nd4jRows.shareable(features)).isEqualTo(type == DataType.FLOAT);
    for (INDArray labels : List.of(TWO_CLASSES, TWO_CLASSES.castTo(type))) {
      try (UnlearningDataset copied = Nd4jRows.DEFAULTS.copy(features, labels);
          UnlearningDataset shared = Nd4jRows.DEFAULTS.share(features, labels)) {
        assertThat(values(copied.rows())).containsExactly(0, 1, 1, 0);
        assertThat(values(shared.rows())).containsExactly(0, 1, 1, 0);
        assertThat(shared.rows().labels()).containsExactly(0, 1);
        assertThat(shared.classes()).isEqualTo(2);
      }
    }
  }

  /** 0.1 as a double is not 0.1f; 2²⁴ + 1 has no float and becomes 2²⁴. */
  @Test
  void doublesAndLargeWholeNumbersAreRounded() {
    INDArray doubles = Nd4j.create(new double[][] {{0.1, 1e-60}, {-3.7, 1e30}});
    INDArray longs = Nd4j.createFromArray(new long[][] {{(1 << 24) + 1, 0}, {-7, 5}});
    try (UnlearningDataset ofDoubles = Nd4jRows.DEFAULTS.copy(doubles, TWO_CLASSES);
        UnlearningDataset ofLongs = Nd4jRows.DEFAULTS.copy(longs, TWO_CLASSES)) {
      assertThat(values(ofDoubles.rows())).containsExactly(0.1f, 0, -3.7f, 1e30f);
      assertThat(values(ofLongs.rows())).containsExactly(1 << 24, 0, -7, 5);
    }
  }

  @Test
  void layoutsOtherThanCOrderAreReadInTheOrderOfTheirShape() {
    INDArray transposed = matrix(new float[] {1, 2, 3}, new float[] {4, 5, 6}).transpose();
    INDArray columns = counted(4).get(NDArrayIndex.all(), NDArrayIndex.interval(1, 3));
    try (UnlearningDataset a = Nd4jRows.DEFAULTS.share(transposed, oneHot(3));
        UnlearningDataset b = Nd4jRows.DEFAULTS.share(transposed.dup('f'), oneHot(3));
        UnlearningDataset c = Nd4jRows.DEFAULTS.share(columns, oneHot(4))) {
      assertThat(values(a.rows())).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(values(b.rows())).containsExactly(1, 4, 2, 5, 3, 6);
      assertThat(values(c.rows())).containsExactly(1, 2, 4, 5, 7, 8, 10, 11);
    }
    assertThat(Nd4jRows.shareable(transposed)).isFalse();
    assertThat(Nd4jRows.shareable(columns)).isFalse();
  }

  @Test
  void picturesKeepTheirShape() {
    INDArray pictures = counted(8).reshape('c', 4, 1, 2, 3);
    try (UnlearningDataset data = Nd4jRows.DEFAULTS.share(pictures, oneHot(4))) {
      assertThat(data.rowShape()).isEqualTo(new Shape(1, 2, 3));
      assertThat(values(data.withIds(3))).containsExactly(18, 19, 20, 21, 22, 23);
    }
  }

  @Test
  void classNumbersAreClassesInEitherShape() {
    Nd4jRows three = Nd4jRows.DEFAULTS.withClasses(3).withIds(7, -1, 5, 1L << 40);
    INDArray numbers = Nd4j.createFromArray(2, 0, 1, 2);
    for (INDArray labels : List.of(numbers, numbers.reshape(4, 1))) {
      try (UnlearningDataset data = three.copy(counted(4), labels)) {
        assertThat(data.rows().labels()).containsExactly(2, 0, 1, 2);
        assertThat(data.rows().ids()).containsExactly(7, -1, 5, 1L << 40);
        assertThat(data.classes()).isEqualTo(3);
      }
    }
  }

  // shared memory

  @Test
  void sharedRowsAreTheArraysMemoryAndCopiedOnesAreNot() {
    INDArray features = counted(2);
    try (UnlearningDataset shared = Nd4jRows.DEFAULTS.share(new DataSet(features, TWO_CLASSES));
        UnlearningDataset copied = Nd4jRows.DEFAULTS.copy(new DataSet(features, TWO_CLASSES))) {
      features.putScalar(1, 2, 70);
      assertThat(values(shared.rows())).containsExactly(0, 1, 2, 3, 4, 70);
      assertThat(values(copied.rows())).containsExactly(0, 1, 2, 3, 4, 5);
    }
  }

  @Test
  void aViewOfWholeRowsIsSharedFromItsOffset() {
    INDArray all = counted(6);
    INDArray some = all.get(NDArrayIndex.interval(2, 4), NDArrayIndex.all());
    assertThat(Nd4jRows.shareable(some)).isTrue();
    try (UnlearningDataset data = Nd4jRows.DEFAULTS.share(some, TWO_CLASSES)) {
      all.putScalar(3, 0, 90);
      assertThat(values(data.rows())).containsExactly(6, 7, 8, 90, 10, 11);
    }
  }

  /** Closing frees an array that is not lent; a lent one stays, whichever array over the memory is closed, and is freed after. */
  @Test
  void closingALentArrayWaitsForTheDataSet() {
    INDArray free = counted(2);
    free.close();
    assertThat(free.wasClosed()).isTrue();

    INDArray features = counted(2);
    INDArray sameMemory = features.reshape(3, 2);
    UnlearningDataset first = Nd4jRows.DEFAULTS.share(features, TWO_CLASSES);
    UnlearningDataset second = Nd4jRows.DEFAULTS.share(features, TWO_CLASSES);
    features.close();
    sameMemory.close();
    assertThat(features.wasClosed()).isFalse();
    first.close();
    features.close();
    assertThat(features.wasClosed()).isFalse();
    assertThat(values(second.rows())).containsExactly(0, 1, 2, 3, 4, 5);
    second.close();
    features.close();
    assertThat(features.wasClosed()).isTrue();
  }

  @Test
  void whatNd4jKeepsForGoodIsKeptAfterTheDataSet() {
    INDArray features = counted(2);
    features.data().setConstant(true);
    Nd4jRows.DEFAULTS.share(features, TWO_CLASSES).close();
    assertThat(features.data().isConstant()).isTrue();
    features.data().setConstant(false);
  }

  /** Nobody but the data set knows the array: collections and new arrays of its size must not take its memory. */
  @Test
  void anArrayThatWasDroppedStaysWhileRowsUseIt() throws InterruptedException {
    int rows = 200_000;
    try (UnlearningDataset data = Nd4jRows.DEFAULTS.share(counted(rows), oneHot(rows))) {
      List<INDArray> others = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(50);
        others.add(Nd4j.valueArrayOf(new long[] {rows, 3}, -1f, DataType.FLOAT));
      }
      assertThat(values(data.rows())).isEqualTo(count(rows * 3));
      others.forEach(INDArray::close);
    }
  }

  @Test
  void heldOutRowsNeedNoCopyAndAddedOnesDo() {
    INDArray features = counted(10);
    try (UnlearningDataset data =
        Nd4jRows.DEFAULTS.share(features, oneHot(10)).holdOut(0.2, org.erasus.Mark.UNSEEN, 1)) {
      assertThat(data.unseen().size()).isEqualTo(2);
      assertThat(Memory.lent()).isEqualTo(1);
    }
    try (UnlearningDataset test = Nd4jRows.DEFAULTS.share(counted(4), oneHot(4));
        UnlearningDataset data = Nd4jRows.DEFAULTS.share(features, oneHot(10)).withUnseen(test)) {
      assertThat(Memory.lent()).as("the test rows alone").isEqualTo(1);
      assertThat(values(data.withIds(9, 10))).containsExactly(27, 28, 29, 0, 1, 2);
    }
  }

  // iterators

  /** Rows (0, 4), (2, 8), (4, 0), … per column; standardised by hand with the sample mean and standard deviation. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 5, 9})
  void anIteratorsBatchesFollowEachOtherAsItsNormalizerLeavesThem(int expected) {
    double[][] raw = {{0, 400}, {2, 800}, {4, 0}, {6, 1200}, {8, 600}};
    int[] labels = {1, 0, 0, 1, 1};
    List<DataSet> batches =
        List.of(batch(raw, labels, 0, 2), batch(raw, labels, 2, 4), batch(raw, labels, 4, 5));
    NormalizerStandardize normalizer = new NormalizerStandardize();
    normalizer.fit(new DataSet(Nd4j.create(raw), oneHotOf(labels, 0, 5)));
    Batches iterator = new Batches(batches);
    iterator.setPreProcessor(normalizer);
    Nd4jRows rows =
        expected == 0 ? Nd4jRows.DEFAULTS : Nd4jRows.DEFAULTS.withExpectedRows(expected);
    try (UnlearningDataset data = rows.copy(iterator)) {
      float[] found = values(data.rows());
      double meanA = 4;
      double meanB = 600;
      double spreadA = Math.sqrt((16 + 4 + 0 + 4 + 16) / 5.0);
      double spreadB = Math.sqrt((200 * 200 + 200 * 200 + 600 * 600 + 600 * 600) / 5.0);
      for (int i = 0; i < 5; i++) {
        assertThat(found[2 * i]).isCloseTo((float) ((raw[i][0] - meanA) / spreadA), within());
        assertThat(found[2 * i + 1]).isCloseTo((float) ((raw[i][1] - meanB) / spreadB), within());
      }
      assertThat(data.rows().labels()).containsExactly(labels);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rows.copy(iterator))
        .withMessageContaining("there are no rows: the iterator was at its end");
  }

  private static org.assertj.core.data.Offset<Float> within() {
    return org.assertj.core.data.Offset.offset(1e-5f);
  }

  private static DataSet batch(double[][] raw, int[] labels, int from, int to) {
    double[][] rows = java.util.Arrays.copyOfRange(raw, from, to);
    double[][] own = java.util.Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    return new DataSet(Nd4j.create(own), oneHotOf(labels, from, to));
  }

  private static INDArray oneHotOf(int[] labels, int from, int to) {
    INDArray all = Nd4j.zeros(DataType.DOUBLE, to - from, 2);
    IntStream.range(from, to).forEach(i -> all.putScalar(i - from, labels[i], 1));
    return all;
  }

  /** What ND4J reuses from batch to batch must be copied before the next comes. */
  @Test
  void anIteratorMayReuseItsMemory() {
    INDArray memory = counted(2);
    List<DataSet> twice =
        List.of(new DataSet(memory, TWO_CLASSES), new DataSet(memory, TWO_CLASSES));
    Batches iterator = new Batches(twice);
    iterator.beforeEach(() -> memory.addi(100));
    try (UnlearningDataset data = Nd4jRows.DEFAULTS.copy(iterator)) {
      assertThat(values(data.rows()))
          .containsExactly(100, 101, 102, 103, 104, 105, 200, 201, 202, 203, 204, 205);
    }
  }

  // bad input

  private static void refused(String message, ThrowingCallable call) {
    int open = EngineRuntime.openArrays();
    assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    assertThat(EngineRuntime.openArrays()).isEqualTo(open);
    assertThat(Memory.lent()).isZero();
  }

  private static void refused(String message, INDArray features, INDArray labels) {
    refused(message, Nd4jRows.DEFAULTS, features, labels);
  }

  private static void refused(String message, Nd4jRows how, INDArray features, INDArray labels) {
    refused(message, () -> how.copy(features, labels));
    refused(message, () -> how.share(features, labels));
    refused(message, () -> how.copy(new Batches(List.of(new DataSet(features, labels)))));
    assertThat(features.wasClosed()).as("the caller's array").isFalse();
  }

  @Test
  void labelsThatAreNotOneHotAreRefusedWithTheirRow() {
    INDArray two = counted(2);
    String rule = "labels must be one-hot, a single 1 among zeros, but row 1 begins ";
    refused(rule + "[1.0, 1.0]", two, matrix(new float[] {0, 1}, new float[] {1, 1}));
    refused(rule + "[0.9, 0.1]", two, matrix(new float[] {0, 1}, new float[] {0.9f, 0.1f}));
    refused(rule + "[0.0, 0.0]", two, matrix(new float[] {0, 1}, new float[] {0, 0}));
    refused(rule + "[NaN, 1.0]", two, matrix(new float[] {0, 1}, new float[] {Float.NaN, 1}));
    refused(rule + "[1.0, -1.0]", two, matrix(new float[] {0, 1}, new float[] {1, -1}));
    refused(
        "labels are one-hot of 2 classes, but classes was 3",
        Nd4jRows.DEFAULTS.withClasses(3),
        two,
        TWO_CLASSES);
  }

  @Test
  void classNumbersThatAreNoneAreRefused() {
    Nd4jRows three = Nd4jRows.DEFAULTS.withClasses(3);
    INDArray two = counted(2);
    refused("do not say how many classes there are: use withClasses(n)", two, column(0, 1));
    refused("must be class numbers, but row 1 has 0.5", three, two, column(0, 0.5f));
    refused("must be class numbers, but row 0 has NaN", three, two, column(Float.NaN, 0));
    refused(
        "must be class numbers, but row 0 has Infinity",
        three,
        two,
        column(Float.POSITIVE_INFINITY, 0));
    refused("labels must be in [0, 2], but row 1 has 3", three, two, column(1, 3));
    refused("labels must be in [0, 2], but row 0 has -1", three, two, column(-1, 2));
    refused("there are 2 labels but 3 ids", three.withIds(1, 2, 3), two, column(1, 2));
    refused("id 4 is given twice", three.withIds(4, 4), two, column(1, 2));
  }

  private static INDArray column(float... values) {
    return Nd4j.createFromArray(values).reshape(values.length, 1);
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    refused("there are 3 rows of features but 2 labels", counted(3), TWO_CLASSES);
    refused("labels must be of shape (rows, classes)", counted(2), Nd4j.zeros(2, 2, 4));
    refused(
        "features must be of shape (rows, values…), but were of shape [2]",
        () -> Nd4jRows.DEFAULTS.copy(Nd4j.zeros(2), TWO_CLASSES));
    refused(
        "rows of shape (3) as the first has, but after row 1 come rows of shape (2)",
        () -> Nd4jRows.DEFAULTS.copy(new Batches(List.of(pair(2, 3, 2), pair(1, 2, 2)))));
    refused(
        "up to row 1 they were one-hot of 2 classes and then one-hot of 4 classes",
        () -> Nd4jRows.DEFAULTS.copy(new Batches(List.of(pair(2, 3, 2), pair(1, 3, 4)))));
    refused(
        "up to row 1 they were one-hot of 2 classes and then class numbers",
        () -> Nd4jRows.DEFAULTS.copy(new Batches(List.of(pair(2, 3, 2), pair(1, 3, 1)))));
    refused(
        "there are 1 rows of features but 2 labels, in the batch after row 1",
        () ->
            Nd4jRows.DEFAULTS.copy(
                new Batches(List.of(pair(2, 3, 2), new DataSet(counted(1), oneHot(2))))));
    DataSet masked = new DataSet(Nd4j.zeros(2, 3, 4), oneHot(2), Nd4j.ones(2, 4), Nd4j.ones(2, 1));
    refused("the data set has mask arrays", () -> Nd4jRows.DEFAULTS.copy(masked));
    refused("the data set has mask arrays", () -> Nd4jRows.DEFAULTS.share(masked));
    refused("classes must be at least 2", () -> Nd4jRows.DEFAULTS.withClasses(1));
    refused("expectedRows must be at least 1", () -> Nd4jRows.DEFAULTS.withExpectedRows(0));
  }

  /** 2³¹ − 1 bytes are 268,435,455 rows of two floats: nothing is taken for more. */
  @Test
  void moreThanTwoGibibytesAreRefusedAtTheFirstBatch() {
    Batches batches = new Batches(List.of(pair(2, 2, 2), pair(2, 2, 2)));
    refused(
        "rows must fit into 2 GiB together, but 268435456 of 8 bytes take 2147483648: take at most 268435455",
        () -> Nd4jRows.DEFAULTS.withExpectedRows(268_435_456).copy(batches));
    assertThat(batches.hasNext()).as("of the second nothing was read").isTrue();
  }

  private static DataSet pair(int rows, int width, int classes) {
    INDArray labels = Nd4j.zeros(DataType.FLOAT, rows, classes);
    labels.getColumn(0).assign(1);
    return new DataSet(Nd4j.zeros(DataType.FLOAT, rows, width), labels);
  }

  @Test
  void valuesThatAreNoFiniteFloatsAreRefused() {
    refused(
        "inputs must be finite, but value 0 of row 1 is NaN",
        matrix(new float[] {0, 1}, new float[] {Float.NaN, 1}),
        TWO_CLASSES);
    refused(
        "inputs must be finite, but value 1 of row 0 is Infinity",
        Nd4j.create(new double[][] {{0, 1e39}, {0, 0}}),
        TWO_CLASSES);
  }

  @Test
  void arraysThatHoldNoNumbersAreRefused() {
    INDArray text = Nd4j.create("a", "b").reshape(2, 1);
    refused(
        "features must be numbers or booleans, but were UTF8",
        () -> Nd4jRows.DEFAULTS.copy(text, TWO_CLASSES));
    refused(
        "labels must be numbers or booleans, but were UTF8",
        () -> Nd4jRows.DEFAULTS.share(counted(2), text));
    refused(
        "features must hold at least one row",
        () -> Nd4jRows.DEFAULTS.share(Nd4j.empty(DataType.FLOAT), TWO_CLASSES));
    refused(
        "features must hold at least one row",
        () -> Nd4jRows.DEFAULTS.copy(Nd4j.create(DataType.FLOAT, 0, 3), TWO_CLASSES));
  }

  @Test
  void closedArraysAreRefused() {
    INDArray closed = counted(2);
    closed.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> Nd4jRows.DEFAULTS.share(closed, TWO_CLASSES))
        .withMessage("features were closed before they were read");
    assertThatIllegalStateException()
        .isThrownBy(() -> Nd4jRows.DEFAULTS.copy(counted(2), closed))
        .withMessage("labels were closed before they were read");
    assertThatIllegalStateException().isThrownBy(() -> Nd4jRows.shareable(closed));
  }

  /** Memory of a workspace is used again at its next turn: never shared, and not to be read once it is left. */
  @Test
  void rowsOfAWorkspaceAreCopiedWhileItIsOpen() {
    INDArray left;
    UnlearningDataset data;
    try (MemoryWorkspace workspace =
        Nd4j.getWorkspaceManager().getAndActivateWorkspace("Nd4jRowsTest")) {
      left = counted(2).dup();
      assertThat(left.isAttached()).isTrue();
      assertThat(Nd4jRows.shareable(left)).isFalse();
      data = Nd4jRows.DEFAULTS.share(left, TWO_CLASSES);
    }
    try (data) {
      try (MemoryWorkspace again =
          Nd4j.getWorkspaceManager().getAndActivateWorkspace("Nd4jRowsTest")) {
        Nd4j.valueArrayOf(new long[] {64}, -1f, DataType.FLOAT);
      }
      assertThat(values(data.rows())).containsExactly(0, 1, 2, 3, 4, 5);
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> Nd4jRows.DEFAULTS.share(left, TWO_CLASSES))
        .withMessageContaining("lie in a workspace of ND4J that was left");
  }
}
