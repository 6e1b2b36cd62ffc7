package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/** Classifiers on features that the engine trains: rows, classes and asked rows lie there from the first training on. */
final class EngineTrials implements FeatureClassifier.Trials {
  /** Distances at a time. */
  private static final int BLOCK = 1 << 21;

  private final NDManager manager = EngineRuntime.newManager();
  private final NDArray rows;
  private final NDArray onehot;
  private final NDArray asked;
  private final Training training;
  private final int classes;

  /** Logits (M, C) after training on some rows. */
  private interface Training {
    NDArray logits(NDArray rows, NDArray onehot, NDArray asked, NDArray chosen);
  }

  private EngineTrials(
      float[][] rows, int[] labels, float[][] asked, int classes, Training training) {
    this.rows = Matrices.of(manager, rows);
    this.asked = Matrices.of(manager, asked);
    this.onehot = Matrices.of(manager, onehot(labels, classes));
    this.classes = classes;
    this.training = training;
  }

  static float[][] onehot(int[] labels, int classes) {
    float[][] onehot = new float[labels.length][classes];
    for (int i = 0; i < labels.length; i++) {
      onehot[i][labels[i]] = 1;
    }
    return onehot;
  }

  static EngineTrials nearestCentroid(float[][] rows, int[] labels, float[][] asked, int classes) {
    return new EngineTrials(rows, labels, asked, classes, TorchOps::centroidLogits);
  }

  static EngineTrials logisticRegression(
      float[][] rows, int[] labels, float[][] asked, int classes, double decay, int steps) {
    Scaling scaling = Scaling.of(rows);
    float[] shrink = new float[rows[0].length + 1];
    Arrays.fill(shrink, 0, shrink.length - 1, (float) decay);
    return new EngineTrials(
        withOne(scaling.apply(rows, 1)),
        labels,
        withOne(scaling.apply(asked, 1)),
        classes,
        (x, y, a, chosen) -> {
          try (NDArray window = chosen.getManager().create(shrink);
              NDArray perColumn = window.duplicate()) {
            return TorchOps.logisticLogits(x, y, a, chosen, perColumn, steps);
          }
        });
  }

  /** Logits (M, C) after training on some rows. */
  float[][] logits(int[] chosen) {
    int[] inOrder = chosen.clone();
    Arrays.sort(inOrder); // sums of rows are to be the same to the bit
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      float[] flat =
          training.logits(rows, onehot, asked, Matrices.index(scope, inOrder)).toFloatArray();
      float[][] logits = new float[flat.length / classes][];
      Arrays.setAll(logits, i -> Arrays.copyOfRange(flat, i * classes, (i + 1) * classes));
      return logits;
    }
  }

  @Override
  public int[] predict(int[] chosen) {
    return Arrays.stream(logits(chosen)).mapToInt(EngineTrials::largest).toArray();
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public void close() {
    manager.close();
  }

  /** The rows from nearest to furthest of each asked row, (M, N). */
  static int[][] nearestFirst(float[][] rows, float[][] asked) {
    int[][] order = new int[asked.length][];
    int block = Math.max(1, BLOCK / rows.length);
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray x = Matrices.of(manager, rows);
      NDArray squaredNorms = x.square().sum(new int[] {1});
      for (int from = 0; from < asked.length; from += block) {
        float[][] some = Arrays.copyOfRange(asked, from, Math.min(asked.length, from + block));
        try (NDArray piece = Matrices.of(manager, some);
            NDArray found = TorchOps.nearestFirst(x, squaredNorms, piece)) {
          long[] flat = found.toLongArray();
          for (int i = 0; i < some.length; i++) {
            order[from + i] =
                Arrays.stream(flat, i * rows.length, (i + 1) * rows.length)
                    .mapToInt(Math::toIntExact)
                    .toArray();
          }
        }
      }
    }
    return order;
  }

  /** With a last column of 1, for the intercept. */
  private static float[][] withOne(float[][] scaled) {
    for (float[] row : scaled) {
      row[row.length - 1] = 1;
    }
    return scaled;
  }
}
