package org.erasus.selectors;

import ai.djl.ndarray.types.Shape;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;

/** Clouds that hardly overlap, in which every eighth trained row has a wrong class; and networks that show rows as they are. */
final class Planted implements AutoCloseable {
  final UnlearningDataset data;
  final Set<Long> wrong = new HashSet<>();

  Planted(int rows, int targets, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] labels = classes(rows);
    float[] inputs = inputs(rows, random);
    for (int i = 0; i < rows; i += 8) {
      labels[i] = (labels[i] + 1 + i / 8 % 2) % Toys.CLASSES;
      wrong.add((long) i);
    }
    data =
        UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), labels, Toys.CLASSES)
            .withUnseen(inputs(2 * targets, random), classes(2 * targets))
            .cutValidation(0.5, seed);
  }

  private static int[] classes(int n) {
    int[] classes = new int[n];
    for (int i = 0; i < n; i++) {
      classes[i] = i % Toys.CLASSES;
    }
    return classes;
  }

  private static float[] inputs(int n, SplittableRandom random) {
    float[] inputs = new float[n * Toys.WIDTH];
    for (int i = 0; i < inputs.length; i++) {
      int centre = i % Toys.WIDTH % Toys.CLASSES == i / Toys.WIDTH % Toys.CLASSES ? 1 : 0;
      inputs[i] = (float) (centre + 0.5 * random.nextGaussian());
    }
    return inputs;
  }

  /** A network whose features are the rows themselves. */
  static Network identity(int width, int classes) {
    return Network.of(new Sequential().add("head", new Linear(classes)), new Shape(width), 1);
  }

  Network identity() {
    return identity(Toys.WIDTH, Toys.CLASSES);
  }

  /** The share of pairs of a wrong and a right row in which the wrong one scores lower; ½ by chance. */
  double wrongLower(Coreset all) {
    double pairs = 0;
    double lower = 0;
    for (int i = 0; i < all.size(); i++) {
      for (int j = 0; j < all.size(); j++) {
        if (wrong.contains(all.id(i)) && !wrong.contains(all.id(j))) {
          double difference = all.score(j).orElseThrow() - all.score(i).orElseThrow();
          pairs++;
          lower += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
      }
    }
    return lower / pairs;
  }

  /** The scores in the order of rows, of a coreset that holds them all. */
  static double[] scores(Coreset all, Rows rows) {
    double[] scores = new double[rows.size()];
    for (int i = 0; i < all.size(); i++) {
      for (int r = 0; r < scores.length; r++) {
        if (rows.data().id(rows.position(r)) == all.id(i)) {
          scores[r] = all.score(i).orElseThrow();
        }
      }
    }
    return scores;
  }

  @Override
  public void close() {
    data.close();
  }
}
