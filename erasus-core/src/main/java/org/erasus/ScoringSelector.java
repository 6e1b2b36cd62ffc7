package org.erasus;

/** A selector that gives every candidate a score; the highest are chosen, ties in the order of the data set. */
@FunctionalInterface
public interface ScoringSelector extends Selector {
  /**
   * Scores the rows of a probe.
   *
   * @return one finite number a row, higher for rows that matter more
   */
  double[] score(Probe probe);

  @Override
  default Coreset choose(SelectionTask task) {
    return Coreset.of(task.candidates().ids(), score(task.probe()), displayName())
        .top(task.wanted());
  }
}
