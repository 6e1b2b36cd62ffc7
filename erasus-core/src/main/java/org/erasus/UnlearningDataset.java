package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.SequenceSampler;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.engine.EngineRuntime;

/**
 * Rows with stable ids, a class each, and a mark that says what each is to a deletion request.
 *
 * <p>A row is its id, never its position in some shuffled order. Marking gives a new view on the same tensors and leaves
 * the old one as it was; closing any view closes the tensors of all.
 *
 * <pre>{@code
 * var data = UnlearningDataset.of(pixels, new Shape(1, 28, 28), labels, 10)   // all RETAIN
 *     .withUnseen(testPixels, testLabels)                                     // UNSEEN
 *     .cutValidation(0.5, 1)                                                  // half of those, to choose on
 *     .markForget(17, 4_711);
 * }</pre>
 */
public final class UnlearningDataset implements AutoCloseable {
  private final RowStorage storage;
  private final Mark[] marks;
  private final double[] weights;

  private UnlearningDataset(RowStorage storage, Mark[] marks, double[] weights) {
    this.storage = storage;
    this.marks = marks;
    this.weights = weights;
  }

  /**
   * Copies rows from Java arrays; they are marked {@link Mark#RETAIN} and their ids are 0, 1, 2, ….
   *
   * @param inputs N·size(rowShape) finite values, row after row
   * @param rowShape shape of one row, such as (1, 28, 28)
   * @param labels N classes from 0 to classes−1
   * @param classes number of classes, 2 or more
   * @throws IllegalArgumentException when lengths disagree, a value is not finite or a label is out of range, naming
   *     the first such row
   */
  public static UnlearningDataset of(float[] inputs, Shape rowShape, int[] labels, int classes) {
    return of(inputs, rowShape, labels, classes, LongStream.range(0, labels.length).toArray());
  }

  /**
   * Copies rows from Java arrays, with ids of your own.
   *
   * @param ids N different numbers
   */
  public static UnlearningDataset of(
      float[] inputs, Shape rowShape, int[] labels, int classes, long[] ids) {
    return retained(RowStorage.of(List.of(inputs), rowShape, labels, classes, ids));
  }

  /**
   * Copies rows from several Java arrays, which together may hold more values than one can; ids are 0, 1, 2, ….
   *
   * @param inputs N·size(rowShape) finite values, array after array, row after row
   */
  public static UnlearningDataset of(
      List<float[]> inputs, Shape rowShape, int[] labels, int classes) {
    long[] ids = LongStream.range(0, labels.length).toArray();
    return retained(RowStorage.of(inputs, rowShape, labels, classes, ids));
  }

  /**
   * Rows in memory outside the heap that belongs to somebody else, such as another library: nothing is copied. The memory
   * must stay and its values must not change until the data set is closed.
   *
   * @param inputs direct buffer whose N·size(rowShape) 32-bit floats, from its position to its limit, are the rows
   * @param release called once, when the data set is closed; not when this method throws
   */
  public static UnlearningDataset sharing(
      ByteBuffer inputs, Shape rowShape, int[] labels, int classes, long[] ids, Runnable release) {
    return retained(RowStorage.sharing(inputs, rowShape, labels, classes, ids, release));
  }

  private static UnlearningDataset retained(RowStorage storage) {
    Mark[] marks = new Mark[storage.size()];
    Arrays.fill(marks, Mark.RETAIN);
    double[] weights = new double[storage.size()];
    Arrays.fill(weights, 1);
    return new UnlearningDataset(storage, marks, weights);
  }

  /**
   * Reads a whole DJL data set into memory, in its own order and with its transforms; ids are 0, 1, 2, ….
   *
   * @param dataset one input and one whole-number label a row; prepared by the caller
   * @param classes number of classes
   * @throws IOException when the data set cannot be read
   */
  public static UnlearningDataset from(RandomAccessDataset dataset, int classes)
      throws IOException {
    List<float[]> inputs = new ArrayList<>();
    List<long[]> labels = new ArrayList<>();
    Shape rowShape = new Shape();
    try (NDManager manager = EngineRuntime.newManager()) {
      BatchSampler inOrder = new BatchSampler(new SequenceSampler(), 256);
      for (var batch : dataset.getData(manager, inOrder)) {
        NDArray x = batch.getData().singletonOrThrow();
        NDArray y = batch.getLabels().singletonOrThrow();
        rowShape = x.getShape().slice(1);
        inputs.add(x.toType(DataType.FLOAT32, false).toFloatArray());
        labels.add(wholeNumbers(y));
        batch.close();
      }
    } catch (TranslateException e) {
      throw new IOException("the data set could not be turned into tensors", e);
    }
    int[] allLabels =
        labels.stream().flatMapToLong(Arrays::stream).mapToInt(Math::toIntExact).toArray();
    return of(inputs, rowShape, allLabels, classes);
  }

