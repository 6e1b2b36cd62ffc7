package org.erasus;

import ai.djl.Device;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Some rows of a data set, in order: a view, cheap to make, to be used while the data set is open. */
public final class Rows {
  private final UnlearningDataset data;
  private final int[] positions;

  Rows(UnlearningDataset data, int[] positions) {
    this.data = data;
    this.positions = positions;
  }

  /** The data set these rows are from. */
  public UnlearningDataset data() {
    return data;
  }

  /** Number of rows. */
  public int size() {
    return positions.length;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return positions.length == 0;
  }

  /** Where the rows stand in the data set, from 0. */
  public int[] positions() {
    return positions.clone();
  }

  /** Where row {@code index} stands in the data set. */
  public int position(int index) {
    return positions[index];
  }

  /** The stable ids of the rows. */
  public long[] ids() {
    return Arrays.stream(positions).mapToLong(data::id).toArray();
  }

  /** The classes of the rows. */
  public int[] labels() {
    return Arrays.stream(positions).map(data::label).toArray();
  }

  /** The classes that occur among the rows. */
  public SortedSet<Integer> classes() {
    return IntStream.of(labels()).boxed().collect(Collectors.toCollection(TreeSet::new));
  }

  /** How many of the rows are of each class, (C). */
  public int[] classCounts() {
    int[] counts = new int[data.classes()];
    IntStream.of(labels()).forEach(c -> counts[c]++);
    return counts;
  }

  /** Those of the rows whose class is one of {@code classes}. */
  public Rows ofClasses(Set<Integer> classes) {
    return where(i -> classes.contains(data.label(positions[i])));
  }

  /** Those of the rows whose class is none of {@code classes}. */
  public Rows ofOtherClasses(Set<Integer> classes) {
    return where(i -> !classes.contains(data.label(positions[i])));
  }

  /** The weights of the rows in training losses (N), 1 unless set. */
  public double[] weights() {
    return Arrays.stream(positions).mapToDouble(data::weight).toArray();
  }

  /** Σ w of the rows, their number unless a coreset sets weights. */
  public double totalWeight() {
    return Arrays.stream(weights()).sum();
  }

  /** The rows at some indices of this view, in that order. */
  public Rows take(int... indices) {
    return new Rows(data, Arrays.stream(indices).map(i -> positions[i]).toArray());
  }

  /** The first {@code n} rows, or all when there are fewer. */
  public Rows first(int n) {
    return new Rows(data, Arrays.copyOf(positions, Math.min(n, positions.length)));
  }

  /** The rows whose index in this view passes a test. */
  public Rows where(IntPredicate index) {
    return take(IntStream.range(0, positions.length).filter(index).toArray());
  }

  /** These rows followed by others of the same data set. */
  public Rows and(Rows other) {
    if (other.data.storage() != data.storage()) {
      throw new IllegalArgumentException("the rows are of different data sets");
    }
    int[] joined = Arrays.copyOf(positions, positions.length + other.positions.length);
    System.arraycopy(other.positions, 0, joined, positions.length, other.positions.length);
    return new Rows(data, joined);
  }

  /** The same rows in random order. */
  public Rows shuffled(SplittableRandom random) {
    return take(Seeds.permutation(positions.length, random));
  }

  /** {@code n} rows drawn without replacement, or all when there are fewer. */
  public Rows sample(int n, SplittableRandom random) {
    return shuffled(random).first(n);
  }

  /** Cuts the rows into consecutive pieces of {@code size}; the last may be smaller. */
  public List<Rows> batches(int size) {
    Check.atLeast(1, size, "batch size");
    List<Rows> pieces = new ArrayList<>();
    for (long from = 0; from < positions.length; from += size) {
      int to = (int) Math.min(from + size, positions.length);
      pieces.add(new Rows(data, Arrays.copyOfRange(positions, (int) from, to)));
    }
    return pieces;
  }

  /** How many pieces {@link #batches} cuts the rows into. */
  public int batchCount(int size) {
    Check.atLeast(1, size, "batch size");
    return isEmpty() ? 0 : (positions.length - 1) / size + 1;
  }

  /** SHA-256 over ids, classes, weights and input values: equal for the same rows in the same order, whatever is around them. */
  public String fingerprint() {
    return fingerprint(RowStorage.rowsAtOnce(data.rowShape()));
  }

  String fingerprint(int atOnce) {
    Digest digest = new Digest().update(data.classes()).update(data.rowShape().toString());
    for (int position : positions) {
      digest.update(data.id(position)).update(data.label(position)).update(data.weight(position));
    }
    for (Rows piece : batches(atOnce)) {
      try (Batch batch = piece.load(Device.cpu())) {
        digest.update(batch.inputs().singletonOrThrow().toByteBuffer());
      }
    }
    return digest.hex();
  }

  /**
   * A number for each row, the first 64 bits of SHA-256 over its id, class and input values: tells whether a record kept
   * outside is of this row.
   */
  public long[] fingerprints() {
    return fingerprints(RowStorage.rowsAtOnce(data.rowShape()));
  }

  long[] fingerprints(int atOnce) {
    long[] found = new long[positions.length];
    int at = 0;
    for (Rows piece : batches(atOnce)) {
      try (Batch batch = piece.load(Device.cpu())) {
        ByteBuffer values = batch.inputs().singletonOrThrow().toByteBuffer();
        int width = values.remaining() / piece.size();
        for (int i = 0; i < piece.size(); i++) {
          int position = piece.positions[i];
          found[at++] =
              new Digest()
                  .update(data.id(position))
                  .update(data.label(position))
                  .update(values.slice(i * width, width))
                  .head();
        }
      }
    }
    return found;
  }

  /** The input values of each row, (N, size of a row). */
  public float[][] inputs() {
    float[][] found = new float[positions.length][];
    int at = 0;
    for (Rows piece : batches(RowStorage.rowsAtOnce(data.rowShape()))) {
      try (Batch batch = piece.load(Device.cpu())) {
        float[] values = batch.inputs().singletonOrThrow().toFloatArray();
        int width = values.length / piece.size();
        for (int i = 0; i < piece.size(); i++) {
          found[at++] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
        }
      }
    }
    return found;
  }

  /** The rows as tensors; the caller closes the batch. */
  public Batch load(Device device) {
    return data.storage().load(this, positions, device);
  }

  @Override
  public String toString() {
    return positions.length + " rows";
  }
}
