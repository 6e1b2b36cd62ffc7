package org.erasus.selectors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Least squares with weights of 0 or more on a set of columns that grows one at a time, from inner products alone.
 *
 * <pre>{@code
 * min_{w ≥ 0} ‖Σ_j w_j g_j − b‖² + λ‖w‖²
 * }</pre>
 *
 * <p>The step of Lawson and Hanson (1974) when a column enters: the unconstrained solution is gone towards until a weight
 * would turn negative; that column leaves, and so on. Members are those of positive weight. The Cholesky factor of their
 * Gram matrix grows by a row with each and is turned where one leaves. Time O(k²) for a column of k that enters or leaves, and
 * for the weights after it; memory k²/2.
 */
final class NonNegativeFit {
  /** The share of a column's squared norm outside the span of the members below which it counts as inside. */
  private static final double DEPENDENT = 1e-10;

  private final List<Integer> members = new ArrayList<>();
  private final List<double[]> factor = new ArrayList<>();
  private final List<Double> right = new ArrayList<>();
  private double[] weights = {};

  /** The columns of positive weight, in the order of entry. */
  List<Integer> members() {
    return List.copyOf(members);
  }

  /** Their weights, in the same order. */
  double[] weights() {
    return weights.clone();
  }

  /**
   * Takes a column in, which may make others leave.
   *
   * @param column any number
   * @param products g_column·g_j for the members j, in their order
   * @param squared ‖g_column‖² + λ
   * @param b g_column·b
   * @return false, and nothing has changed, when the members already say all that the column could
   */
  boolean add(int column, double[] products, double squared, double b) {
    double[] row = new double[products.length + 1];
    System.arraycopy(products, 0, row, 0, products.length);
    row[products.length] = squared;
    double[] next = factorRow(row);
    int last = products.length;
    if (!(next[last] * next[last] > DEPENDENT * squared)) {
      return false;
    }
    members.add(column);
    factor.add(next);
    right.add(b);
    double[] goal = solve();
    if (goal[last] <= 0) {
      remove(last);
      return false;
    }
    double[] now = new double[last + 1];
    System.arraycopy(weights, 0, now, 0, last);
    while (!positive(goal)) {
      double way = Double.POSITIVE_INFINITY;
      int first = -1;
      for (int j = 0; j < goal.length; j++) {
        double until = now[j] == 0 ? 0 : now[j] / (now[j] - goal[j]);
        if (goal[j] <= 0 && until < way) {
          way = until;
          first = j;
        }
      }
      double[] rest = new double[now.length - 1];
      for (int j = 0; j < now.length; j++) {
        if (j != first) {
          rest[j < first ? j : j - 1] = now[j] + way * (goal[j] - now[j]);
        }
      }
      remove(first);
      now = rest;
      goal = solve();
    }
    weights = goal;
    return true;
  }

  private static boolean positive(double[] values) {
    for (double value : values) {
      if (value <= 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Without its row at a place, L has one entry too many in each row that follows. Givens rotations of neighbouring columns,
   * which leave L·Lᵀ as it is, turn these to 0.
   */
  private void remove(int place) {
    members.remove(place);
    right.remove(place);
    factor.remove(place);
    for (int j = place; j < factor.size(); j++) {
      double[] row = factor.get(j);
      double size = Math.hypot(row[j], row[j + 1]);
      double cos = row[j] / size;
      double sin = row[j + 1] / size;
      for (double[] below : factor.subList(j, factor.size())) {
        double left = below[j];
        double next = below[j + 1];
        below[j] = cos * left + sin * next;
        below[j + 1] = cos * next - sin * left;
      }
      factor.set(j, Arrays.copyOf(row, j + 1));
    }
  }

  /** The next row of L in L·Lᵀ = G. */
  private double[] factorRow(double[] row) {
    double[] next = new double[row.length];
    for (int j = 0; j < row.length; j++) {
      double[] other = j < row.length - 1 ? factor.get(j) : next;
      double sum = row[j];
      for (int i = 0; i < j; i++) {
        sum -= next[i] * other[i];
      }
      next[j] = j < row.length - 1 ? sum / other[j] : Math.sqrt(Math.max(0, sum));
    }
    return next;
  }

  /** The weights without the constraint. */
  private double[] solve() {
    int n = factor.size();
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      double sum = right.get(i);
      for (int j = 0; j < i; j++) {
        sum -= factor.get(i)[j] * x[j];
      }
      x[i] = sum / factor.get(i)[i];
    }
    for (int i = n - 1; i >= 0; i--) {
      x[i] /= factor.get(i)[i];
      for (int j = 0; j < i; j++) {
        x[j] -= factor.get(i)[j] * x[i];
      }
    }
    return x;
  }
}
