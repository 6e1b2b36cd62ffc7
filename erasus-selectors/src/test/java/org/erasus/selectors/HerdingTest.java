package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Seeds;
import org.erasus.Selector;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class HerdingTest implements SelectorContract {
  @Override
  public Selector selector() {
    return Herding.DEFAULTS;
  }

  /** Of 0, 1, 5, 10 with mean 4: 5 is nearest to 4, 1 to 8 − 5, 10 to 12 − 6, and 0 is left. */
  @Test
  void everyRowBringsTheMeanNearest() {
    assertThat(Given.choose(Herding.DEFAULTS, 4, new float[][] {{0}, {1}, {5}, {10}}).ids())
        .containsExactly(2, 1, 3, 0);
  }

  @Test
  void rowsThatCoincideAreTakenInOrder() {
    assertThat(Given.choose(Herding.DEFAULTS, 3, new float[][] {{2}, {2}, {2}, {2}}).ids())
        .containsExactly(0, 1, 2);
  }

  /** The mean of 20 of 200 rows is nearer to that of all than those of 99 in 100 draws. */
  @Test
  void theMeanIsNearerThanThatOfRowsByChance() {
    float[][] rows = Given.numbers(200, 3, 7);
    double found = error(rows, Given.rows(Given.choose(Herding.DEFAULTS, 20, rows)));
    SplittableRandom random = new SplittableRandom(1);
    int nearer = 0;
    for (int draw = 0; draw < 1000; draw++) {
      int[] chance = IntStream.of(Seeds.permutation(200, random)).limit(20).toArray();
      nearer += error(rows, chance) < found ? 1 : 0;
    }
    assertThat(nearer).isLessThan(10);
  }

  private static double error(float[][] rows, int[] chosen) {
    double[] mean = Matrices.mean(rows);
    double[] other =
        Matrices.mean(IntStream.of(chosen).mapToObj(i -> rows[i]).toArray(float[][]::new));
    double sum = 0;
    for (int d = 0; d < mean.length; d++) {
      sum += (mean[d] - other[d]) * (mean[d] - other[d]);
    }
    return Math.sqrt(sum);
  }
}
