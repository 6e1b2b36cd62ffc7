package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * The outputs of one network on the rows of one split, checked once and shared by all attacks.
 *
 * <p>Rows keep their ids, so an attack with reference networks can look up what those said about the same row.
 */
public final class ScoredRows {
  /** What a stored probability of exactly zero counts as, so that its logarithm is finite. */
  private static final double SMALLEST = Double.MIN_VALUE;

  /** How far a row of probabilities may be from 1: single precision, some thousand classes. */
  private static final double SUM_TOLERANCE = 1e-3;

  private final String split;
  private final long[] ids;
  private final Prediction[] predictions;

  private ScoredRows(String split, long[] ids, Prediction[] predictions) {
    this.split = split;
    this.ids = ids;
    this.predictions = predictions;
  }

  /**
   * Reads logits.
   *
   * @param split name of the split for messages, such as {@code "forget"}
   * @param ids of the rows, (N)
   * @param logits (N, C), finite, C at least 2; copied
   * @param labels (N), from 0 to C − 1
   */
  public static ScoredRows ofLogits(String split, long[] ids, float[][] logits, int[] labels) {
    return read(split, ids, widen(logits), labels, "logit");
  }

  /** Reads logits of rows numbered from 0. */
  public static ScoredRows ofLogits(String split, float[][] logits, int[] labels) {
    return ofLogits(split, numbered(logits.length), logits, labels);
  }

  /**
   * Reads probabilities, for networks that do not show their logits.
   *
   * <p>A probability of exactly zero counts as the smallest positive number. Prefer logits: a probability that was
   * rounded to 0 or 1 has lost what separates the most certain rows.
   *
   * @param split name of the split for messages
   * @param ids of the rows, (N)
   * @param probabilities (N, C), from 0 to 1, each row summing to 1 within 0.001, C at least 2
   * @param labels (N), from 0 to C − 1
   */
  public static ScoredRows ofProbabilities(
      String split, long[] ids, double[][] probabilities, int[] labels) {
    double[][] logs = new double[probabilities.length][];
    for (int i = 0; i < logs.length; i++) {
      double sum = 0;
      for (int c = 0; c < probabilities[i].length; c++) {
        double p = probabilities[i][c];
        if (!(p >= 0 && p <= 1)) {
          throw new IllegalArgumentException(
              "split \""
                  + split
                  + "\": probabilities must be >= 0 and <= 1, but row "
                  + i
                  + " had "
                  + p
                  + " at class "
                  + c);
        }
        sum += p;
      }
      if (Math.abs(sum - 1) > SUM_TOLERANCE && probabilities[i].length > 0) {
        throw new IllegalArgumentException(
            "split \""
                + split
                + "\": probabilities of a row must sum to 1, but row "
                + i
                + " summed to "
                + sum
                + ": for logits use ofLogits");
      }
      logs[i] = Arrays.stream(probabilities[i]).map(p -> Math.log(Math.max(p, SMALLEST))).toArray();
    }
    return read(split, ids, logs, labels, "log-probability");
  }

  /** Reads probabilities in single precision. */
  public static ScoredRows ofProbabilities(
      String split, long[] ids, float[][] probabilities, int[] labels) {
    return ofProbabilities(split, ids, widen(probabilities), labels);
  }

  /** Name of the split. */
  public String split() {
    return split;
  }

  /** How many rows there are, at least 1. */
  public int size() {
    return predictions.length;
  }

  /** How many classes there are, at least 2. */
  public int classes() {
    return predictions[0].classes();
  }

  /** The id of a row. */
  public long id(int row) {
    return ids[row];
  }

  /** What the network said about a row. */
  public Prediction prediction(int row) {
    return predictions[row];
  }

  /** Computes a number for every row, in order. */
  public double[] map(ToDoubleFunction<Prediction> score) {
    return Arrays.stream(predictions).mapToDouble(score).toArray();
  }

  /** The rows at some positions, at least one, in the order given. */
  public ScoredRows subset(int[] rows) {
    if (rows.length == 0) {
      throw new IllegalArgumentException(
          "split \"" + split + "\": a subset must have at least 1 row, but has none");
    }
    return new ScoredRows(
        split,
        Arrays.stream(rows).mapToLong(row -> ids[row]).toArray(),
        Arrays.stream(rows).mapToObj(row -> predictions[row]).toArray(Prediction[]::new));
  }

  private static ScoredRows read(
      String split, long[] ids, double[][] logits, int[] labels, String what) {
    String where = "split \"" + split + "\": ";
    if (logits.length == 0) {
      throw new IllegalArgumentException(
          where + "must have at least 1 row, but has none: mark some rows for it");
    }
    if (labels.length != logits.length || ids.length != logits.length) {
      throw new IllegalArgumentException(
          where
              + "ids, outputs and labels must be of one length, but held "
              + ids.length
              + ", "
              + logits.length
              + " and "
              + labels.length);
    }
    int classes = logits[0].length;
    if (classes < 2) {
      throw new IllegalArgumentException(
          where + "outputs must have at least 2 classes, but have " + classes);
    }
    Prediction[] predictions = new Prediction[logits.length];
    for (int i = 0; i < logits.length; i++) {
      checkRow(where + "row " + i, logits[i], labels[i], classes, what);
      predictions[i] = Prediction.ofLogits(logits[i], labels[i]);
    }
    return new ScoredRows(split, ids.clone(), predictions);
  }

  private static void checkRow(String row, double[] logits, int label, int classes, String what) {
    if (logits.length != classes) {
      throw new IllegalArgumentException(
          row + " must have as many classes as row 0, " + classes + ", but has " + logits.length);
    }
    if (label < 0 || label >= classes) {
      throw new IllegalArgumentException(
          row + " must have a label from 0 to " + (classes - 1) + ", but has " + label);
    }
    for (int c = 0; c < classes; c++) {
      if (!Double.isFinite(logits[c])) {
        throw new IllegalArgumentException(
            row
                + " must have finite outputs, but its "
                + what
                + " of class "
                + c
                + " is "
                + logits[c]
                + ": the network may have diverged");
      }
    }
  }

  private static double[][] widen(float[][] values) {
    double[][] wide = new double[values.length][];
    for (int i = 0; i < values.length; i++) {
      wide[i] = new double[values[i].length];
      for (int c = 0; c < wide[i].length; c++) {
        wide[i][c] = values[i][c];
      }
    }
    return wide;
  }

  private static long[] numbered(int count) {
    long[] ids = new long[count];
    Arrays.setAll(ids, i -> i);
    return ids;
  }
}
