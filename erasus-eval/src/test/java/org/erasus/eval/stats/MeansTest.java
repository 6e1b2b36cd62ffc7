package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MeansTest {
  static List<JsonNode> cases() {
    return Golden.list("means");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void intervalIsThatOfScipy(JsonNode c) {
    assertInterval(Means.interval(array(c, "a"), number(c, "level")), c, "low", "high");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void welchIsThatOfScipy(JsonNode c) {
    MeanComparison welch = Means.welch(array(c, "a"), array(c, "b"), number(c, "level"));

    assertThat(welch.t()).isCloseTo(number(c, "welchT"), close(number(c, "welchT")));
    assertThat(welch.pValue()).isCloseTo(number(c, "welchP"), within(1e-10));
    assertThat(welch.estimate().degreesOfFreedom())
        .isCloseTo(number(c, "welchDf"), close(number(c, "welchDf")));
    assertInterval(welch.difference(), c, "welchLow", "welchHigh");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void pairedIsThatOfScipy(JsonNode c) {
    int pairs = Math.min(array(c, "a").length, array(c, "b").length);
    double[] a = Arrays.copyOf(array(c, "a"), pairs);
    double[] b = Arrays.copyOf(array(c, "b"), pairs);
    MeanComparison paired = Means.paired(a, b, number(c, "level"));

    assertThat(paired.t()).isCloseTo(number(c, "pairedT"), close(number(c, "pairedT")));
    assertThat(paired.pValue()).isCloseTo(number(c, "pairedP"), within(1e-10));
    assertInterval(paired.difference(), c, "pairedLow", "pairedHigh");
  }

  private static void assertInterval(Interval actual, JsonNode c, String low, String high) {
    assertThat(actual.low()).isCloseTo(number(c, low), close(number(c, low)));
    assertThat(actual.high()).isCloseTo(number(c, high), close(number(c, high)));
  }

  /** Mean 2, s² = 1, n = 3: 2 ± t(0.975, 2)/√3, and t(0.975, 2) = 0.95 √(2/(1 − 0.95²)) in closed form. */
  @Test
  void threeSeedsAreDoneByHand() {
    double t = 0.95 * Math.sqrt(2 / (1 - 0.95 * 0.95));
    Interval interval = Means.interval(new double[] {1, 2, 3}, 0.95);

    assertThat(interval.halfWidth()).isCloseTo(t / Math.sqrt(3), within(1e-12));
    assertThat(interval.estimate()).isEqualTo(2);
  }

  /** The mean of three times 0.1 is not 0.1 in floating point; the variance must be zero all the same. */
  @Test
  void equalSeedsAreMarkedAndNotTested() {
    double[] equal = {0.1, 0.1, 0.1};

    assertThat(Means.interval(equal, 0.95).isDegenerate()).isTrue();
    assertThat(Means.interval(equal, 0.95).method()).isEqualTo("t (no spread)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Means.welch(equal, new double[] {0.2, 0.2}, 0.95))
        .withMessageStartingWith("a and b must vary between seeds, but neither does");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Means.paired(equal, equal, 0.95))
        .withMessageStartingWith("a and b must vary between seeds");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Means.paired(new double[] {0.1, 0.2, 0.3}, new double[] {0.2, 0.3, 0.4}, 0.95))
        .as("differences of −0.1, but for rounding")
        .withMessageStartingWith("a and b must vary between seeds");
    assertThat(Means.interval(new double[] {0.3, 0.1 + 0.2}, 0.95).isDegenerate()).isTrue();
    assertThat(Means.interval(new double[] {0.3, 0.3 + 1e-9}, 0.95).isDegenerate()).isFalse();
  }

  /** With b constant all of the variance is a's, so df = nₐ − 1. */
  @Test
  void welchWithOneConstantSideHasTheOthersDegreesOfFreedom() {
    Estimate e = Means.welchEstimate(new double[] {1, 2, 3, 4}, new double[] {0, 0});

    assertThat(e.degreesOfFreedom()).isEqualTo(3);
  }

  @Test
  void oneSeedIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Means.interval(new double[] {0.5}, 0.95))
        .withMessage("values must hold at least 2 values, but held 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Means.paired(new double[] {1, 2}, new double[] {1, 2, 3}, 0.95))
        .withMessage("a and b must be paired and of one length, but held 2 and 3");
  }
}