  private static long[] wholeNumbers(NDArray labels) {
    double[] values = labels.toType(DataType.FLOAT64, false).flatten().toDoubleArray();
    for (double value : values) {
      if (value != Math.rint(value)) {
        throw new IllegalArgumentException("labels must be whole numbers, but one is " + value);
      }
    }
    return Arrays.stream(values).mapToLong(value -> (long) value).toArray();
  }

  /**
   * Adds rows the network was not trained on, marked {@link Mark#UNSEEN}; their ids go on after the highest so far. This
   * view and its tensors are closed: go on with the one returned.
   */
  public UnlearningDataset withUnseen(float[] inputs, int[] labels) {
    try (UnlearningDataset more = of(inputs, rowShape(), labels, classes())) {
      return withUnseen(more);
    }
  }

  /**
   * Adds a copy of all rows of another data set, marked {@link Mark#UNSEEN}; their ids go on after the highest so far. This
   * view and its tensors are closed: go on with the one returned. The other stays as it was.
   *
   * @throws IllegalArgumentException when shapes of rows or numbers of classes differ; this view then stays open
   */
  public UnlearningDataset withUnseen(UnlearningDataset more) {
    long next = LongStream.range(0, size()).map(i -> id((int) i)).max().orElse(-1) + 1;
    RowStorage joined =
        storage.plus(more.storage, LongStream.range(next, next + more.size()).toArray());
    Mark[] allMarks = Arrays.copyOf(marks, joined.size());
    Arrays.fill(allMarks, marks.length, joined.size(), Mark.UNSEEN);
    double[] allWeights = Arrays.copyOf(weights, joined.size());
    System.arraycopy(more.weights, 0, allWeights, weights.length, more.size());
    storage.close();
    return new UnlearningDataset(joined, allMarks, allWeights);
  }

  /**
   * A data set of its own in which some rows have other values and classes; ids, marks and weights stay. Both are closed by
   * the caller.
   *
   * @param rows of this data set, n of them
   * @param inputs n·size(rowShape) finite values, row after row
   * @param labels n classes
   */
  public UnlearningDataset withRows(Rows rows, float[] inputs, int[] labels) {
    requireOwn(rows);
    return new UnlearningDataset(
        storage.with(rows.positions(), inputs, labels), marks.clone(), weights.clone());
  }

  /** Number of rows, of all marks. */
  public int size() {
    return storage.size();
  }

  /** Number of classes. */
  public int classes() {
    return storage.classes();
  }

  /** Shape of one row. */
  public Shape rowShape() {
    return storage.rowShape();
  }

  /** The class of the row at a position. */
  public int label(int position) {
    return storage.label(position);
  }

  /** The id of the row at a position. */
  public long id(int position) {
    return storage.id(position);
  }

  /** The mark of the row at a position. */
  public Mark mark(int position) {
    return marks[position];
  }

  /** The weight of the row at a position in training losses, 1 unless set. */
  public double weight(int position) {
    return weights[position];
  }

  /** Rows to forget, D_f. */
  public Rows forget() {
    return marked(Mark.FORGET);
  }

  /** Rows to keep, D_r. */
  public Rows retain() {
    return marked(Mark.RETAIN);
  }

  /** Everything trained on, D = D_f ∪ D_r, in the order of the data set. */
  public Rows trained() {
    return rows(
        IntStream.range(0, marks.length)
            .filter(i -> marks[i] == Mark.FORGET || marks[i] == Mark.RETAIN));
  }

  /** Unseen rows to choose on. */
  public Rows validation() {
    return marked(Mark.VALIDATION);
  }

  /** Unseen rows for the verdict, D_u. */
  public Rows unseen() {
    return marked(Mark.UNSEEN);
  }

