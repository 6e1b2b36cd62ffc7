package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.erasus.UnlearningDataset;
import org.erasus.examples.Problems;
import org.erasus.zoo.data.Images;
import org.erasus.zoo.data.TrainTest;

/** The rows of the studies. */
final class RealData {
  private RealData() {}

  /** The first training images of a data set; of the test images a quarter is for validation and the rest unseen. */
  static UnlearningDataset of(String name, Path folder, int rows, long seed) throws IOException {
    return of(name, folder, rows, Integer.MAX_VALUE, seed);
  }

  /** The same with the first of the test images. */
  static UnlearningDataset of(String name, Path folder, int rows, int testRows, long seed)
      throws IOException {
    TrainTest images = Problems.load(name, Optional.of(folder));
    return Problems.rows(
        new TrainTest(first(rows, images.train()), first(testRows, images.test())), 0.25, seed);
  }

  private static Images first(int rows, Images images) {
    return images.slice(0, Math.min(rows, images.count()));
  }
}
