package org.erasus.selectors;

import ai.djl.ndarray.NDManager;
import java.util.OptionalInt;
import org.erasus.Check;
import org.erasus.SelectionTask;

/**
 * How alike every two of N rows are, (N, N) and never below 0: all pairs, or those of near rows with zeros elsewhere. Held by
 * the manager it was made with.
 */
sealed interface SimilarityMatrix permits AllPairs, NearestPairs {
  /** Most rows whose pairs are all kept: 1.6 GB. */
  int MOST_ROWS = 20_000;

  /** Most rows times neighbours: 1.2 GB while they are put together. */
  int MOST_PAIRS = 50_000_000;

  /** N. */
  int size();

  /** Σ_j s_ij, (N). */
  double[] sums();

  /** s_ii. */
  double self(int row);

  /** to_j ← to_j + factor · s_row,j. */
  void addRow(int row, double factor, double[] to);

  /** One number a row that follows the choices made, starting as given. */
  Levels levels(double[] start);

  /** One number a row, ℓ. */
  interface Levels {
    /** Σ_j max(s_ij − ℓ_j, 0) of each row i asked for. */
    double[] above(int[] rows);

    /** Σ_j min(s_ij, ℓ_j) of each row i asked for. */
    double[] below(int[] rows);

    /** ℓ_j ← max(ℓ_j, s_row,j). */
    void raise(int row);

    /** ℓ_j ← max(ℓ_j − s_row,j, 0). */
    void lower(int row);
  }

  /**
   * Compares the candidates of a task by their features.
   *
   * @param neighbours of each row to keep, or all pairs
   * @throws IllegalArgumentException before any work when there are too many rows or pairs
   */
  static SimilarityMatrix of(
      NDManager manager,
      SelectionTask task,
      Similarity similarity,
      OptionalInt neighbours,
      String selector) {
    int n = task.candidates().size();
    if (neighbours.isEmpty() && n > MOST_ROWS) {
      throw new IllegalArgumentException(
          selector
              + " compares all pairs of at most "
              + MOST_ROWS
              + " rows, but there are "
              + n
              + " candidates: keep only the nearest of each with withNeighbours(100)");
    }
    if (neighbours.isPresent() && (long) n * neighbours.getAsInt() > MOST_PAIRS) {
      throw new IllegalArgumentException(
          selector
              + " keeps at most "
              + MOST_PAIRS
              + " pairs, but "
              + n
              + " candidates with "
              + neighbours.getAsInt()
              + " neighbours each are more: keep at most "
              + MOST_PAIRS / n);
    }
    return of(
        manager,
        Matrices.features(task),
        similarity,
        neighbours,
        (done, total) -> task.progressed("similarities", done, total));
  }

  /** Compares rows by their features. */
  static SimilarityMatrix of(
      NDManager manager,
      float[][] features,
      Similarity similarity,
      OptionalInt neighbours,
      Maximizer.Progress progress) {
    try (NDManager scope = manager.newSubManager()) {
      Kernel kernel = Kernel.of(scope, features, similarity);
      return neighbours.isPresent()
          ? NearestPairs.of(kernel, scope, similarity, neighbours.getAsInt(), progress)
          : AllPairs.of(kernel, manager, similarity, progress);
    }
  }

  /** Rows whose similarities to all N take 64 MB. */
  static int block(int n) {
    return Math.max(1, (16 << 20) / n);
  }

  /** The setting, checked. */
  static OptionalInt checked(OptionalInt neighbours) {
    neighbours.ifPresent(n -> Check.atLeast(1, n, "neighbours"));
    return neighbours;
  }
}
