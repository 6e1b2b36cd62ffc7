package org.erasus.eval.metrics;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The cheapest way to carry n equal heaps to m equal holes, by successive shortest paths with potentials: Dijkstra on the
 * costs reduced by them, which stay 0 or more.
 */
final class Transport {
  private final double[][] cost;
  private final int n;
  private final int m;
  private final int[][] flow;
  private final int[] supply;
  private final int[] demand;
  private final double[] rowPotential;
  private final double[] columnPotential;

  /** In whole units: a heap holds m/g, a hole n/g, g their common divisor. */
  Transport(double[][] cost) {
    this.cost = cost;
    n = cost.length;
    m = cost[0].length;
    int divisor = BigInteger.valueOf(n).gcd(BigInteger.valueOf(m)).intValueExact();
    flow = new int[n][m];
    supply = new int[n];
    demand = new int[m];
    Arrays.fill(supply, m / divisor);
    Arrays.fill(demand, n / divisor);
    rowPotential = new double[n];
    columnPotential = new double[m];
  }

  /** Mean cost of a unit. */
  double cost() {
    for (int row = 0; row < n; row++) {
      while (supply[row] > 0) {
        send(row);
      }
    }
    double sum = 0;
    long units = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        sum += flow[i][j] * cost[i][j];
        units += flow[i][j];
      }
    }
    return sum / units;
  }

  private void send(int from) {
    double[] rowDistance = new double[n];
    int[] rowVia = new int[n];
    boolean[] rowReached = new boolean[n];
    double[] distance = new double[m];
    int[] via = new int[m];
    boolean[] done = new boolean[m];
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
    rowReached[from] = true;
    relax(from, 0, distance, via, done);
    int hole = nearest(distance, done);
    done[hole] = true;
    while (demand[hole] == 0) {
      for (int i = 0; i < n; i++) {
        if (!rowReached[i] && flow[i][hole] > 0) {
          rowReached[i] = true;
          rowVia[i] = hole;
          rowDistance[i] = distance[hole];
          relax(i, distance[hole], distance, via, done);
        }
      }
      hole = nearest(distance, done);
      done[hole] = true;
    }
    for (int i = 0; i < n; i++) {
      rowPotential[i] += rowReached[i] ? distance[hole] - rowDistance[i] : 0;
    }
    for (int j = 0; j < m; j++) {
      columnPotential[j] -= done[j] ? distance[hole] - distance[j] : 0;
    }
    move(from, hole, via, rowVia);
  }

  private void relax(int row, double so, double[] distance, int[] via, boolean[] done) {
    for (int j = 0; j < m; j++) {
      double d = so + cost[row][j] - rowPotential[row] - columnPotential[j];
      if (!done[j] && d < distance[j]) {
        distance[j] = d;
        via[j] = row;
      }
    }
  }

  private static int nearest(double[] distance, boolean[] done) {
    int best = -1;
    for (int j = 0; j < distance.length; j++) {
      if (!done[j] && (best < 0 || distance[j] < distance[best])) {
        best = j;
      }
    }
    return best;
  }

  /** As much as the whole path carries. */
  private void move(int from, int hole, int[] via, int[] rowVia) {
    int units = Math.min(supply[from], demand[hole]);
    for (int j = hole; via[j] != from; j = rowVia[via[j]]) {
      units = Math.min(units, flow[via[j]][rowVia[via[j]]]);
    }
    supply[from] -= units;
    demand[hole] -= units;
    int j = hole;
    while (true) {
      int row = via[j];
      flow[row][j] += units;
      if (row == from) {
        return;
      }
      j = rowVia[row];
      flow[row][j] -= units;
    }
  }
}
