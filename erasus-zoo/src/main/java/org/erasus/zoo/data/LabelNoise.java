package org.erasus.zoo.data;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Gives a part of the rows a wrong label, and remembers which rows and what they were.
 *
 * <p>The rows and their new labels depend only on the seed and on the set of rows offered, not on their order. Among the
 * same rows a larger fraction flips those of a smaller one and more. The new label is drawn evenly from the other
 * classes, so it is never the true one.
 *
 * <pre>{@code
 * LabelNoise.Flips flips = LabelNoise.DEFAULTS.flip(images.labels(), images.classes(), rows);
 * Images noisy = images.withLabels(flips.applyTo(images.labels()));
 * }</pre>
 *
 * @param fraction part of the rows to flip, above 0 and at most 1; the number of rows is rounded to the nearest
 * @param seed names the random choice
 */
public record LabelNoise(double fraction, long seed) {
  /** Flips one row in five. */
  public static final LabelNoise DEFAULTS = new LabelNoise(0.2, 0);

  private static final long ROWS = 1;
  private static final long LABELS = 2;

  /**
   * Checks the fraction.
   *
   * @throws IllegalArgumentException if it is not above 0 and at most 1
   */
  public LabelNoise {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "fraction must be > 0 and <= 1, but was %s".formatted(fraction));
    }
  }

  /** The same with another fraction. */
  public LabelNoise withFraction(double fraction) {
    return new LabelNoise(fraction, seed);
  }

  /** The same with another seed. */
  public LabelNoise withSeed(long seed) {
    return new LabelNoise(fraction, seed);
  }

  /**
   * Chooses rows among those offered and a wrong label for each; the labels given are not changed.
   *
   * @param labels true labels, (N), each 0 to {@code classes} − 1
   * @param classes number of classes, 2 or more
   * @param rows rows that may be flipped, each 0 to N − 1, no row twice
   * @return what to change, in the order of row numbers
   * @throws IllegalArgumentException if there are fewer than 2 classes, a row comes twice, the label of a row is out of
   *     range, or so small a part of so few rows is no row at all
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public Flips flip(int[] labels, int classes, int... rows) {
    requireRows(labels, classes, rows);
    int count = (int) Math.round(fraction * rows.length);
    if (count == 0) {
      throw new IllegalArgumentException(
          "fraction must flip at least one row, but %s of %d rows is none"
              .formatted(fraction, rows.length));
    }
    int[] chosen =
        IntStream.of(rows)
            .boxed()
            .sorted(Comparator.comparingLong(row -> SplitMix.hash(seed, ROWS, row)))
            .limit(count)
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    return new Flips(
        chosen,
        IntStream.of(chosen).map(row -> labels[row]).toArray(),
        IntStream.of(chosen).map(row -> wrongLabel(row, labels[row], classes)).toArray());
  }

  private int wrongLabel(int row, int label, int classes) {
    return (label + 1 + SplitMix.of(seed, LABELS, row).below(classes - 1)) % classes;
  }

  private static void requireRows(int[] labels, int classes, int[] rows) {
    if (classes < 2) {
      throw new IllegalArgumentException("classes must be >= 2, but was " + classes);
    }
    int[] sorted = rows.clone();
    Arrays.sort(sorted);
    for (int k = 0; k < sorted.length; k++) {
      int row = sorted[k];
      if (row < 0 || row >= labels.length) {
        throw new IndexOutOfBoundsException(
            "rows must be 0 to %d, but one was %d".formatted(labels.length - 1, row));
      }
      if (k > 0 && row == sorted[k - 1]) {
        throw new IllegalArgumentException(
            "rows must not repeat, but %d comes twice".formatted(row));
      }
      if (labels[row] < 0 || labels[row] >= classes) {
        throw new IllegalArgumentException(
            "labels must be 0 to %d, but labels[%d] was %d"
                .formatted(classes - 1, row, labels[row]));
      }
    }
  }

  /** Rows with a wrong label: which they are, what they were, what they became. Never changes. */
  public static final class Flips {
    private final int[] rows;
    private final int[] oldLabels;
    private final int[] newLabels;

    private Flips(int[] rows, int[] oldLabels, int[] newLabels) {
      this.rows = rows;
      this.oldLabels = oldLabels;
      this.newLabels = newLabels;
    }

    /** How many rows were flipped, F. */
    public int count() {
      return rows.length;
    }

    /** A copy of the flipped rows, ascending, (F). */
    public int[] rows() {
      return rows.clone();
    }

    /** A copy of the true labels of the flipped rows, (F), in the order of {@link #rows()}. */
    public int[] oldLabels() {
      return oldLabels.clone();
    }

    /** A copy of the wrong labels, (F), in the order of {@link #rows()}; each differs from the true one. */
    public int[] newLabels() {
      return newLabels.clone();
    }

    /**
     * Puts the wrong labels in.
     *
     * @param labels (N), at the flipped rows the true labels
     * @return a copy of the labels, changed at the flipped rows
     * @throws IllegalArgumentException if a flipped row is missing or does not have its true label
     */
    public int[] applyTo(int[] labels) {
      return exchange(labels, oldLabels, newLabels);
    }

    /**
     * Puts the true labels back.
     *
     * @param labels (N), at the flipped rows the wrong labels
     * @return a copy of the labels, changed at the flipped rows
     * @throws IllegalArgumentException if a flipped row is missing or does not have its wrong label
     */
    public int[] undo(int[] labels) {
      return exchange(labels, newLabels, oldLabels);
    }

    private int[] exchange(int[] labels, int[] before, int[] after) {
      int[] changed = labels.clone();
      for (int k = 0; k < rows.length; k++) {
        if (rows[k] >= labels.length || labels[rows[k]] != before[k]) {
          throw new IllegalArgumentException(
              "labels[%d] must be %d, but %s"
                  .formatted(
                      rows[k],
                      before[k],
                      rows[k] >= labels.length
                          ? "there are " + labels.length + " labels"
                          : "was " + labels[rows[k]]));
        }
        changed[rows[k]] = after[k];
      }
      return changed;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Flips that
          && Arrays.equals(rows, that.rows)
          && Arrays.equals(oldLabels, that.oldLabels)
          && Arrays.equals(newLabels, that.newLabels);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(rows) + Arrays.hashCode(newLabels);
    }

    @Override
    public String toString() {
      return "Flips[%d rows]".formatted(count());
    }
  }
}
