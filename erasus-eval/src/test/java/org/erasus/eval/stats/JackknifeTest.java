package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class JackknifeTest {
  private static Bootstrap.Statistic mean(double[] values) {
    return rows -> Arrays.stream(rows).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  /** With a row a block, the mean's error is s/√n, so its interval is that of Student. */
  @Test
  void theMeanHasTheIntervalOfStudent() {
    double[] values = {3, 1, 4, 1, 5, 9, 2, 6};
    Interval student = Means.interval(values, 0.9);
    Interval found = Jackknife.interval(values.length, 20, mean(values), 0.9);

    assertThat(found.estimate()).isCloseTo(student.estimate(), within(1e-12));
    assertThat(found.low()).isCloseTo(student.low(), within(1e-12));
    assertThat(found.high()).isCloseTo(student.high(), within(1e-12));
  }

  /** The square of a mean of 200 normal values around 3: 95 of 100 intervals hold 9. */
  @Test
  void intervalsCoverAboutAsOftenAsTheySay() {
    SplittableRandom random = new SplittableRandom(1);
    int covered = 0;
    for (int k = 0; k < 400; k++) {
      double[] values = DoubleStream.generate(() -> 3 + random.nextGaussian()).limit(200).toArray();
      Bootstrap.Statistic squared = rows -> Math.pow(mean(values).of(rows), 2);
      covered += Jackknife.interval(200, 20, squared, 0.95).contains(9) ? 1 : 0;
    }
    assertThat(covered).isBetween(365, 395);
  }

  @Test
  void whatDoesNotVaryIsMarkedAndWhatIsNoNumberIsNamed() {
    assertThat(Jackknife.interval(5, 5, rows -> 7, 0.95).isDegenerate()).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jackknife.interval(5, 5, rows -> rows.length == 5 ? 1 : Double.NaN, 0.95))
        .withMessageContaining("statistic without block 0 must be finite");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jackknife.interval(1, 5, rows -> 1, 0.95))
        .withMessageContaining("rows must be at least 2");
  }
}
