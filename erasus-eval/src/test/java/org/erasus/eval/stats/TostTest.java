package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.erasus.eval.Golden;
import org.erasus.eval.stats.Equivalence.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TostTest {
  static List<JsonNode> cases() {
    return Golden.list("means");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bothSidesAreOneSidedTestsOfShiftedSamples(JsonNode c) {
    Equivalence welch = Tost.welch(array(c, "a"), array(c, "b"), number(c, "margin"), 0.05);
    int pairs = Math.min(array(c, "a").length, array(c, "b").length);
    Equivalence paired =
        Tost.paired(
            Arrays.copyOf(array(c, "a"), pairs),
            Arrays.copyOf(array(c, "b"), pairs),
            number(c, "margin"),
            0.05);

    assertThat(welch.pBelow()).isCloseTo(number(c, "tostBelow"), within(1e-10));
    assertThat(welch.pAbove()).isCloseTo(number(c, "tostAbove"), within(1e-10));
    assertThat(welch.pDifferent()).isCloseTo(number(c, "tostDifferent"), within(1e-10));
    assertThat(paired.pBelow()).isCloseTo(number(c, "tostPairedBelow"), within(1e-10));
    assertThat(paired.pAbove()).isCloseTo(number(c, "tostPairedAbove"), within(1e-10));
  }

  /** At the margin the test is a coin: the estimate is zero standard errors away from it. */
  @Test
  void estimateAtTheMarginIsUndecided() {
    Equivalence at = Tost.test(new Estimate(1, 0.1, 7), 1, 0.05);

    assertThat(at.pAbove()).isEqualTo(0.5);
    assertThat(at.pDifferent()).isEqualTo(1);
    assertThat(at.decision()).isEqualTo(Decision.INCONCLUSIVE);
  }

  @Test
  void decisionsAreThree() {
    assertThat(Tost.test(Estimate.normal(0.01, 0.01), 0.05, 0.05).decision())
        .isEqualTo(Decision.EQUIVALENT);
    assertThat(Tost.test(Estimate.normal(0.09, 0.01), 0.05, 0.05).decision())
        .isEqualTo(Decision.DIFFERENT);
    assertThat(Tost.test(Estimate.normal(-0.09, 0.01), 0.05, 0.05).decision())
        .isEqualTo(Decision.DIFFERENT);
    assertThat(Tost.test(Estimate.normal(0.01, 0.1), 0.05, 0.05).decision())
        .isEqualTo(Decision.INCONCLUSIVE);
    assertThat(Tost.test(Estimate.normal(0.01, 0.01), 0.05, 0.05).decision(0.2, 1))
        .as("after correction")
        .isEqualTo(Decision.INCONCLUSIVE);
  }

  @Property(tries = 300)
  void equivalentExactlyWhenTheIntervalIsWithinTheMargin(
      @ForAll @DoubleRange(min = -2, max = 2) double value,
      @ForAll @DoubleRange(min = 0.01, max = 1) double error,
      @ForAll @DoubleRange(min = 1, max = 60) double df) {
    Equivalence test = Tost.test(new Estimate(value, error, df), 1, 0.05);

    assertThat(test.decision() == Decision.EQUIVALENT).isEqualTo(test.interval().within(-1, 1));
    assertThat(test.interval().contains(value)).isTrue();
  }

  @Test
  void badMarginsAndErrorsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tost.test(Estimate.normal(0, 1), 0, 0.05))
        .withMessage("margin must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tost.test(Estimate.normal(0, 1), 1, 0.5))
        .withMessage("alpha must be > 0 and < 0.5, but was 0.5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Estimate.normal(0, 0))
        .withMessageStartingWith("standardError must be > 0 and finite, but was 0.0: ");
  }
}
