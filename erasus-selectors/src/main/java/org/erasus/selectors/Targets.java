package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Mark;
import org.erasus.Rows;
import org.erasus.SelectionTask;

/** The rows that candidates are compared with. */
final class Targets {
  private Targets() {}

  /**
   * The rows of a mark in the candidates' data set.
   *
   * @param selector its name, for the message
   * @throws IllegalArgumentException when there are none
   */
  static Rows of(String selector, SelectionTask task, Mark target) {
    Rows rows = task.candidates().data().marked(target);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          selector
              + " compares candidates with rows marked "
              + target
              + ", but "
              + task.candidates().data()
              + " has none: mark some, for example by cutValidation or holdOut, or name another mark by"
              + " withTarget");
    }
    return rows;
  }

  /**
   * The weights of rows in losses, as shares of their sum (N).
   *
   * @throws IllegalArgumentException when all are 0
   */
  static double[] shares(String selector, Rows rows) {
    double[] weights = rows.weights();
    double sum = Arrays.stream(weights).sum();
    if (sum == 0) {
      throw new IllegalArgumentException(
          selector
              + " compares candidates with "
              + rows
              + " whose weights are all 0: set some above 0");
    }
    return Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }
}
