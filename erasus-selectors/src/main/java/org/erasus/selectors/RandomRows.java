package org.erasus.selectors;

import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/** Chooses k rows by chance, every subset of that size equally likely: the baseline every other selector has to beat. */
public record RandomRows() implements Selector {
  /** The only settings. */
  public static final RandomRows DEFAULTS = new RandomRows();

  @Override
  public Coreset choose(SelectionTask task) {
    return Coreset.of(
        task.candidates().sample(task.wanted(), task.seeds().stream("random-rows")).ids(),
        displayName());
  }
}
