package org.erasus.selectors;

import org.erasus.Mark;
import org.erasus.Rows;
import org.erasus.SelectionTask;

/** The rows that candidates are compared with. */
final class Targets {
  private Targets() {}

  /**
   * The rows of a mark.
   *
   * @throws IllegalArgumentException when there are none
   */
  static Rows of(SelectionTask task, Mark mark, String selector) {
    Rows rows = task.candidates().data().marked(mark);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          selector
              + " compares candidates with rows marked "
              + mark
              + ", but the data set has none: mark some, as with cutValidation, or choose another target");
    }
    return rows;
  }
}
