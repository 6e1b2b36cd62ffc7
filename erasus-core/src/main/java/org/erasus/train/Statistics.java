package org.erasus.train;

/** What becomes of the running statistics of batch normalisation during a run. */
public enum Statistics {
  /** Batches are normalised by their own statistics, and move the running ones. */
  UPDATE,
  /** Batches are normalised by the running statistics, which stay bit-identical. */
  FREEZE,
  /**
   * {@link #FREEZE} under a {@link org.erasus.UnlearningTask#withMask mask}, where a weight that must not move would otherwise
   * come out of other statistics; {@link #UPDATE} in all other runs.
   */
  UPDATE_UNLESS_MASKED;

  /** Whether the statistics stay as they are in a run with or without a mask. */
  boolean frozen(boolean masked) {
    return this == FREEZE || (this == UPDATE_UNLESS_MASKED && masked);
  }
}
