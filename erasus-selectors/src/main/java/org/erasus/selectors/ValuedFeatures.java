package org.erasus.selectors;

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

  /** Features of the candidates of a task and of the rows of a mark, which there are. */
  static ValuedFeatures of(SelectionTask task, Mark target) {
    return of(task, task.candidates(), task.candidates().data().marked(target));
  }

  /** Features of rows and target rows. */
  static ValuedFeatures of(SelectionTask task, Rows rows, Rows targets) {
    float[][] h = Matrices.features(task.probe(rows));
    float[][] g = Matrices.features(task.probe(targets));
    Scaling centring = Scaling.centring(h);
    return new ValuedFeatures(
        centring.apply(h, 0),
        rows.labels(),
        centring.apply(g, 0),
        targets.labels(),
        rows.data().classes());
  }
}
