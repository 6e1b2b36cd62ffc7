package org.erasus.train;

/** What becomes of the running statistics of batch normalisation during a run. */
public enum Statistics {
  /** Batches are normalised by their own statistics, and move the running ones. */
  UPDATE,
  /** Batches are normalised by the running statistics, which stay bit-identical. */
  FREEZE
}
