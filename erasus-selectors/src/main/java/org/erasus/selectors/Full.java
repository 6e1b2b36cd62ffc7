package org.erasus.selectors;

import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/** Chooses every candidate, whatever k: the other baseline, which says what leaving rows out costs. */
public record Full() implements Selector {
  /** The only settings. */
  public static final Full DEFAULTS = new Full();

  @Override
  public Coreset select(SelectionTask task) {
    return Coreset.of(task.candidates().ids(), displayName());
  }
}
