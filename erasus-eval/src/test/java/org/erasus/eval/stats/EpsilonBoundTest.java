package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.erasus.eval.stats.EpsilonBound.Event;
import org.junit.jupiter.api.Test;

class EpsilonBoundTest {
  /**
   * All of 20 positives and none of 20 negatives are above: low end 0.025^(1/20), high end 1 − 0.025^(1/20), so
   * ε = log(0.8315665 / 0.1684335) = 1.5967…
   */
  @Test
  void perfectSeparationIsDoneByHand() {
    double[] ones = DoubleStream.generate(() -> 1).limit(20).toArray();
    double[] zeroes = new double[20];
    Roc roc = Roc.of(ones, zeroes);
    double end = Math.pow(0.025, 1.0 / 20);

    for (Event event :
        new Event[] {
          new Event(1, true, true), new Event(1, false, false), Event.choose(roc, 0, 0.95)
        }) {
      assertThat(EpsilonBound.of(ones, zeroes, event, 0, 0.95).epsilon())
          .isCloseTo(Math.log(end / (1 - end)), within(1e-12));
    }
    assertThat(EpsilonBound.of(ones, zeroes, new Event(1, true, true), 0.1, 0.95).epsilon())
        .isCloseTo(Math.log((end - 0.1) / (1 - end)), within(1e-12));
    assertThat(EpsilonBound.of(ones, zeroes, new Event(1, true, false), 0, 0.95).epsilon())
        .as("an event that is rarer among negatives proves nothing there")
        .isZero();
  }

  @Test
  void forgettingTooMuchIsSeenToo() {
    double[] low = DoubleStream.generate(() -> -1).limit(50).toArray();
    double[] high = DoubleStream.generate(() -> 1).limit(50).toArray();
    Event event = Event.choose(Roc.of(low, high), 0, 0.95);

    assertThat(EpsilonBound.of(low, high, event, 0, 0.95).epsilon()).isGreaterThan(2);
  }

  /** Same distribution, true ε = 0: of 400 bounds with an event chosen on other rows, at most 5 % may be above 0. */
  @Test
  void chosenOnOtherRowsTheBoundHolds() {
    SplittableRandom random = new SplittableRandom(3);
    int wrong = 0;
    for (int run = 0; run < 400; run++) {
      Roc calibration = Roc.of(random.doubles(40).toArray(), random.doubles(40).toArray());
      Event event = Event.choose(calibration, 0, 0.95);
      double[] members = random.doubles(40).toArray();
      wrong +=
          EpsilonBound.of(members, random.doubles(40).toArray(), event, 0, 0.95).epsilon() > 0
              ? 1
              : 0;
    }
    assertThat(wrong).isLessThan(20);
  }

  @Test
  void badDeltaIsNamed() {
    Event event = new Event(0, true, true);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> EpsilonBound.of(new double[] {1}, new double[] {1}, event, 1, 0.95))
        .withMessage("delta must be >= 0 and < 1, but was 1.0");
  }
}
