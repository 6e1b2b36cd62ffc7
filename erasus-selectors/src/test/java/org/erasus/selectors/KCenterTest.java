package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class KCenterTest implements SelectorContract {
  @Override
  public Selector selector() {
    return KCenter.DEFAULTS;
  }

  /** Every step takes the row furthest from those before it, found here by comparing all pairs. */
  @Test
  void everyStepTakesTheFurthestRow() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Rows rows = data.retain();
      Coreset chosen = selector().select(new SelectionTask(network, rows, 12, 0));
      float[][] h = Probe.of(network, rows).features();
      List<Long> index = Arrays.stream(rows.ids()).boxed().toList();
      for (int t = 1; t < chosen.size(); t++) {
        double furthest = 0;
        for (int i = 0; i < rows.size(); i++) {
          furthest = Math.max(furthest, nearest(h, index, chosen, t, h[i]));
        }
        double taken = nearest(h, index, chosen, t, h[index.indexOf(chosen.id(t))]);
        assertThat(taken).isCloseTo(furthest, offset(1e-3 * furthest));
        assertThat(chosen.score(t).orElseThrow()).isCloseTo(taken, offset(1e-3 * furthest));
      }
    }
  }

  /** The largest distance to the nearest chosen row is at most twice that of the best k rows, found by trying all. */
  @Test
  void theRadiusIsAtMostTwiceTheBest() {
    for (long seed = 0; seed < 20; seed++) {
      float[][] rows = Given.numbers(11, 2, seed);
      for (int k = 1; k <= 4; k++) {
        double best = -Subsets.best(11, k, chosen -> -radius(rows, chosen));
        Coreset found = Given.choose(selector(), k, rows);
        assertThat(radius(rows, Arrays.stream(Given.rows(found)).boxed().toList()))
            .isBetween(best - 1e-6, 2 * best + 1e-6);
      }
    }
  }

  private static double radius(float[][] rows, List<Integer> chosen) {
    double radius = 0;
    for (float[] row : rows) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int c : chosen) {
        nearest = Math.min(nearest, Math.hypot(row[0] - rows[c][0], row[1] - rows[c][1]));
      }
      radius = Math.max(radius, nearest);
    }
    return radius;
  }

  private static double nearest(
      float[][] h, List<Long> index, Coreset chosen, int count, float[] row) {
    double least = Double.POSITIVE_INFINITY;
    for (int s = 0; s < count; s++) {
      float[] centre = h[index.indexOf(chosen.id(s))];
      double sum = 0;
      for (int d = 0; d < row.length; d++) {
        sum += (row[d] - centre[d]) * (row[d] - centre[d]);
      }
      least = Math.min(least, Math.sqrt(sum));
    }
    return least;
  }

  /** All rows alike: nothing is further than anything else, and the order of the data set decides. */
  @Test
  void rowsThatCoincideAreTakenInOrder() {
    float[] same = new float[10 * Toys.WIDTH];
    Arrays.fill(same, 0.5f);
    int[] labels = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0};
    try (UnlearningDataset data = UnlearningDataset.of(same, new Shape(Toys.WIDTH), labels, 3);
        Network network = Toys.perceptron(1)) {
      Coreset chosen = selector().select(new SelectionTask(network, data.rows(), 4, 0));
      assertThat(chosen.ids()).containsExactly(0, 1, 2, 3);
    }
  }
}
