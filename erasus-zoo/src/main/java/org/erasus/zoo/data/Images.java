package org.erasus.zoo.data;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A set of labelled images of one size, held as it lies in the files: one unsigned byte per pixel and channel.
 *
 * <p>Pixels are in the order (N, C, H, W): image by image, within an image channel by channel, each plane row by row
 * from the top left. Byte values mean 0 (black) to 255 (full). Labels are 0 to {@link #classes()} − 1. An instance
 * never changes: arrays are copied on the way in and on the way out, so it may be shared between threads.
 *
 * <pre>{@code
 * Images digits = DrawnDigits.of(1).train(12_000);
 * float[] x = digits.scaled();      // (N, C, H, W), values in [0, 1]
 * int[] y = digits.labels();        // (N)
 * }</pre>
 */
public final class Images {
  private static final float FULL = 255f;

  private final byte[] pixels;
  private final int[] labels;
  private final Shape shape;
  private final List<String> classNames;

  /**
   * The size of one image.
   *
   * @param channels C, 1 or more: 1 is grey, 3 is red, green, blue
   * @param height H in pixels, 1 or more
   * @param width W in pixels, 1 or more
   */
  public record Shape(int channels, int height, int width) {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if a part is below 1 or C·H·W does not fit an {@code int}
     */
    public Shape {
      if (channels < 1 || height < 1 || width < 1) {
        throw new IllegalArgumentException(
            "channels, height and width must be >= 1, but were %d, %d, %d"
                .formatted(channels, height, width));
      }
      // Two steps, because the product of three ints can overflow even a long.
      if ((long) height * width > Integer.MAX_VALUE / channels) {
        throw new IllegalArgumentException(
            "channels x height x width must fit an int, but was %d x %d x %d"
                .formatted(channels, height, width));
      }
    }

    /** How many values one image has, C·H·W. */
    public int size() {
      return channels * height * width;
    }
  }

  private Images(byte[] pixels, int[] labels, Shape shape, List<String> classNames) {
    this.pixels = pixels;
    this.labels = labels;
    this.shape = shape;
    this.classNames = List.copyOf(classNames);
    if (pixels.length != (long) labels.length * shape.size()) {
      throw new IllegalArgumentException(
          "pixels must hold labels x C x H x W = %d x %d bytes, but has %d"
              .formatted(labels.length, shape.size(), pixels.length));
    }
    if (this.classNames.isEmpty()) {
      throw new IllegalArgumentException("classNames must name at least one class, but is empty");
    }
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] < 0 || labels[i] >= classes()) {
        throw new IllegalArgumentException(
            "labels must be 0 to %d, but labels[%d] was %d".formatted(classes() - 1, i, labels[i]));
      }
    }
  }

  /**
   * Makes a set from copies of the given arrays.
   *
   * @param pixels unsigned bytes, (N, C, H, W)
   * @param labels (N), each 0 to {@code classNames.size()} − 1
   * @param shape size of one image
   * @param classNames one name per class, in label order; at least one
   * @return the images; N may be 0
   * @throws IllegalArgumentException if the lengths disagree or a label is out of range
   */
  public static Images of(byte[] pixels, int[] labels, Shape shape, List<String> classNames) {
    return new Images(pixels.clone(), labels.clone(), shape, classNames);
  }

  /** As {@link #of}, but keeps the arrays themselves; the caller gives them up. */
  static Images owning(byte[] pixels, int[] labels, Shape shape, List<String> classNames) {
    return new Images(pixels, labels, shape, classNames);
  }

  /**
   * Puts sets of the same shape and the same classes one after the other.
   *
   * @param parts one or more sets
   * @return all rows of the first part, then of the second, and so on
   * @throws IllegalArgumentException if there is no part, shapes or class names differ, or the pixels do not fit one
   *     array
   */
  public static Images concat(List<Images> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("parts must hold at least one set of images");
    }
    Images first = parts.get(0);
    parts.forEach(first::requireSameKind);
    long rows = parts.stream().mapToLong(Images::count).sum();
    if (rows > Integer.MAX_VALUE / first.shape.size()) {
      throw new IllegalArgumentException(
          "the parts must fit one array, but have %d x %d bytes"
              .formatted(rows, first.shape.size()));
    }
    byte[] pixels = new byte[(int) rows * first.shape.size()];
    int[] labels = new int[(int) rows];
    int row = 0;
    for (Images part : parts) {
      System.arraycopy(part.pixels, 0, pixels, row * first.shape.size(), part.pixels.length);
      System.arraycopy(part.labels, 0, labels, row, part.count());
      row += part.count();
    }
    return owning(pixels, labels, first.shape, first.classNames);
  }

  /** How many images there are, N. */
  public int count() {
    return labels.length;
  }

  /** The size of one image. */
  public Shape shape() {
    return shape;
  }

  /** How many classes there are; some may have no image. */
  public int classes() {
    return classNames.size();
  }

  /** The names of the classes, in label order. */
  public List<String> classNames() {
    return classNames;
  }

  /** A copy of all pixels: unsigned bytes, (N, C, H, W). */
  public byte[] pixels() {
    return pixels.clone();
  }

  /**
   * A copy of the pixels of one image.
   *
   * @param row 0 to N − 1
   * @return unsigned bytes, (C, H, W)
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public byte[] pixels(int row) {
    requireRow(row);
    return Arrays.copyOfRange(pixels, row * shape.size(), (row + 1) * shape.size());
  }

  /** A copy of all labels, (N). */
  public int[] labels() {
    return labels.clone();
  }

  /**
   * The label of one image.
   *
   * @param row 0 to N − 1
   * @return 0 to {@link #classes()} − 1
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public int label(int row) {
    requireRow(row);
    return labels[row];
  }

  /** How many images each class has, (classes). */
  public int[] classCounts() {
    int[] counts = new int[classes()];
    for (int label : labels) {
      counts[label]++;
    }
    return counts;
  }

  /**
   * The pixels as numbers between 0 and 1.
   *
   * @return a new array, (N, C, H, W), each value byte / 255
   */
  public float[] scaled() {
    float[] values = new float[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (pixels[i] & 0xFF) / FULL;
    }
    return values;
  }

  /**
   * The pixels as numbers of roughly mean 0 and standard deviation 1, the usual input of a network.
   *
   * <pre>{@code
   * value = (byte / 255 − mean[c]) / std[c]                 (N, C, H, W)
   * }</pre>
   *
   * @param mean one per channel, on the scale 0 to 1; take those of the training set, see {@link #channelMeans()}
   * @param std one per channel, above 0, on the scale 0 to 1
   * @return a new array
   * @throws IllegalArgumentException if a length is not C, a number is not finite, or a std is not above 0
   */
  public float[] normalized(float[] mean, float[] std) {
    requirePerChannel(mean, "mean");
    requirePerChannel(std, "std");
    for (int c = 0; c < std.length; c++) {
      if (std[c] <= 0) {
        throw new IllegalArgumentException("std[%d] must be > 0, but was %s".formatted(c, std[c]));
      }
    }
    float[] values = scaled();
    int plane = shape.height() * shape.width();
    for (int i = 0; i < values.length; i++) {
      int c = i / plane % shape.channels();
      values[i] = (values[i] - mean[c]) / std[c];
    }
    return values;
  }

  /**
   * The mean of each channel over all pixels of all images, on the scale 0 to 1.
   *
   * @return (C); NaN when there are no images
   */
  public float[] channelMeans() {
    return moments(false);
  }

  /**
   * The standard deviation of each channel over all pixels of all images (divided by their number, not that less one),
   * on the scale 0 to 1.
   *
   * @return (C); NaN when there are no images
   */
  public float[] channelStds() {
    return moments(true);
  }

  /**
   * The rows from one position up to, not including, another.
   *
   * @param from first row, 0 or more
   * @param to row after the last, {@code from} to N
   * @return a new set of {@code to − from} images
   * @throws IndexOutOfBoundsException if the range does not lie within 0 to N
   */
  public Images slice(int from, int to) {
    if (from < 0 || to < from || to > count()) {
      throw new IndexOutOfBoundsException(
          "rows %d to %d do not lie within 0 to %d".formatted(from, to, count()));
    }
    return owning(
        Arrays.copyOfRange(pixels, from * shape.size(), to * shape.size()),
        Arrays.copyOfRange(labels, from, to),
        shape,
        classNames);
  }

  /**
   * The given rows in the given order; a row may come more than once.
   *
   * @param rows each 0 to N − 1
   * @return a new set whose row k is this set's row {@code rows[k]}
   * @throws IndexOutOfBoundsException if there is no such row
   * @throws IllegalArgumentException if the pixels taken do not fit one array
   */
  public Images take(int... rows) {
    int size = shape.size();
    if (rows.length > Integer.MAX_VALUE / size) {
      throw new IllegalArgumentException(
          "the rows taken must fit one array, but are %d x %d bytes".formatted(rows.length, size));
    }
    byte[] taken = new byte[rows.length * size];
    for (int k = 0; k < rows.length; k++) {
      requireRow(rows[k]);
      System.arraycopy(pixels, rows[k] * size, taken, k * size, size);
    }
    return owning(taken, IntStream.of(rows).map(row -> labels[row]).toArray(), shape, classNames);
  }

  /**
   * The same images with other labels, for instance after {@link LabelNoise}.
   *
   * @param labels (N), each 0 to {@link #classes()} − 1
   * @return a new set; this one keeps its labels
   * @throws IllegalArgumentException if the number of labels is not N or a label is out of range
   */
  public Images withLabels(int... labels) {
    return owning(pixels, labels.clone(), shape, classNames);
  }

  /** Whether the other set has the same pixels, labels, shape and class names. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Images that
        && shape.equals(that.shape)
        && classNames.equals(that.classNames)
        && Arrays.equals(labels, that.labels)
        && Arrays.equals(pixels, that.pixels);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(labels) + Arrays.hashCode(pixels);
  }

  @Override
  public String toString() {
    return "Images[%d of %dx%dx%d, %d classes]"
        .formatted(count(), shape.channels(), shape.height(), shape.width(), classes());
  }

  /** Fails unless the other set could be appended to this one. */
  void requireSameKind(Images other) {
    if (!shape.equals(other.shape) || !classNames.equals(other.classNames)) {
      throw new IllegalArgumentException(
          "sets must have the same shape and class names, but one is %s %s and another %s %s"
              .formatted(this, classNames, other, other.classNames));
    }
  }

  /** Bytes of the pixels without a copy; for readers and writers in this package, which must not change them. */
  byte[] rawPixels() {
    return pixels;
  }

  /** Means, or standard deviations. Sums are whole numbers (255² · 2³¹ < 2⁴⁷), so no order of summation matters. */
  private float[] moments(boolean spread) {
    int plane = shape.height() * shape.width();
    long[] sum = new long[shape.channels()];
    long[] squares = new long[shape.channels()];
    for (int i = 0; i < pixels.length; i++) {
      int c = i / plane % shape.channels();
      long value = pixels[i] & 0xFF;
      sum[c] += value;
      squares[c] += value * value;
    }
    float[] moments = new float[shape.channels()];
    double n = (double) count() * plane;
    for (int c = 0; c < moments.length; c++) {
      double mean = sum[c] / n; // 0 / 0.0 is NaN, as promised for no images
      double moment = spread ? Math.sqrt(Math.max(0, squares[c] / n - mean * mean)) : mean;
      moments[c] = (float) (moment / FULL);
    }
    return moments;
  }

  private void requireRow(int row) {
    if (row < 0 || row >= count()) {
      throw new IndexOutOfBoundsException(
          "row must be 0 to %d, but was %d".formatted(count() - 1, row));
    }
  }

  private void requirePerChannel(float[] values, String name) {
    if (values.length != shape.channels()) {
      throw new IllegalArgumentException(
          "%s must have one number per channel (%d), but has %d"
              .formatted(name, shape.channels(), values.length));
    }
    for (int c = 0; c < values.length; c++) {
      if (!Float.isFinite(values[c])) {
        throw new IllegalArgumentException(
            "%s[%d] must be finite, but was %s".formatted(name, c, values[c]));
      }
    }
  }
}
