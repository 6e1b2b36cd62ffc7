package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.util.SplittableRandom;
import org.erasus.UnlearningDataset;

/** Rows of noise: what a step costs does not depend on what is on the pictures. */
final class RandomData {
  static final int CLASSES = 10;

  private RandomData() {}

  static UnlearningDataset of(int rows, Shape rowShape) {
    SplittableRandom random = new SplittableRandom(1);
    float[] inputs = new float[Math.multiplyExact(rows, (int) rowShape.size())];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (float) (random.nextDouble() * 4 - 2);
    }
    int[] labels = random.ints(rows, 0, CLASSES).toArray();
    return UnlearningDataset.of(inputs, rowShape, labels, CLASSES);
  }
}
