package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitMixTest {
  private static final int DRAWS = 100_000;

  /** The JDK has the same rule: a stream begun at state s gives what {@code SplittableRandom(s)} gives. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 42, Long.MIN_VALUE})
  void followsThePublishedRule(long name) {
    SplittableRandom oracle = new SplittableRandom(SplitMix.hash(name));
    SplitMix random = SplitMix.of(name);

    assertThat(SplitMix.hash(name)).isEqualTo(new SplittableRandom(name).nextLong());
    for (int i = 0; i < 5; i++) {
      assertThat(random.nextLong()).isEqualTo(oracle.nextLong());
    }
  }

  @Test
  void everyPartOfANameMatters() {
    assertThat(
            LongStream.of(
                    SplitMix.hash(1, 2, 3),
                    SplitMix.hash(3, 2, 1),
                    SplitMix.hash(1, 2),
                    SplitMix.hash(2, 2, 3),
                    SplitMix.hash(1, 3, 3),
                    SplitMix.hash(1, 2, 4))
                .distinct()
                .count())
        .isEqualTo(6);
  }

  /** Over n draws of a uniform number each of ten cells has n/10 ± √(0.09 n); six deviations are allowed. */
  @Test
  void belowIsEven() {
    SplitMix random = SplitMix.of(5);
    int[] counts = new int[10];
    for (int i = 0; i < DRAWS; i++) {
      counts[random.below(10)]++;
    }
    for (int count : counts) {
      assertThat((double) count).isCloseTo(DRAWS / 10.0, within(6 * Math.sqrt(0.09 * DRAWS)));
    }
  }

  /** Mean and second moment, six standard errors wide; the fourth moment of a sum of four is 2.7. */
  @Test
  void bellHasMeanZeroAndDeviationOneAndIsBounded() {
    SplitMix random = SplitMix.of(6);
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (int i = 0; i < DRAWS; i++) {
      double value = random.bell();
      sum += value;
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(sum / DRAWS).isCloseTo(0, within(6 / Math.sqrt(DRAWS)));
    assertThat(squares / DRAWS).isCloseTo(1, within(6 * Math.sqrt((2.7 - 1) / DRAWS)));
    assertThat(largest).isBetween(2.5, 3.47);
  }

  @Test
  void uniformStaysBetweenItsLimits() {
    SplitMix random = SplitMix.of(7);
    double least = 9;
    double most = -9;
    for (int i = 0; i < DRAWS; i++) {
      double value = random.between(-2, 3);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    assertThat(least).isBetween(-2.0, -1.99);
    assertThat(most).isBetween(2.99, 3.0);
  }
}
