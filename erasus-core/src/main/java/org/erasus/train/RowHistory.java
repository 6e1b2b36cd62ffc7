package org.erasus.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.erasus.Rows;
import org.erasus.Softmax;
import org.erasus.io.DType;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;
import org.erasus.io.TensorSpec;

/**
 * What became of each row while a network was trained. A visit is a step in which the loss asked what the network says about
 * the row, as it was before the step and in training mode:
 *
 * <pre>{@code
 * right_t    whether the most likely class at visit t is the row's
 * forgotten  number of visits t with right_{t−1} and not right_t
 * learned    whether right_t at any visit
 * loss       Σ_t −log p_t(y|x)
 * }</pre>
 *
 * <p>Where a rule makes the step of gradients taken apart, one at other weights than those before the step is no visit: under
 * {@code uam} and {@code sfron} retain rows have none. Nor is one of other rows than those of the step's batches, such as the
 * remote rows of {@code rfe}.
 *
 * <p>{@link org.erasus.RunOptions#withHistory} makes a run keep one. The file is of safetensors, rows in the order of forget
 * and retain rows: {@code ids} and {@code fingerprints} I64, {@code visits} and {@code forgotten} I32, {@code right} and {@code
 * learned} BOOL, {@code loss} F64, each (N), and {@code format} in its metadata. A row is known by its {@linkplain
 * Rows#fingerprints() fingerprint}, so rows may come and go around it, but a row of another data set is not taken for it.
 */
public final class RowHistory {
  private static final String FILE = "history.safetensors";
  private static final String FORMAT = "erasus row history 1";

  private final long[] ids;
  private final long[] fingerprints;
  private final int[] visits;
  private final int[] forgotten;
  private final BitSet right;
  private final BitSet learned;
  private final double[] losses;
  private final Map<Long, Integer> places = new HashMap<>();

  private RowHistory(
      long[] ids,
      long[] fingerprints,
      int[] visits,
      int[] forgotten,
      BitSet right,
      BitSet learned,
      double[] losses) {
    this.ids = ids;
    this.fingerprints = fingerprints;
    this.visits = visits;
    this.forgotten = forgotten;
    this.right = right;
    this.learned = learned;
    this.losses = losses;
    for (int i = 0; i < ids.length; i++) {
      places.put(ids[i], i);
    }
  }

  /** That of rows no step has visited yet. */
  static RowHistory of(Rows rows) {
    int n = rows.size();
    return new RowHistory(
        rows.ids(),
        rows.fingerprints(),
        new int[n],
        new int[n],
        new BitSet(n),
        new BitSet(n),
        new double[n]);
  }

  /** Takes down a visit to the rows of a batch. */
  void visit(Rows batch, Outputs outputs) {
    float[] logits = outputs.logits().toFloatArray();
    int classes = logits.length / batch.size();
    for (int i = 0; i < batch.size(); i++) {
      int position = batch.position(i);
      Integer place = places.get(batch.data().id(position));
      if (place != null) {
        visit(place, logits, i * classes, classes, batch.data().label(position));
      }
    }
  }

  private void visit(int row, float[] logits, int from, int classes, int label) {
    int best = from;
    for (int c = from + 1; c < from + classes; c++) {
      if (logits[c] > logits[best]) {
        best = c;
      }
    }
    boolean now = best == from + label;
    if (right.get(row) && !now) {
      forgotten[row]++;
    }
    right.set(row, now);
    if (now) {
      learned.set(row);
    }
    visits[row]++;
    losses[row] += Softmax.logNormaliser(logits, from, classes) - logits[from + label];
  }

  // ---- questions

  /** The ids of the rows. */
  public long[] ids() {
    return ids.clone();
  }

  /** How often the row was visited. */
  public int visits(long id) {
    return visits[place(id)];
  }

  /** The most visits any row has. */
  public int mostVisits() {
    return Arrays.stream(visits).max().orElse(0);
  }

  /** How often the row was predicted right at a visit and wrong at the next. */
  public int forgettingEvents(long id) {
    return forgotten[place(id)];
  }

  /** Whether the row was predicted right at its last visit. */
  public boolean rightAtLast(long id) {
    return right.get(place(id));
  }

  /** Whether the row was predicted right at any visit. */
  public boolean everLearned(long id) {
    return learned.get(place(id));
  }

  /** The sum of the row's cross entropies over its visits, natural log. */
  public double accumulatedLoss(long id) {
    return losses[place(id)];
  }

  private int place(long id) {
    Integer place = places.get(id);
    if (place == null) {
      throw new IllegalArgumentException(
          "row " + id + " is not in the history, which holds " + ids.length + " rows");
    }
    return place;
  }

