package org.erasus.eval.attacks;

import java.util.HashMap;
import java.util.Map;

/**
 * Some numbers a row, found by the row's id: what an attack knows about rows besides the outputs of the network it attacks.
 */
public final class RowTable {
  private final Map<Long, double[]> rows = new HashMap<>();
  private final int width;

  private RowTable(int width) {
    this.width = width;
  }

  /**
   * Copies the numbers.
   *
   * @param ids N different ids, at least 1
   * @param values (N, D), finite, D at least 1
   */
  public static RowTable of(long[] ids, double[][] values) {
    if (ids.length == 0 || ids.length != values.length) {
      throw new IllegalArgumentException(
          "a table must have one id a row and at least 1 row, but has "
              + ids.length
              + " ids and "
              + values.length
              + " rows");
    }
    RowTable table = new RowTable(values[0].length);
    for (int i = 0; i < ids.length; i++) {
      if (values[i].length != table.width || table.width == 0) {
        throw new IllegalArgumentException(
            "all rows of a table must have equally many numbers, at least 1, but row "
                + ids[i]
                + " has "
                + values[i].length);
      }
      for (double value : values[i]) {
        if (!Double.isFinite(value)) {
          throw new IllegalArgumentException(
              "numbers of a table must be finite, but row " + ids[i] + " has " + value);
        }
      }
      if (table.rows.put(ids[i], values[i].clone()) != null) {
        throw new IllegalArgumentException("id " + ids[i] + " is given twice");
      }
    }
    return table;
  }

  /** Numbers a row, D. */
  public int width() {
    return width;
  }

  /**
   * The numbers of the rows of a split, in its order, to be read only.
   *
   * @param attack for the message
   * @throws IllegalArgumentException for a row that is not in the table, naming it
   */
  double[][] of(ScoredRows split, String attack) {
    double[][] found = new double[split.size()][];
    for (int i = 0; i < found.length; i++) {
      double[] row = rows.get(split.id(i));
      if (row == null) {
        throw missing(split, i, attack);
      }
      found[i] = row;
    }
    return found;
  }

  static IllegalArgumentException missing(ScoredRows split, int row, String attack) {
    return new IllegalArgumentException(
        "split \""
            + split.split()
            + "\": attack \""
            + attack
            + "\" must know every row, but was told nothing about row "
            + split.id(row));
  }
}