  /** The rows with a mark, in the order of the data set. */
  public Rows marked(Mark mark) {
    return rows(IntStream.range(0, marks.length).filter(i -> marks[i] == mark));
  }

  /** All rows, in the order of the data set. */
  public Rows rows() {
    return rows(IntStream.range(0, marks.length));
  }

  /** The rows with some ids, in that order. */
  public Rows withIds(long... ids) {
    return rows(Arrays.stream(ids).mapToInt(storage::positionOf));
  }

  private Rows rows(IntStream positions) {
    return new Rows(this, positions.toArray());
  }

  /**
   * Marks rows to be forgotten.
   *
   * @param ids of rows the network was trained on
   * @throws IllegalArgumentException for an id the data set does not hold, or of a row that was not trained on
   */
  public UnlearningDataset markForget(long... ids) {
    return mark(withIds(ids), Mark.FORGET);
  }

  /** Marks every trained row of some classes to be forgotten. */
  public UnlearningDataset markForgetClasses(int... classes) {
    for (int c : classes) {
      if (c < 0 || c >= classes()) {
        throw new IllegalArgumentException(
            "class must be in [0, " + (classes() - 1) + "], but was " + c);
      }
    }
    Set<Integer> forgotten = IntStream.of(classes).boxed().collect(Collectors.toSet());
    return mark(trained().ofClasses(forgotten), Mark.FORGET);
  }

