package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class IntervalTest {
  private static final Interval INTERVAL = new Interval(0.25, 0.5, 1, 0.95, "wilson");

  @Test
  void endsBelongToIt() {
    assertThat(INTERVAL.contains(0.25)).isTrue();
    assertThat(INTERVAL.contains(1)).isTrue();
    assertThat(INTERVAL.contains(Math.nextDown(0.25))).isFalse();
    assertThat(INTERVAL.halfWidth()).isEqualTo(0.375);
    assertThat(INTERVAL.within(0.25, 1)).isTrue();
    assertThat(INTERVAL.within(0.26, 1)).isFalse();
  }

  @Test
  void printsForPeople() {
    assertThat(INTERVAL.format(3)).isEqualTo("0.500 [0.250, 1.000] (95 % wilson)");
    assertThat(new Interval(0, 0, 0, 0.999, "t").format(1)).isEqualTo("0.0 [0.0, 0.0] (99.9 % t)");
  }

  @Test
  void impossibleEndsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Interval(1, 1, 0, 0.95, "t"))
        .withMessage("low must be <= high, but was 1.0 > 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Interval(0, Double.NaN, 1, 0.95, "t"))
        .withMessage("estimate must be finite, but was NaN");
  }
}
