package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PerClassTest {
  private static int[] quotas(int[] sizes, int wanted) {
    return PerClass.quotas(sizes, wanted, IntStream.range(0, sizes.length).toArray());
  }

  /** Of 5 rows 3·5/10 = 1.5, 1 and 2.5: the two halves are equal remainders, and the first of them gets the row. */
  @Test
  void classesGetSharesByTheirSizes() {
    assertThat(quotas(new int[] {3, 2, 5}, 5)).containsExactly(2, 1, 2);
    assertThat(quotas(new int[] {3, 0, 5}, 8)).containsExactly(3, 0, 5);
    assertThat(quotas(new int[] {1, 9}, 1)).containsExactly(0, 1);
  }

  @Property(tries = 200)
  void sharesAddUpAndFitTheirClasses(
      @ForAll @Size(min = 1, max = 6) List<@IntRange(min = 0, max = 50) Integer> classes,
      @ForAll @IntRange(min = 1, max = 300) int k) {
    int[] sizes = classes.stream().mapToInt(Integer::intValue).toArray();
    int all = Arrays.stream(sizes).sum();
    if (all > 0) {
      int wanted = Math.min(k, all);
      int[] quotas = quotas(sizes, wanted);
      assertThat(Arrays.stream(quotas).sum()).isEqualTo(wanted);
      for (int c = 0; c < sizes.length; c++) {
        double share = (double) wanted * sizes[c] / all;
        assertThat(quotas[c]).isBetween((int) Math.floor(share), (int) Math.ceil(share));
        assertThat(quotas[c]).isLessThanOrEqualTo(sizes[c]);
      }
    }
  }
}
