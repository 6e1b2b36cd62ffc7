package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DeLongTest {
  private static final double LEVEL = 0.95;

  static List<JsonNode> cases() {
    return Golden.list("roc");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void errorAndIntervalFollowTheDefinition(JsonNode c) {
    AucEstimate auc = DeLong.auc(array(c, "positives"), array(c, "negatives"), LEVEL);

    assertThat(auc.auc()).isCloseTo(number(c, "auc"), within(1e-14));
    assertThat(auc.estimate().standardError()).isCloseTo(number(c, "standardError"), within(1e-12));
    assertThat(auc.interval().low()).isCloseTo(number(c, "low"), within(1e-10));
    assertThat(auc.interval().high()).isCloseTo(number(c, "high"), within(1e-10));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void comparisonFollowsTheDefinition(JsonNode c) {
    AucComparison both =
        DeLong.compare(
            array(c, "positives"),
            array(c, "negatives"),
            array(c, "positives2"),
            array(c, "negatives2"),
            LEVEL);

    assertThat(both.aucA()).isCloseTo(number(c, "auc"), within(1e-14));
    assertThat(both.aucB()).isCloseTo(number(c, "auc2"), within(1e-14));
    assertThat(both.z()).isCloseTo(number(c, "differenceZ"), close(number(c, "differenceZ")));
    assertThat(both.pValue()).isCloseTo(number(c, "differenceP"), within(1e-10));
    assertThat(both.estimate().orElseThrow().pValue()).isCloseTo(both.pValue(), within(1e-10));
    assertThat(both.difference().low()).isCloseTo(number(c, "differenceLow"), within(1e-10));
    assertThat(both.difference().high()).isCloseTo(number(c, "differenceHigh"), within(1e-10));
  }

  /**
   * Positives 4, 2, negatives 3, 1. V⁺ = 1, ½ and V⁻ = ½, 1, so s² = 1/8 for each and the variance is 1/16 + 1/16.
   */
  @Test
  void twoByTwoIsDoneByHand() {
    AucEstimate auc = DeLong.auc(new double[] {4, 2}, new double[] {3, 1}, LEVEL);

    assertThat(auc.auc()).isEqualTo(0.75);
    assertThat(auc.estimate().standardError()).isCloseTo(Math.sqrt(1.0 / 8), within(1e-15));
  }

  /** Three pairs, all won: (α/2)^(1/3) = 0.025^(1/3) = 0.29240177382128657. */
  @Test
  void perfectSeparationStillHasAWidth() {
    AucEstimate best = DeLong.auc(new double[] {5, 6, 7, 8}, new double[] {1, 2, 3}, LEVEL);
    AucEstimate worst = DeLong.auc(new double[] {1, 2, 3}, new double[] {5, 6, 7, 8}, LEVEL);

    assertThat(best.interval().low()).isCloseTo(Math.cbrt(0.025), within(1e-12));
    assertThat(best.interval().high()).isEqualTo(1);
    assertThat(worst.interval().low()).isZero();
    assertThat(worst.interval().high()).isCloseTo(1 - Math.cbrt(0.025), within(1e-12));
    assertThat(best.interval().method()).isEqualTo("clopper-pearson-pairs");
    assertThat(best.estimate().standardError())
        .isCloseTo((1 - Math.cbrt(0.025)) / 1.959963984540054, within(1e-12));
  }

  @Test
  void constantScoresStillHaveAWidth() {
    Interval tied = DeLong.auc(new double[] {1, 1, 1}, new double[] {1, 1, 1}, LEVEL).interval();

    assertThat(tied.estimate()).isEqualTo(0.5);
    assertThat(tied.low()).isCloseTo(Math.cbrt(0.025) / 2, within(1e-12));
    assertThat(tied.high()).isCloseTo(1 - Math.cbrt(0.025) / 2, within(1e-12));
  }

  @Test
  void sameScoresDoNotDiffer() {
    double[] positives = {1, 4, 2};
    double[] negatives = {0, 3};

    AucComparison same = DeLong.compare(positives, negatives, positives, negatives, LEVEL);

    assertThat(same.pValue()).isEqualTo(1);
    assertThat(same.estimate()).isEmpty();
    assertThat(same.difference().method()).isEqualTo("delong-paired (no spread)");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                DeLong.compare(
                    new double[] {2, 3},
                    new double[] {0, 1},
                    new double[] {1, 1},
                    new double[] {1, 1},
                    LEVEL))
        .withMessageContaining("exactly 1.0 and 0.5: compare the two intervals");
  }

  /**
   * Normal scores shifted by μ have AUC Φ(μ/√2). Of 1000 intervals of level 0.95, between 925 and 975 should hold it:
   * the binomial has a deviation of 6.9. A symmetric interval misses this at μ = 2.
   */
  @ParameterizedTest
  @CsvSource({"0, 0.5", "1, 0.7602499389065233", "2, 0.9213503964748575"})
  void intervalsCoverAsOftenAsTheySay(double shift, double truth) {
    SplittableRandom random = new SplittableRandom(17);
    int covered = 0;
    for (int run = 0; run < 1000; run++) {
      double[] up = random.doubles(40).map(u -> Distributions.normalQuantile(u) + shift).toArray();
      double[] down = random.doubles(40).map(Distributions::normalQuantile).toArray();
      covered += DeLong.auc(up, down, LEVEL).interval().contains(truth) ? 1 : 0;
    }
    assertThat(covered).isBetween(925, 975);
  }

  @Test
  void oneRowHasNoSpread() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeLong.auc(new double[] {1}, new double[] {1, 2}, LEVEL))
        .withMessage("positives must hold at least 2 values, but held 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                DeLong.compare(
                    new double[] {1, 2},
                    new double[] {1, 2},
                    new double[] {1, 2, 3},
                    new double[] {1, 2},
                    LEVEL))
        .withMessage(
            "positivesA and positivesB must be paired and of one length, but held 2 and 3");
  }
}
