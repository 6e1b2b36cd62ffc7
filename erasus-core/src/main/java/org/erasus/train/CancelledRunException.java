package org.erasus.train;

/**
 * A run or a selection was ended because its thread was interrupted. A run with checkpoints goes on from here when started
 * again.
 */
public final class CancelledRunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CancelledRunException(long step) {
    super("interrupted after step " + step + "; a run with checkpoints goes on from there");
  }

  /** Work that keeps nothing of what it has done. */
  public CancelledRunException(String what, long done, long total) {
    super("interrupted: " + what + ", " + done + " of " + total + " done");
  }
}
