package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.stream.IntStream;
import org.erasus.engine.TorchOps;

/**
 * The similarities of all pairs: 4·N² bytes, computed and held by the engine. They are read from Java through a window, a row
 * at a time: choosing 2,000 of 20,000 rows lazily took 13 s so, and 60 s with sums of blocks of rows by the engine, on a machine
 * with two cores and other work.
 */
final class AllPairs implements SimilarityMatrix {
  private final NDArray flat; // keeps the window's memory
  private final FloatBuffer window;
  private final double[] self;

  private AllPairs(NDArray flat, double[] self) {
    this.flat = flat;
    this.self = self;
    window = flat.toByteBuffer(true).asFloatBuffer();
  }

  static AllPairs of(
      Kernel kernel, NDManager manager, Similarity similarity, Maximizer.Progress progress) {
    int n = kernel.size();
    NDArray flat = manager.create(new Shape((long) n * n));
    int step = SimilarityMatrix.block(n);
    for (int from = 0; from < n; from += step) {
      int to = Math.min(from + step, n);
      try (NDManager scope = manager.newSubManager()) {
        NDArray block = kernel.block(scope, from, to);
        try (NDArray place = TorchOps.view(flat, (long) from * n, new Shape(to - from, n))) {
          TorchOps.copyInPlace(place, block);
        }
      }
      progress.chose(to, n);
    }
    double shift = 0;
    if (similarity == Similarity.EUCLIDEAN) {
      try (NDArray least = flat.min()) {
        shift = -least.getFloat();
        flat.addi((float) shift);
      }
    } else {
      TorchOps.clampInPlace(flat, 0);
    }
    double largest = shift;
    return new AllPairs(
        flat,
        IntStream.range(0, n).mapToDouble(i -> Math.max(0, kernel.self(i) + largest)).toArray());
  }

  @Override
  public int size() {
    return self.length;
  }

  @Override
  public double[] sums() {
    Shape square = new Shape(self.length, self.length);
    try (NDArray s = TorchOps.view(flat, 0, square);
        NDArray sums = s.sum(new int[] {1})) {
      float[] values = sums.toFloatArray();
      return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
  }

  @Override
  public double self(int row) {
    return self[row];
  }

  @Override
  public void addRow(int row, double factor, double[] to) {
    float[] values = new float[self.length];
    read(row, values);
    for (int j = 0; j < to.length; j++) {
      to[j] += factor * values[j];
    }
  }

  private void read(int row, float[] values) {
    window.get(row * self.length, values);
  }

  @Override
  public Levels levels(double[] start) {
    float[] level = new float[start.length];
    for (int j = 0; j < level.length; j++) {
      level[j] = (float) start[j];
    }
    float[] row = new float[level.length];
    return new Levels() {
      @Override
      public double[] above(int[] rows) {
        double[] sums = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
          read(rows[r], row);
          sums[r] = sumAbove(row, level);
        }
        return sums;
      }

      @Override
      public double[] below(int[] rows) {
        double[] sums = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
          read(rows[r], row);
          sums[r] = sumBelow(row, level);
        }
        return sums;
      }

      @Override
      public void raise(int chosen) {
        read(chosen, row);
        for (int j = 0; j < level.length; j++) {
          level[j] = Math.max(level[j], row[j]);
        }
      }

      @Override
      public void lower(int chosen) {
        read(chosen, row);
        for (int j = 0; j < level.length; j++) {
          level[j] = Math.max(level[j] - row[j], 0);
        }
      }
    };
  }

  /** A branch, not a maximum: few columns are above once some rows are chosen, and the others cost nothing. */
  private static double sumAbove(float[] row, float[] level) {
    double sum = 0;
    for (int j = 0; j < row.length; j++) {
      float above = row[j] - level[j];
      if (above > 0) {
        sum += above;
      }
    }
    return sum;
  }

  private static double sumBelow(float[] row, float[] level) {
    double sum = 0;
    for (int j = 0; j < row.length; j++) {
      sum += Math.min(row[j], level[j]);
    }
    return sum;
  }
}
