package org.erasus.examples;

import java.util.stream.IntStream;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.zoo.data.LabelNoise;
import org.erasus.zoo.data.TrainTest;

/** Data sets with a deletion request in them. */
final class Request {
  private static final double VALIDATION = 0.25;

  private Request() {}

  /**
   * A random share of the training rows is to be forgotten, and a part of those carries a wrong label, as people who ask for
   * deletion often have reason to complain. A network learns wrong labels by heart, so it shows whether they are forgotten.
   *
   * @param share of the training rows, in (0, 1)
   * @param wrong part of them with a wrong label, in (0, 1)
   */
  static UnlearningDataset mislabelled(TrainTest images, double share, double wrong, long seed) {
    int n = images.train().count();
    int[] rows =
        IntStream.of(Seeds.permutation(n, new Seeds(seed).stream("deletion-request")))
            .limit(Math.round(share * n))
            .sorted()
            .toArray();
    LabelNoise.Flips flips =
        new LabelNoise(wrong, seed).flip(images.train().labels(), images.train().classes(), rows);
    TrainTest flipped =
        new TrainTest(
            images.train().withLabels(flips.applyTo(images.train().labels())), images.test());
    return Problems.rows(flipped, VALIDATION, seed)
        .markForget(IntStream.of(rows).asLongStream().toArray());
  }

  /** A random share of the training rows is to be forgotten, the same of every class. */
  static UnlearningDataset ofRows(TrainTest images, double share, long seed) {
    return Problems.rows(images, VALIDATION, seed).markForgetShare(share, seed);
  }

  /** All training rows of a class are to be forgotten. */
  static UnlearningDataset ofClass(TrainTest images, int forgotten, long seed) {
    return Problems.rows(images, VALIDATION, seed).markForgetClasses(forgotten);
  }
}
