package org.erasus;

/** Hears what a long computation over rows costs, what it found and how far it is. */
public interface Effort {
  /** Counts rows that went forward and backward. */
  void forwardBackward(long rows);

  /** Takes down what was found. */
  void remark(String text);

  /**
   * Hears how far a piece of the work is: after every batch, and before and after a decomposition of a matrix, which is one
   * call of LAPACK and cannot be ended on its way.
   *
   * @throws RuntimeException to end the work
   */
  default void progressed(String what, long done, long total) {}
}
