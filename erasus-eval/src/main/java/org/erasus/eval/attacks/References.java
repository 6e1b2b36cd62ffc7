package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.erasus.Check;

/**
 * What reference networks said about rows, by row id: the confidences of those that were trained with the row and of those
 * that were trained without it.
 *
 * <pre>{@code
 * φ = log(p_y / (1 − p_y))          logit-scaled confidence of the row's class
 * }</pre>
 */
public final class References {
  private final Map<Long, Observations> rows;

  private References(Map<Long, Observations> rows) {
    this.rows = rows;
  }

  /** Confidences in one row; both to be read only. */
  record Observations(Side in, Side out) {}

  /** The confidences of the networks of one kind. */
  static final class Side {
    private final double[] values;
    private final double mean;
    private final double squares;

    Side(double[] values) {
      this.values = values;
      mean = Arrays.stream(values).average().orElse(0);
      squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    }

    int size() {
      return values.length;
    }

    double[] values() {
      return values;
    }

    double mean() {
      return mean;
    }

    /** Σ(φ − mean)². */
    double squares() {
      return squares;
    }
  }

  /**
   * Copies the confidences of R reference networks in N rows.
   *
   * @param ids of the rows, (N), different
   * @param confidences φ, (R, N), finite; as {@link ThresholdAttacks#LOGIT_SCALED_CONFIDENCE} computes them
   * @param in whether the network was trained with the row, (R, N)
   */
  public static References of(long[] ids, double[][] confidences, boolean[][] in) {
    Check.atLeast(1, confidences.length, "number of reference networks");
    if (in.length != confidences.length) {
      throw new IllegalArgumentException(
          "there are confidences of "
              + confidences.length
              + " reference networks but masks of "
              + in.length);
    }
    for (int k = 0; k < in.length; k++) {
      if (confidences[k].length != ids.length || in[k].length != ids.length) {
        throw new IllegalArgumentException(
            "reference network "
                + k
                + " must have a confidence and a mask for each of the "
                + ids.length
                + " rows, but has "
                + confidences[k].length
                + " and "
                + in[k].length);
      }
      Check.values(ids.length, confidences[k], "confidences of reference network " + k);
    }
    Map<Long, Observations> rows = new TreeMap<>();
    for (int i = 0; i < ids.length; i++) {
      Observations row =
          new Observations(side(confidences, in, i, true), side(confidences, in, i, false));
      if (rows.put(ids[i], row) != null) {
        throw new IllegalArgumentException("id " + ids[i] + " is given twice");
      }
    }
    return new References(rows);
  }

  private static Side side(double[][] confidences, boolean[][] in, int row, boolean wanted) {
    double[] values = new double[confidences.length];
    int n = 0;
    for (int k = 0; k < confidences.length; k++) {
      if (in[k][row] == wanted) {
        values[n++] = confidences[k][row];
      }
    }
    return new Side(Arrays.copyOf(values, n));
  }

  /**
   * These networks where they were trained with a row, other networks where those were trained without it: of {@link ULira},
   * networks that unlearned the row and networks that never had it.
   */
  public References withoutFrom(References others) {
    Map<Long, Observations> joined = new TreeMap<>();
    rows.forEach(
        (id, row) -> {
          Observations other = others.rows.get(id);
          if (other == null) {
            throw new IllegalArgumentException(
                "the networks trained without row " + id + " said nothing about it");
          }
          joined.put(id, new Observations(row.in, other.out));
        });
    return new References(joined);
  }

  /** How many rows there are. */
  public int size() {
    return rows.size();
  }

  /**
   * What was said about the rows of a split, in its order.
   *
   * @param attack for the message
   * @param in networks trained with the row that are needed at least
   * @param out networks trained without it that are needed at least
   */
  Observations[] of(ScoredRows split, String attack, int in, int out) {
    Observations[] found = new Observations[split.size()];
    for (int i = 0; i < found.length; i++) {
      Observations row = rows.get(split.id(i));
      if (row == null) {
        throw RowTable.missing(split, i, attack);
      }
      if (row.in.size() < in || row.out.size() < out) {
        throw new IllegalArgumentException(
            "split \""
                + split.split()
                + "\": attack \""
                + attack
                + "\" needs "
                + in
                + " reference networks trained with each row and "
                + out
                + " trained without it, but for row "
                + split.id(i)
                + " there are "
                + row.in.size()
                + " and "
                + row.out.size());
      }
      found[i] = row;
    }
    return found;
  }

  /**
   * One deviation for all rows: that of the confidences from the mean of their row.
   *
   * <pre>{@code
   * σ² = Σᵢ Σₖ (φᵢₖ − μᵢ)² / Σᵢ (nᵢ − 1)
   * }</pre>
   */
  double pooledDeviation(boolean in, String attack) {
    double squares = 0;
    long degrees = 0;
    for (Observations row : rows.values()) {
      Side side = in ? row.in : row.out;
      squares += side.squares;
      degrees += Math.max(0, side.size() - 1);
    }
    double deviation = Math.sqrt(squares / degrees);
    if (!(deviation > 0)) {
      throw new IllegalArgumentException(
          "attack \""
              + attack
              + "\" needs rows with two or more reference networks trained "
              + (in ? "with" : "without")
              + " them that differ, but there are none: train more networks, each from a seed of its own");
    }
    return deviation;
  }
}
