package org.erasus.selectors;

import java.util.Arrays;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Chooses every candidate, whatever k, and scores all alike, 1: the other baseline, which says what leaving rows out costs.
 */
public record Full() implements Selector {
  /** The only settings. */
  public static final Full DEFAULTS = new Full();

  @Override
  public Coreset choose(SelectionTask task) {
    long[] ids = task.candidates().ids();
    double[] alike = new double[ids.length];
    Arrays.fill(alike, 1);
    return Coreset.of(ids, alike, displayName());
  }
}
