package org.erasus.selectors;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** All subsets of a few rows, one by one: the slow and obviously right way. */
final class Subsets {
  private Subsets() {}

  /** The largest value of any k of n rows. */
  static double best(int n, int k, ToDoubleFunction<List<Integer>> value) {
    double[] best = {Double.NEGATIVE_INFINITY};
    each(n, k, rows -> best[0] = Math.max(best[0], value.applyAsDouble(rows)));
    return best[0];
  }

  static void each(int n, int k, Consumer<List<Integer>> use) {
    grow(new ArrayList<>(), 0, n, k, use);
  }

  private static void grow(
      List<Integer> rows, int from, int n, int k, Consumer<List<Integer>> use) {
    if (rows.size() == k) {
      use.accept(rows);
      return;
    }
    for (int i = from; i < n; i++) {
      rows.add(i);
      grow(rows, i + 1, n, k, use);
      rows.remove(rows.size() - 1);
    }
  }
}
