package org.erasus.train;

import org.erasus.Check;

/**
 * Ends a run when a watched number no longer gets better, and goes back to where it was best; so does a run that comes to its
 * last epoch. A run that its module ended by {@code stop} or {@code guard} keeps the weights it ended with.
 *
 * @param monitor what is watched
 * @param mode which way is better
 * @param patience validations without a better value before the run ends, 1 or more
 */
public record EarlyStopping(Monitor monitor, Mode mode, int patience) {
  /** Which way is better. */
  public enum Mode {
    /** Smaller is better. */
    MIN,
    /** Larger is better. */
    MAX
  }

  /** Checks the range. */
  public EarlyStopping {
    Check.atLeast(1, patience, "patience");
  }

  /** The value with its sign turned so that larger is better. */
  double score(double value) {
    return mode == Mode.MAX ? value : -value;
  }
}
