package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The similarities of near rows: of each row to itself and to its nearest neighbours, and back, so that the matrix is symmetric;
 * zeros elsewhere. Rows lie end to end.
 */
final class NearestPairs implements SimilarityMatrix {
  private final int[] starts;
  private final int[] columns;
  private final float[] values;
  private final double[] self;

  private NearestPairs(int[] starts, int[] columns, float[] values, double[] self) {
    this.starts = starts;
    this.columns = columns;
    this.values = values;
    this.self = self;
  }

  /** Finds the most similar rows of each block by block; all of them when there are no more than neighbours. */
  static NearestPairs of(
      Kernel kernel,
      NDManager manager,
      Similarity similarity,
      int neighbours,
      Maximizer.Progress progress) {
    int n = kernel.size();
    int kept = (int) Math.min(neighbours + 1L, n);
    int[][] near = new int[n][kept];
    float[][] how = new float[n][kept];
    double least = 0;
    int step = SimilarityMatrix.block(n);
    for (int from = 0; from < n; from += step) {
      int to = Math.min(from + step, n);
      try (NDManager scope = manager.newSubManager()) {
        NDArray block = kernel.block(scope, from, to);
        least = Math.min(least, block.min().getFloat());
        NDList best = block.topK(kept, 1);
        float[] similarities = best.get(0).toFloatArray();
        long[] rows = best.get(1).toLongArray();
        for (int i = from; i < to; i++) {
          for (int k = 0; k < kept; k++) {
            near[i][k] = (int) rows[(i - from) * kept + k];
            how[i][k] = similarities[(i - from) * kept + k];
          }
        }
      }
      progress.chose(to, n);
    }
    double shift = similarity == Similarity.EUCLIDEAN ? -least : 0;
    double[] self =
        IntStream.range(0, n).mapToDouble(i -> Math.max(0, kernel.self(i) + shift)).toArray();
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < kept; k++) {
        how[i][k] = (float) Math.max(0, how[i][k] + shift);
      }
      keepSelf(i, near[i], how[i], (float) self[i]);
      sort(near[i], how[i]);
    }
    return symmetric(near, how, self);
  }

  /** The row itself is always kept, in the place of the least similar where it is not among the nearest. */
  private static void keepSelf(int row, int[] near, float[] how, float self) {
    int at = near.length - 1;
    for (int k = 0; k < near.length; k++) {
      if (near[k] == row) {
        at = k;
      }
    }
    near[at] = row;
    how[at] = self;
  }

  private static void sort(int[] near, float[] how) {
    long[] pairs = new long[near.length];
    for (int k = 0; k < pairs.length; k++) {
      pairs[k] = (long) near[k] << 32 | Float.floatToIntBits(how[k]);
    }
    Arrays.sort(pairs);
    for (int k = 0; k < pairs.length; k++) {
      near[k] = (int) (pairs[k] >> 32);
      how[k] = Float.intBitsToFloat((int) pairs[k]);
    }
  }

  private static NearestPairs symmetric(int[][] near, float[][] how, double[] self) {
    int n = near.length;
    int[] starts = new int[n + 1];
    for (int i = 0; i < n; i++) {
      for (int j : near[i]) {
        starts[i + 1]++;
        if (oneSided(near, i, j)) {
          starts[j + 1]++;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      starts[i + 1] += starts[i];
    }
    int[] columns = new int[starts[n]];
    float[] values = new float[starts[n]];
    int[] next = Arrays.copyOf(starts, n);
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < near[i].length; k++) {
        int j = near[i][k];
        columns[next[i]] = j;
        values[next[i]++] = how[i][k];
        if (oneSided(near, i, j)) {
          columns[next[j]] = i;
          values[next[j]++] = how[i][k];
        }
      }
    }
    return new NearestPairs(starts, columns, values, self);
  }

  private static boolean oneSided(int[][] near, int i, int j) {
    return Arrays.binarySearch(near[j], i) < 0;
  }

  @Override
  public int size() {
    return self.length;
  }

  @Override
  public double[] sums() {
    double[] sums = new double[self.length];
    for (int i = 0; i < sums.length; i++) {
      for (int e = starts[i]; e < starts[i + 1]; e++) {
        sums[i] += values[e];
      }
    }
    return sums;
  }

  @Override
  public double self(int row) {
    return self[row];
  }

  @Override
  public void addRow(int row, double factor, double[] to) {
    for (int e = starts[row]; e < starts[row + 1]; e++) {
      to[columns[e]] += factor * values[e];
    }
  }

  @Override
  public Levels levels(double[] start) {
    double[] level = start.clone();
    return new Levels() {
      @Override
      public double[] above(int[] rows) {
        double[] sums = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
          for (int e = starts[rows[r]]; e < starts[rows[r] + 1]; e++) {
            sums[r] += Math.max(values[e] - level[columns[e]], 0);
          }
        }
        return sums;
      }

      @Override
      public double[] below(int[] rows) {
        double[] sums = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
          for (int e = starts[rows[r]]; e < starts[rows[r] + 1]; e++) {
            sums[r] += Math.min(values[e], level[columns[e]]);
          }
        }
        return sums;
      }

      @Override
      public void raise(int row) {
        for (int e = starts[row]; e < starts[row + 1]; e++) {
          level[columns[e]] = Math.max(level[columns[e]], values[e]);
        }
      }

      @Override
      public void lower(int row) {
        for (int e = starts[row]; e < starts[row + 1]; e++) {
          level[columns[e]] = Math.max(level[columns[e]] - values[e], 0);
        }
      }
    };
  }
}
