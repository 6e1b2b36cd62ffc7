package org.erasus.train;

/** A run was ended because its thread was interrupted. With checkpoints it goes on from here when started again. */
public final class CancelledRunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CancelledRunException(long step) {
    super("interrupted after step " + step + "; a run with checkpoints goes on from there");
  }
}
