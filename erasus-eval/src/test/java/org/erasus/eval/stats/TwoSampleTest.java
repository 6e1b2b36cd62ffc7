package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TwoSampleTest {
  static List<JsonNode> cases() {
    return Golden.list("twosample");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void kolmogorovSmirnovIsThatOfScipy(JsonNode c) {
    TestResult ks = TwoSample.kolmogorovSmirnov(array(c, "a"), array(c, "b"));

    assertThat(ks.statistic()).isCloseTo(number(c, "d"), within(1e-14));
    assertThat(ks.pValue()).isCloseTo(number(c, "ksP"), within(1e-10));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void mannWhitneyIsThatOfScipy(JsonNode c) {
    TestResult u = TwoSample.mannWhitney(array(c, "a"), array(c, "b"));

    assertThat(u.statistic()).isCloseTo(number(c, "u"), within(1e-8));
    assertThat(u.pValue()).isCloseTo(number(c, "uP"), within(1e-10));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void wilcoxonIsThatOfScipy(JsonNode c) {
    double[] d = array(c, "differences");
    TestResult w = WilcoxonSignedRank.test(d, new double[d.length]);

    assertThat(w.statistic()).isEqualTo(number(c, "w"));
    assertThat(w.pValue()).isCloseTo(number(c, "wP"), within(1e-10));
    assertThat(w.method())
        .isEqualTo(c.get("wExact").booleanValue() ? "wilcoxon-exact" : "wilcoxon-normal");
  }

  /**
   * Two values against two, apart: D = 1 in the 2 of C(4, 2) = 6 orders that keep the samples apart, so p = 1/3. Three
   * positive differences: W = 0 in one of 8 sign patterns, twice, so p = 1/4.
   */
  @Test
  void smallestSamplesAreDoneByHand() {
    double[] low = {1, 2};
    double[] high = {3, 4};

    assertThat(TwoSample.kolmogorovSmirnov(low, high).statistic()).isEqualTo(1);
    assertThat(TwoSample.kolmogorovSmirnov(low, high).pValue()).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(TwoSample.mannWhitney(low, high).statistic()).isZero();
    assertThat(TwoSample.mannWhitney(high, low).statistic()).isEqualTo(4);
    assertThat(WilcoxonSignedRank.test(new double[] {1, 2, 4}, new double[3]).pValue())
        .isEqualTo(0.25);
  }

  /**
   * 70 000 · 70 000 does not fit an int: a shift of a tenth of the range must give D = 0.1, U ≈ 0.595 n² and p = 0.
   */
  @Test
  void manyRowsDoNotOverflow() {
    double[] a = new double[70_000];
    double[] b = new double[70_000];
    Arrays.setAll(a, i -> i + 7000.0);
    Arrays.setAll(b, i -> i);

    TestResult ks = TwoSample.kolmogorovSmirnov(a, b);
    TestResult u = TwoSample.mannWhitney(a, b);

    assertThat(ks.statistic()).isCloseTo(0.1, within(1e-12));
    assertThat(ks.pValue()).isLessThan(1e-100);
    // P(X + 0.1 > Y) for uniform X, Y is 1 − 0.9²/2.
    assertThat(u.statistic() / 4.9e9).isCloseTo(1 - 0.405, within(1e-4));
    assertThat(u.pValue()).isLessThan(1e-100);
  }

  @Test
  void samplesThatAreAllTheSameAreNamed() {
    double[] same = {1, 1};

    assertThat(TwoSample.kolmogorovSmirnov(same, same).pValue()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TwoSample.mannWhitney(same, same))
        .withMessage("a and b must hold at least 2 different values, but all are 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WilcoxonSignedRank.test(same, same))
        .withMessage("a and b must differ in at least one pair, but all 2 are equal");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TwoSample.kolmogorovSmirnov(same, new double[] {1}))
        .withMessage("b must hold at least 2 values, but held 1");
  }
}
