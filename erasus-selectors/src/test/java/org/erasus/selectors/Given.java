package org.erasus.selectors;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;

/** Rows that are their own features: those of a network with one linear layer. */
final class Given {
  private Given() {}

  static Coreset choose(Selector selector, int k, float[]... features) {
    return with(features, (network, data) -> choose(selector, network, data, k, 1));
  }

  /** The places of the rows chosen, since ids count from 0. */
  static int[] rows(Coreset chosen) {
    return Arrays.stream(chosen.ids()).mapToInt(Math::toIntExact).toArray();
  }

  static Coreset choose(
      Selector selector, Network network, UnlearningDataset data, int k, long seed) {
    return selector.select(new SelectionTask(network, data.rows(), k, seed));
  }

  static <T> T with(float[][] features, BiFunction<Network, UnlearningDataset, T> use) {
    int width = features[0].length;
    float[] flat = new float[features.length * width];
    for (int i = 0; i < features.length; i++) {
      System.arraycopy(features[i], 0, flat, i * width, width);
    }
    Shape shape = new Shape(width);
    try (UnlearningDataset data = UnlearningDataset.of(flat, shape, new int[features.length], 2);
        Network network = Network.of(new Sequential().add("head", new Linear(2)), shape, 1)) {
      return use.apply(network, data);
    }
  }

  /** Numbers between 0 and 1, no two alike. */
  static float[][] numbers(int n, int width, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] rows = new float[n][width];
    for (float[] row : rows) {
      for (int d = 0; d < width; d++) {
        row[d] = (float) random.nextDouble();
      }
    }
    return rows;
  }

  /** Whole numbers from 0 to {@code most}: their products and sums are exact in 32 bits. */
  static float[][] wholeNumbers(int n, int width, int most, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] rows = new float[n][width];
    for (float[] row : rows) {
      for (int d = 0; d < width; d++) {
        row[d] = random.nextInt(most + 1);
      }
    }
    return rows;
  }
}