  /**
   * Checks that rows are those the history is of, each visited once or more.
   *
   * @throws IllegalArgumentException naming the first row that is not
   */
  public void requireRows(Rows rows) {
    long[] now = rows.fingerprints();
    for (int i = 0; i < now.length; i++) {
      long id = rows.data().id(rows.position(i));
      int place = place(id);
      if (fingerprints[place] != now[i]) {
        throw new IllegalArgumentException(
            "row "
                + id
                + " has another class or other values than in the training the history is of: it is the history of other"
                + " data");
      }
      if (visits[place] == 0) {
        throw new IllegalArgumentException("row " + id + " was never visited in the training");
      }
    }
  }

  // ---- files

  /**
   * Reads what a run left in a folder.
   *
   * @throws IOException when there is nothing, or something else
   */
  public static RowHistory load(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    Safetensors read;
    try {
      read = Safetensors.read(file);
    } catch (NoSuchFileException e) {
      throw new IOException(
          file
              + " is not there: train with RunOptions.withHistory(HistoryFolder.in(folder)); it is written when the training"
              + " has ended",
          e);
    }
    String format = read.metadata().getOrDefault("format", "another one");
    if (!format.equals(FORMAT)) {
      throw new IOException(
          file + " must be of the format \"" + FORMAT + "\", but is of " + format);
    }
    return from(file, read.tensors());
  }

  void save(Path folder) throws IOException {
    new Safetensors(tensors(), Map.of("format", FORMAT)).write(folder.resolve(FILE));
  }

  static void delete(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(FILE));
  }

  Map<String, HostTensor> tensors() {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put("ids", tensor(DType.I64, b -> b.asLongBuffer().put(ids)));
    tensors.put("fingerprints", tensor(DType.I64, b -> b.asLongBuffer().put(fingerprints)));
    tensors.put("visits", tensor(DType.I32, b -> b.asIntBuffer().put(visits)));
    tensors.put("forgotten", tensor(DType.I32, b -> b.asIntBuffer().put(forgotten)));
    tensors.put("right", bits(right));
    tensors.put("learned", bits(learned));
    tensors.put("loss", tensor(DType.F64, b -> b.asDoubleBuffer().put(losses)));
    return tensors;
  }

  private interface Filling {
    void fill(ByteBuffer bytes);
  }

  private HostTensor bits(BitSet set) {
    return tensor(DType.BOOL, b -> set.stream().forEach(i -> b.put(i, (byte) 1)));
  }

  private HostTensor tensor(DType dtype, Filling filling) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(ids.length, dtype.byteSize()))
            .order(ByteOrder.LITTLE_ENDIAN);
    filling.fill(bytes);
    return HostTensor.wrap(TensorSpec.of(dtype, ids.length), bytes);
  }

  /**
   * Takes a history out of the tensors of a file.
   *
   * @param file for messages
   */
  static RowHistory from(Path file, Map<String, HostTensor> tensors) throws IOException {
    int n = column(file, tensors, "ids", DType.I64, -1).size();
    double[] losses = new double[n];
    column(file, tensors, "loss", DType.F64, n).data().asDoubleBuffer().get(losses);
    return new RowHistory(
        column(file, tensors, "ids", DType.I64, n).toLongs(),
        column(file, tensors, "fingerprints", DType.I64, n).toLongs(),
        ints(column(file, tensors, "visits", DType.I32, n)),
        ints(column(file, tensors, "forgotten", DType.I32, n)),
        set(column(file, tensors, "right", DType.BOOL, n)),
        set(column(file, tensors, "learned", DType.BOOL, n)),
        losses);
  }

  private static HostTensor column(
      Path file, Map<String, HostTensor> tensors, String name, DType dtype, int size)
      throws IOException {
    HostTensor tensor = tensors.get(name);
    if (tensor == null
        || tensor.dtype() != dtype
        || tensor.shape().size() != 1
        || (size >= 0 && tensor.size() != size)) {
      throw new IOException(
          file
              + " must hold a tensor \""
              + name
              + "\" of "
              + dtype
              + (size >= 0 ? "[" + size + "]" : "[N]")
              + " for its history of rows, but "
              + (tensor == null ? "has none" : "it is " + tensor.spec()));
    }
    return tensor;
  }

  private static int[] ints(HostTensor tensor) {
    return Arrays.stream(tensor.toLongs()).mapToInt(Math::toIntExact).toArray();
  }

  private static BitSet set(HostTensor tensor) {
    BitSet set = new BitSet(tensor.size());
    long[] values = tensor.toLongs();
    for (int i = 0; i < values.length; i++) {
      set.set(i, values[i] != 0);
    }
    return set;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof RowHistory other && tensors().equals(other.tensors());
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return "RowHistory[" + ids.length + " rows, at most " + mostVisits() + " visits]";
  }
}
