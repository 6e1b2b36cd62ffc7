package org.erasus.selectors;

import java.util.ArrayList;
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
 * Gram matrix grows by a row with each, and is made anew from where one left.
 */
final class NonNegativeFit {
  /** The share of a column's squared norm outside the span of the members below which it counts as inside. */
  private static final double DEPENDENT = 1e-10;

  private final List<Integer> members = new ArrayList<>();
  private final List<double[]> gram = new ArrayList<>();
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
    push(column, row, next, b);
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

  private void push(int column, double[] gramRow, double[] factorRow, double b) {
    members.add(column);
    gram.add(gramRow);
    factor.add(factorRow);
    right.add(b);
  }

  private void remove(int place) {
    members.remove(place);
    right.remove(place);
    gram.remove(place);
    for (int i = place; i < gram.size(); i++) {
      double[] old = gram.get(i);
      double[] row = new double[old.length - 1];
      System.arraycopy(old, 0, row, 0, place);
      System.arraycopy(old, place + 1, row, place, row.length - place);
      gram.set(i, row);
    }
    while (factor.size() > place) {
      factor.remove(factor.size() - 1);
    }
    for (int i = place; i < gram.size(); i++) {
      factor.add(factorRow(gram.get(i)));
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
