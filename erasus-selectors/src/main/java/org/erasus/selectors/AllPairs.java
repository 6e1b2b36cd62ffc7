package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.stream.IntStream;
import org.erasus.engine.TorchOps;

/** The similarities of all pairs, held by the engine: 4·N² bytes. */
final class AllPairs implements SimilarityMatrix {
  private final NDManager manager;
  private final NDArray flat;
  private final NDArray s;
  private final double[] self;

  private AllPairs(NDManager manager, NDArray flat, double[] self) {
    this.manager = manager;
    this.flat = flat;
    this.self = self;
    s = TorchOps.view(flat, 0, new Shape(self.length, self.length));
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
        manager,
        flat,
        IntStream.range(0, n).mapToDouble(i -> Math.max(0, kernel.self(i) + largest)).toArray());
  }

  @Override
  public int size() {
    return self.length;
  }

  @Override
  public double[] sums() {
    try (NDArray sums = s.sum(new int[] {1})) {
      return doubles(sums);
    }
  }

  @Override
  public double self(int row) {
    return self[row];
  }

  @Override
  public void addRow(int row, double factor, double[] to) {
    try (NDArray view = TorchOps.view(flat, (long) row * self.length, new Shape(self.length))) {
      float[] values = view.toFloatArray();
      for (int j = 0; j < to.length; j++) {
        to[j] += factor * values[j];
      }
    }
  }

  @Override
  public Levels levels(double[] start) {
    return new OnEngine(start);
  }

  private static double[] doubles(NDArray array) {
    float[] values = array.toFloatArray();
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private final class OnEngine implements Levels {
    private final NDArray level;

    OnEngine(double[] start) {
      float[] values = new float[start.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) start[i];
      }
      try (NDArray window = manager.create(values)) {
        level = window.duplicate();
      }
    }

    @Override
    public double[] above(int[] rows) {
      try (NDArray index = Matrices.index(manager, rows);
          NDArray sums = TorchOps.sumsAbove(s, level, index)) {
        return doubles(sums);
      }
    }

    @Override
    public double[] below(int[] rows) {
      try (NDArray index = Matrices.index(manager, rows);
          NDArray sums = TorchOps.sumsBelow(s, level, index)) {
        return doubles(sums);
      }
    }

    @Override
    public void raise(int row) {
      try (NDArray values = row(row);
          NDArray raised = level.maximum(values)) {
        TorchOps.copyInPlace(level, raised);
      }
    }

    @Override
    public void lower(int row) {
      try (NDArray values = row(row);
          NDArray left = level.sub(values)) {
        TorchOps.clampInPlace(left, 0);
        TorchOps.copyInPlace(level, left);
      }
    }

    private NDArray row(int row) {
      return TorchOps.view(flat, (long) row * self.length, new Shape(self.length));
    }

    @Override
    public void close() {
      level.close();
    }
  }
}
