package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class StratifiedRandomTest implements SelectorContract {
  @Override
  public Selector selector() {
    return StratifiedRandom.DEFAULTS;
  }

  private static int[] quotas(int wanted, long seed, int... sizes) {
    int[] labels =
        IntStream.range(0, sizes.length)
            .flatMap(c -> IntStream.generate(() -> c).limit(sizes[c]))
            .toArray();
    return StratifiedRandom.quotas(labels, sizes.length, wanted, new SplittableRandom(seed));
  }

  /** 10 of 50 + 30 + 20 + 0: q = (5, 3, 2, 0). 7 of them: q = (3.5, 2.1, 1.4, 0), the largest remainder is that of 3.5. */
  @Test
  void quotasAreProportionalWithTheLargestRemainders() {
    assertThat(quotas(10, 1, 50, 30, 20, 0)).containsExactly(5, 3, 2, 0);
    assertThat(quotas(7, 1, 50, 30, 20, 0)).containsExactly(4, 2, 1, 0);
    assertThat(quotas(100, 1, 50, 30, 20, 0)).containsExactly(50, 30, 20, 0);
    assertThat(quotas(1, 1, 1, 99)).containsExactly(0, 1);
  }

  /** One row of four classes of one size: each class has it a quarter of the times; 1000 trials, standard deviation 13.7. */
  @Test
  void equalRemaindersTakeTurnsByChance() {
    int[] had = new int[4];
    for (int seed = 0; seed < 1000; seed++) {
      int[] quotas = quotas(1, seed, 10, 10, 10, 10);
      assertThat(Arrays.stream(quotas).sum()).isEqualTo(1);
      for (int c = 0; c < 4; c++) {
        had[c] += quotas[c];
      }
    }
    assertThat(Arrays.stream(had)).allMatch(n -> Math.abs(n - 250) < 5 * 13.7);
  }

  /** The negative control: 30 rows drawn by chance alone hardly ever hold 10 of each class, let alone five times. */
  @Test
  void everyClassHasItsShare() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      int unequal = 0;
      for (long seed = 0; seed < 5; seed++) {
        SelectionTask task = new SelectionTask(network, data.trained(), 30, seed);
        assertThat(counts(data, selector().select(task))).containsExactly(10, 10, 10);
        unequal +=
            Arrays.equals(counts(data, RandomRows.DEFAULTS.select(task)), new int[] {10, 10, 10})
                ? 0
                : 1;
      }
      assertThat(unequal).isPositive();
      assertThat(selector().select(new SelectionTask(network, data.trained(), 30, 0)).ids())
          .isNotEqualTo(selector().select(new SelectionTask(network, data.trained(), 30, 1)).ids());
    }
  }

  private static int[] counts(UnlearningDataset data, Coreset chosen) {
    int[] counts = new int[data.classes()];
    for (int label : data.withIds(chosen.ids()).labels()) {
      counts[label]++;
    }
    return counts;
  }
}
