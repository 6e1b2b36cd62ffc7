package org.erasus.selectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.erasus.Need;
import org.erasus.Probe;
import org.erasus.train.RowHistory;

/** The history a selector's settings name. */
final class Records {
  private Records() {}

  /**
   * Reads the history of a training and checks that it is of these rows.
   *
   * @throws IllegalArgumentException when no folder is named or a row is not in the history
   * @throws UncheckedIOException when there is no history in the folder
   */
  static RowHistory of(Optional<Path> history, String selector, Probe probe) {
    Path folder =
        history.orElseThrow(
            () ->
                new IllegalArgumentException(
                    selector
                        + " needs the history of the training that made the network, but its settings name none: train with"
                        + " RunOptions.withHistory(HistoryFolder.in(folder)) and give it that folder, withHistory(folder)"));
    RowHistory read;
    try {
      read = RowHistory.load(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(selector + " cannot read its history: " + e.getMessage(), e);
    }
    try {
      read.requireRows(probe.rows());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          selector + " has the history in " + folder + ", but " + e.getMessage(), e);
    }
    probe.progressed("rows of the history", probe.rows().size(), probe.rows().size());
    return read;
  }

  static Set<Need> needs(Optional<Path> history) {
    return history.isPresent() ? Set.of() : Set.of(Need.TRAINING_HISTORY);
  }
}
