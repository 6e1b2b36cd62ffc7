package org.erasus.train;

/** What becomes of the running statistics of batch normalisation during a run. */
public enum Statistics {
  /**
   * Batches are normalised by their own statistics, and move the running ones. A batch that gives one value of a channel has no
   * variance: where rows have one position, as behind a linear layer, a last batch of one row ends the run with an error. No
   * row is left out for it; take a batch size that leaves no single row over.
   */
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
