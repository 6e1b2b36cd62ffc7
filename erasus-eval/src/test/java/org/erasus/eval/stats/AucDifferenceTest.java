package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AucDifferenceTest {
  private static final double Z = 1.959963984540054;

  static List<JsonNode> cases() {
    return Golden.list("roc");
  }

  /** (1 − 0.025^(1/k)) / 1.96, the bound when none of k rows disagrees. */
  private static double floor(JsonNode c) {
    int k = Math.min(array(c, "positives").length, array(c, "negatives").length);
    return (1 - Math.pow(0.025, 1.0 / k)) / Z;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void oneReferenceGivesThePairedDifferenceOfDeLong(JsonNode c) {
    Estimate e =
        DeLong.difference(
            array(c, "positives"),
            array(c, "negatives"),
            List.of(array(c, "positives2")),
            List.of(array(c, "negatives2")));
    double expected = (number(c, "differenceHigh") - number(c, "differenceLow")) / 2 / Z;

    assertThat(e.value()).isCloseTo(number(c, "auc") - number(c, "auc2"), close(1));
    assertThat(e.standardError()).isCloseTo(Math.max(expected, floor(c)), within(1e-9));
  }

  /** A − (A + B)/2 = (A − B)/2, and so are the errors, down to the floor. */
  @ParameterizedTest
  @MethodSource("cases")
  void againstItselfAndAnotherTheDifferenceIsHalved(JsonNode c) {
    double[] up = array(c, "positives");
    double[] down = array(c, "negatives");
    Estimate e =
        DeLong.difference(
            up, down, List.of(up, array(c, "positives2")), List.of(down, array(c, "negatives2")));
    double whole = (number(c, "differenceHigh") - number(c, "differenceLow")) / 2 / Z;

    assertThat(e.value()).isCloseTo((number(c, "auc") - number(c, "auc2")) / 2, close(1));
    assertThat(e.standardError()).isCloseTo(Math.max(whole / 2, floor(c)), within(1e-9));
  }

  @Test
  void equalScoresOfFewRowsAreNoProofOfEquality() {
    double[] up = {3, 2, 1};
    double[] down = {0, 2, 4, 1};
    Estimate e = DeLong.difference(up, down, List.of(up), List.of(down));

    assertThat(e.value()).isZero();
    assertThat(e.standardError()).isCloseTo((1 - Math.cbrt(0.025)) / Z, within(1e-12));
  }

  @Test
  void otherRowsThanTheReferencesAreRefused() {
    assertThatThrownBy(
            () ->
                DeLong.difference(
                    new double[] {1, 2},
                    new double[] {1, 2},
                    List.of(new double[] {1, 2, 3}),
                    List.of(new double[] {1, 2})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("referencePositives");
  }
}
