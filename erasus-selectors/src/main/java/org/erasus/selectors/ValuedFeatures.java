package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.erasus.Mark;
import org.erasus.Rows;
import org.erasus.SelectionTask;

/**
 * Features and classes of rows and of the target rows that say what those are worth. The mean of the rows is taken off all
 * features, so that distances lose no digits to it. Features that the rows have in common but for rounding become 0, of the
 * target rows, too: they tell no row from another.
 */
final class ValuedFeatures {
  final float[][] rows;
  final int[] labels;
  final float[][] targets;
  final int[] targetLabels;
  final int classes;

  private ValuedFeatures(
      float[][] rows, int[] labels, float[][] targets, int[] targetLabels, int classes) {
    this.rows = rows;
    this.labels = labels;
    this.targets = targets;
    this.targetLabels = targetLabels;
    this.classes = classes;
  }

  /** Features of the candidates of a task and of the rows of a mark, which {@link #targets} has found. */
  static ValuedFeatures of(SelectionTask task, Mark target) {
    return of(task, task.candidates(), task.candidates().data().marked(target));
  }

  /** Features of rows and target rows. */
  static ValuedFeatures of(SelectionTask task, Rows rows, Rows targets) {
    float[][] h = features(task, rows);
    float[][] g = features(task, targets);
    Scaling centring = Scaling.centring(h);
    return new ValuedFeatures(
        centring.apply(h, 0),
        rows.labels(),
        centring.apply(g, 0),
        targets.labels(),
        rows.data().classes());
  }

  /**
   * The rows that say what others are worth.
   *
   * @param selector who asks, for the message
   * @throws IllegalArgumentException when there are none
   */
  static Rows targets(SelectionTask task, Mark target, String selector) {
    Rows rows = task.candidates().data().marked(target);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          selector
              + " needs rows marked "
              + target
              + " to value others by, but the data set has none: set some aside with holdOut or"
              + " cutValidation, or choose another target");
    }
    return rows;
  }

  private static float[][] features(SelectionTask task, Rows rows) {
    float[][] h = task.probe(rows).features();
    for (int i = 0; i < h.length; i++) {
      for (float value : h[i]) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException(
              "features must be finite, but one of row "
                  + rows.data().id(rows.position(i))
                  + " was "
                  + value
                  + ": the network or the row is spoilt");
        }
      }
    }
    return h;
  }

  /** Whole numbers as an array of the engine, int64. */
  static NDArray whole(NDManager manager, int[] values) {
    long[] wide = new long[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    try (NDArray window = manager.create(wide, new Shape(wide.length))) {
      return window.duplicate();
    }
  }
}