  /**
   * Marks the rows whose ids stand in a text file, one a line, to be forgotten; blank lines and lines from {@code #} on are
   * passed over.
   *
   * @throws IOException when the file cannot be read or a line is not a number, naming the line
   */
  public UnlearningDataset markForget(Path idFile) throws IOException {
    List<String> lines = Files.readAllLines(idFile);
    LongStream.Builder ids = LongStream.builder();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        try {
          ids.add(Long.parseLong(line));
        } catch (NumberFormatException e) {
          throw new IOException(
              idFile + " line " + (i + 1) + ": expected a row id but found \"" + line + "\"", e);
        }
      }
    }
    return markForget(ids.build().toArray());
  }

  /** Marks rows of this data set to be forgotten. */
  public UnlearningDataset markForget(Rows rows) {
    return mark(rows, Mark.FORGET);
  }

  /** Takes rows back into what is kept. */
  public UnlearningDataset markRetain(long... ids) {
    return mark(withIds(ids), Mark.RETAIN);
  }

  /** Takes rows of this data set back into what is kept. */
  public UnlearningDataset markRetain(Rows rows) {
    return mark(rows, Mark.RETAIN);
  }

  /**
   * The rows as they are to another network, one that was trained on some of them and on nothing else: those are
   * {@link Mark#RETAIN}, all others {@link Mark#UNSEEN}. Validation rows stay for choosing, unless they are among them.
   *
   * @param rows of this data set, of any mark, at least one
   */
  public UnlearningDataset asIfTrainedOn(Rows rows) {
    if (rows.data().storage != storage) {
      throw new IllegalArgumentException("the rows are of another data set");
    }
    Check.atLeast(1, rows.size(), "number of rows trained on");
    Mark[] changed = new Mark[marks.length];
    Arrays.setAll(changed, i -> marks[i] == Mark.VALIDATION ? Mark.VALIDATION : Mark.UNSEEN);
    for (int position : rows.positions()) {
      changed[position] = Mark.RETAIN;
    }
    return new UnlearningDataset(storage, changed, weights);
  }

  /** Marks a random part of the trained rows to be forgotten, the same share of every class; the rest is kept. */
  public UnlearningDataset markForgetShare(double share, long seed) {
    Check.inOpen(share, 0, 1, "share");
    return markRetain(trained())
        .mark(stratified(trained(), share, new Seeds(seed).stream("forget-share")), Mark.FORGET);
  }

  /** Gives a random part of the unseen rows, the same share of every class, to validation. */
  public UnlearningDataset cutValidation(double share, long seed) {
    Check.inOpen(share, 0, 1, "share");
    return remark(
        stratified(unseen(), share, new Seeds(seed).stream("validation")), Mark.VALIDATION);
  }

  /** Gives the validation rows back to the unseen ones. */
  public UnlearningDataset withoutValidation() {
    return remark(validation(), Mark.UNSEEN);
  }

  /**
   * Sets rows aside before the first training: they become {@link Mark#VALIDATION} or {@link Mark#UNSEEN}.
   *
   * @param share of every class, in (0, 1)
   */
  public UnlearningDataset holdOut(double share, Mark mark, long seed) {
    Check.inOpen(share, 0, 1, "share");
    if (mark == Mark.FORGET || mark == Mark.RETAIN) {
      throw new IllegalArgumentException(
          "rows held out are VALIDATION or UNSEEN, but mark was " + mark);
    }
    return remark(stratified(retain(), share, new Seeds(seed).stream("hold-out")), mark);
  }

  /**
   * Multiplies the weights of a coreset's rows in training losses by the coreset's weights. Those of a coreset that sets none
   * are 1, so that weights set before, such as ones that balance classes, stay.
   */
  public UnlearningDataset weightedBy(Coreset coreset) {
    double[] changed = weights.clone();
    for (int i = 0; i < coreset.size(); i++) {
      int position = storage.positionOf(coreset.id(i));
      changed[position] = Check.nonNegative(changed[position] * coreset.weight(i), "weight");
    }
    return new UnlearningDataset(storage, marks, changed);
  }

  /** Sets the weight of rows in training losses, each 0 or more. */
  public UnlearningDataset withWeights(Rows rows, double[] rowWeights) {
    if (rowWeights.length != rows.size()) {
      throw new IllegalArgumentException(
          "there are " + rows.size() + " rows but " + rowWeights.length + " weights");
    }
    requireOwn(rows);
    double[] changed = weights.clone();
    for (int i = 0; i < rows.size(); i++) {
      changed[rows.position(i)] = Check.nonNegative(rowWeights[i], "weight");
    }
    return new UnlearningDataset(storage, marks, changed);
  }

  /**
   * Checks that rows are of this data set: those of another would be taken for whatever stands at their places here.
   *
   * @throws IllegalArgumentException when they are not
   */
  public void requireOwn(Rows rows) {
    for (int position : rows.positions()) {
      if (position >= size() || rows.data().id(position) != id(position)) {
        throw new IllegalArgumentException("the rows are of another data set");
      }
    }
  }

  private UnlearningDataset mark(Rows rows, Mark mark) {
    requireOwn(rows);
    for (int position : rows.positions()) {
      if (marks[position] != Mark.FORGET && marks[position] != Mark.RETAIN) {
        throw new IllegalArgumentException(
            "row "
                + id(position)
                + " is "
                + marks[position]
                + ": the network was not trained on it, so there is nothing to forget or retain");
      }
    }
    return remark(rows, mark);
  }

  private UnlearningDataset remark(Rows rows, Mark mark) {
    Mark[] changed = marks.clone();
    for (int position : rows.positions()) {
      changed[position] = mark;
    }
    return new UnlearningDataset(storage, changed, weights);
  }

  /** A share of the rows of every class, rounded to the nearest whole row. */
  private Rows stratified(Rows from, double share, SplittableRandom random) {
    IntStream.Builder chosen = IntStream.builder();
    for (int c = 0; c < classes(); c++) {
      Rows ofClass = from.ofClasses(Set.of(c));
      Rows drawn = ofClass.sample((int) Math.round(share * ofClass.size()), random);
      Arrays.stream(drawn.positions()).forEach(chosen);
    }
    return rows(chosen.build().sorted());
  }

  /**
   * These rows for a network that tells more classes apart; of the new ones there are no rows.
   *
   * @param number of classes, as many as now or more
   */
  public UnlearningDataset withClasses(int number) {
    Check.atLeast(classes(), number, "number of classes");
    return new UnlearningDataset(storage.withClasses(number), marks, weights);
  }

  /** SHA-256 over ids, classes and input values of all rows: equal for equal data, whatever the marks. */
  public String fingerprint() {
    return storage.fingerprint();
  }

  /** SHA-256 over the marks and weights of all rows. */
  public String marksFingerprint() {
    Digest digest = new Digest();
    for (int i = 0; i < marks.length; i++) {
      digest.update(marks[i].name()).update(weights[i]);
    }
    return digest.hex();
  }

  RowStorage storage() {
    return storage;
  }

  @Override
  public void close() {
    storage.close();
  }

  @Override
  public String toString() {
    return "UnlearningDataset[forget="
        + forget().size()
        + ", retain="
        + retain().size()
        + ", validation="
        + validation().size()
        + ", unseen="
        + unseen().size()
        + "]";
  }
}
