package org.erasus.nd4j;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import org.erasus.Check;
import org.erasus.UnlearningDataset;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;

/**
 * Makes an {@link UnlearningDataset} of what an ND4J pipeline gives: features (N, …) become rows, labels their classes.
 *
 * <pre>{@code
 * iterator.setPreProcessor(normalizer);
 * try (var data = Nd4jRows.DEFAULTS.copy(iterator).markForget(17, 4_711)) { … }
 * }</pre>
 *
 * <p>Features may be of any number type or booleans. They become 32-bit floats: doubles and whole numbers above 2²⁴ are
 * rounded, and a value too large for a float is refused as not finite. Labels are one-hot (N, C), or class numbers 0, 1, 2, …
 * as (N, 1) or (N), which need {@link #withClasses}. Axes keep their order; networks of {@code erasus-zoo} want pictures as
 * (channels, height, width). Masks of time series are refused.
 *
 * <p>What is copied: {@link #copy} moves each value once, from ND4J's memory into the memory the rows are read from, and
 * converts it on the way; nothing goes through the Java heap. An iterator does not say how many rows will come: where {@link
 * #withExpectedRows} does not say so either, they are moved up to twice more, as the memory grows and when it is cut to size.
 * {@link #share} copies nothing where {@link #shareable} is true. In either case a batch is gathered from those rows into
 * memory of its own, as with every data set.
 *
 * @param classes number of classes, needed for class numbers
 * @param expectedRows how many rows an iterator will give, where that is known; fewer or more are no error, but they must
 *     fit into 2 GiB as 32-bit floats
 * @param ids one a row, all different; none means 0, 1, 2, …
 */
public record Nd4jRows(OptionalInt classes, OptionalInt expectedRows, List<Long> ids) {
  /** One-hot labels, ids 0, 1, 2, …. */
  public static final Nd4jRows DEFAULTS =
      new Nd4jRows(OptionalInt.empty(), OptionalInt.empty(), List.of());

  /** Checks the numbers. */
  public Nd4jRows {
    classes.ifPresent(n -> Check.atLeast(2, n, "classes"));
    expectedRows.ifPresent(n -> Check.atLeast(1, n, "expectedRows"));
    ids = List.copyOf(ids);
  }

  /** With the number of classes. */
  public Nd4jRows withClasses(int number) {
    return new Nd4jRows(OptionalInt.of(number), expectedRows, ids);
  }

  /** With the number of rows an iterator will give. */
  public Nd4jRows withExpectedRows(int number) {
    return new Nd4jRows(classes, OptionalInt.of(number), ids);
  }

  /** With ids of your own. */
  public Nd4jRows withIds(long... rowIds) {
    return new Nd4jRows(classes, expectedRows, Arrays.stream(rowIds).boxed().toList());
  }

  /**
   * Copies the rows of all batches from where the iterator stands to its end, as its preprocessor leaves them. The iterator is
   * not reset, before or after.
   *
   * @throws IllegalArgumentException when nothing is left, batches differ in shape or kind of labels, a batch is not as
   *     described above, or rows take more than 2 GiB: at the first batch where {@link #withExpectedRows} tells, and else at the
   *     batch that is too many
   */
  public UnlearningDataset copy(DataSetIterator batches) {
    try (Gathering all = new Gathering(expectedRows.orElse(0))) {
      while (batches.hasNext()) {
        DataSet batch = withoutMasks(batches.next());
        all.copy(batch.getFeatures(), batch.getLabels());
      }
      return owned(all);
    }
  }

  /** Copies the rows of a data set. */
  public UnlearningDataset copy(DataSet data) {
    withoutMasks(data);
    return copy(data.getFeatures(), data.getLabels());
  }

  /** Copies rows. */
  public UnlearningDataset copy(INDArray features, INDArray labels) {
    try (Gathering all = new Gathering(0)) {
      all.copy(features, labels);
      return owned(all);
    }
  }

  /** Whether {@link #share} does without a copy: 32-bit floats in C order without gaps, outside workspaces, CPU backend. */
  public static boolean shareable(INDArray features) {
    return Memory.shareable(Memory.require(features, "features"));
  }

  /** The rows of a data set, without a copy of the features where that can be. */
  public UnlearningDataset share(DataSet data) {
    withoutMasks(data);
    return share(data.getFeatures(), data.getLabels());
  }

  /**
   * Rows that lie in an ND4J array, without a copy where {@link #shareable} is true, and else like {@link #copy}.
   *
   * <p>Until the data set is closed its memory stays: closing the array, or a view of it, does nothing then, and dropping it
   * is no harm. Values must not change meanwhile: a normalizer that transforms the array changes the rows. What is added with
   * {@code withUnseen} moves all rows into one new memory; rows held out by {@code holdOut} do not.
   *
   * @param features (N, …), at most 2 GiB
   */
  public UnlearningDataset share(INDArray features, INDArray labels) {
    if (!shareable(features)) {
      return copy(features, labels);
    }
    try (Gathering all = new Gathering(0)) {
      all.classesOf(features, labels);
      Memory.lend(features);
      return on(features, all, () -> Memory.giveBack(features));
    }
  }

  private UnlearningDataset owned(Gathering all) {
    INDArray features = all.features();
    return on(features, all, features::close);
  }

  /** Rows on an array, which is let go of with them, or when they cannot be. */
  private UnlearningDataset on(INDArray features, Gathering all, Runnable release) {
    try {
      return UnlearningDataset.sharing(
          Memory.window(features),
          Memory.rowShape(features),
          all.labels(),
          numberOfClasses(all),
          idsFor(all.size()),
          release);
    } catch (RuntimeException | Error e) {
      release.run();
      throw e;
    }
  }

  private int numberOfClasses(Gathering all) {
    if (classes.isPresent()
        && all.classes().isPresent()
        && classes.getAsInt() != all.classes().getAsInt()) {
      throw new IllegalArgumentException(
          "labels are one-hot of "
              + all.classes().getAsInt()
              + " classes, but classes was "
              + classes.getAsInt());
    }
    return all.classes()
        .orElseGet(
            () ->
                classes.orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "labels are class numbers, which do not say how many classes there are: "
                                + "use withClasses(n)")));
  }

  private long[] idsFor(int rows) {
    return ids.isEmpty()
        ? LongStream.range(0, rows).toArray()
        : ids.stream().mapToLong(Long::longValue).toArray();
  }

  private static DataSet withoutMasks(DataSet data) {
    if (data.hasMaskArrays()) {
      throw new IllegalArgumentException(
          "the data set has mask arrays: time series of different lengths cannot be rows of one shape");
    }
    return data;
  }
}
