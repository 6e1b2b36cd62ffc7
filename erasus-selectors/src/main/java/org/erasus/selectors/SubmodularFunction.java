package org.erasus.selectors;

/**
 * A function of sets of rows with diminishing returns, seen along a set A that starts empty and grows row by row; {@link
 * Maximizer} lets it grow. Rows are named by their place among the candidates, from 0.
 *
 * <pre>{@code
 * f(A ∪ {i}) − f(A) ≥ f(B ∪ {i}) − f(B)          for A ⊆ B, i ∉ B
 * }</pre>
 *
 * <p>Bounds on what a greedy choice reaches hold when f is also monotone, with no gain below 0, and f(∅) = 0.
 */
public interface SubmodularFunction extends AutoCloseable {
  /** Rows there are, N. */
  int size();

  /**
   * f(A ∪ {i}) − f(A) for some rows that are not in A, finite. The gain of a row must not depend on which others are asked for
   * with it.
   */
  double[] gains(int[] rows);

  /** A ← A ∪ {row}. */
  void add(int row);

  /** Gives back what the function holds outside the Java heap; by default nothing. */
  @Override
  default void close() {}
}
