package org.erasus.eval;

import ai.djl.Device;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.erasus.Batch;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.eval.attacks.RowTable;

/**
 * Numbers about rows that no network has a part in: their class, and random projections of their input.
 *
 * <pre>{@code
 * x = ([y = c] for each class c that occurs, g₁·input / √d, …, g_P·input / √d)          g uniform, variance 1, (d)
 * }</pre>
 */
final class RowFeatures {
  static final int PROJECTIONS = 8;

  private static final int ROWS_AT_ONCE = 1024;

  private RowFeatures() {}

  /** How many numbers a row gets. */
  static int width(Rows rows) {
    return rows.classes().size() + PROJECTIONS;
  }

  static RowTable of(Rows rows, long seed) {
    int[] classes = rows.classes().stream().mapToInt(c -> c).toArray();
    int[] labels = rows.labels();
    double[][] features = new double[rows.size()][classes.length + PROJECTIONS];
    for (int i = 0; i < labels.length; i++) {
      features[i][Arrays.binarySearch(classes, labels[i])] = 1;
    }
    int inputs = (int) rows.data().rowShape().size();
    double[][] directions = new double[PROJECTIONS][];
    SplittableRandom random = new Seeds(seed).stream("projections");
    for (int p = 0; p < PROJECTIONS; p++) {
      directions[p] = random.doubles(inputs).map(u -> (u - 0.5) * Math.sqrt(12)).toArray();
    }
    int at = 0;
    for (Rows piece : rows.batches(ROWS_AT_ONCE)) {
      try (Batch batch = piece.load(Device.cpu())) {
        float[] values = batch.inputs().singletonOrThrow().toFloatArray();
        for (int i = 0; i < piece.size(); i++, at++) {
          for (int p = 0; p < PROJECTIONS; p++) {
            features[at][classes.length + p] = dot(directions[p], values, i * inputs);
          }
        }
      }
    }
    return RowTable.of(rows.ids(), features);
  }

  private static double dot(double[] direction, float[] values, int from) {
    double sum = 0;
    for (int j = 0; j < direction.length; j++) {
      sum += direction[j] * values[from + j];
    }
    return sum / Math.sqrt(direction.length);
  }
}
