package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.erasus.eval.stats.Equivalence.Decision;
import org.junit.jupiter.api.Test;

class UnpairedRowsTest {
  private static double[] answers(int right, int wrong) {
    double[] values = new double[right + wrong];
    java.util.Arrays.fill(values, 0, right, 1);
    return values;
  }

  /** Agresti and Caffo: p̃ = (x + 1)/(n + 2), variance Σ p̃(1 − p̃)/(n + 2). 7 of 8 against 3 of 18. */
  @Test
  void sharesAreThoseOfAgrestiAndCaffo() {
    Estimate d = UnpairedRows.bounded(answers(7, 1), answers(3, 15));
    double variance = 0.8 * 0.2 / 10 + 0.2 * 0.8 / 20;

    assertThat(d.value()).isCloseTo(0.8 - 0.2, within(1e-12));
    assertThat(d.standardError()).isCloseTo(Math.sqrt(variance), within(1e-12));
    double share = 0.016 / 0.024;
    assertThat(d.degreesOfFreedom())
        .isCloseTo(1 / (share * share / 7 + (1 - share) * (1 - share) / 17), within(1e-9));
  }

  /** {0.2, 0.6} with 0 and 1: mean 0.45, mean square 0.35; {0.5, 0.5}: mean 0.5, mean square 0.375. */
  @Test
  void numbersBetweenAreTakenAsTheyAre() {
    Estimate d = UnpairedRows.bounded(new double[] {0.2, 0.6}, new double[] {0.5, 0.5});

    assertThat(d.value()).isCloseTo(-0.05, within(1e-12));
    assertThat(d.standardError())
        .isCloseTo(Math.sqrt((0.35 - 0.2025) / 4 + (0.375 - 0.25) / 4), within(1e-12));
  }

  @Test
  void agreementOnFewRowsShowsNothing() {
    Estimate few = UnpairedRows.bounded(answers(10, 0), answers(10, 0));
    Estimate many = UnpairedRows.bounded(answers(1000, 0), answers(1000, 0));

    assertThat(Tost.test(few, 0.05, 0.05).decision()).isEqualTo(Decision.INCONCLUSIVE);
    assertThat(Tost.test(many, 0.05, 0.05).decision()).isEqualTo(Decision.EQUIVALENT);
  }

  /** At the margin a claim of equivalence is an error: 5 % of 2000, deviation 10. */
  @Test
  void atTheMarginEquivalenceIsRare() {
    SplittableRandom random = new SplittableRandom(4);
    int claims = 0;
    for (int run = 0; run < 2000; run++) {
      double[] a = drawn(random, 300, 0.75);
      double[] b = drawn(random, 900, 0.85);
      claims += Tost.test(UnpairedRows.bounded(a, b), 0.1, 0.05).pValue() <= 0.05 ? 1 : 0;
    }
    assertThat(claims).isBetween(60, 140);
  }

  private static double[] drawn(SplittableRandom random, int rows, double share) {
    return random.doubles(rows).map(u -> u < share ? 1 : 0).toArray();
  }

  @Test
  void numbersThatAreNoShareAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnpairedRows.bounded(new double[] {0.5, 1.5}, answers(2, 2)))
        .withMessageContaining("values of a");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnpairedRows.bounded(answers(2, 2), new double[] {1}))
        .withMessageContaining("b must");
  }
}
