package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import org.erasus.eval.Golden;
import org.erasus.eval.stats.Equivalence.Decision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PowerTest {
  static List<JsonNode> powers() {
    return StreamSupport.stream(Golden.cases("power").get("powers").spliterator(), false).toList();
  }

  static List<JsonNode> seeds() {
    return StreamSupport.stream(Golden.cases("power").get("seeds").spliterator(), false).toList();
  }

  @ParameterizedTest
  @MethodSource("powers")
  void powerIsThatOfScipysQuadrature(JsonNode c) {
    double df = c.get("df").isTextual() ? Double.POSITIVE_INFINITY : number(c, "df");
    double error = number(c, "standardError");
    double margin = number(c, "margin");
    double alpha = number(c, "alpha");

    assertThat(Power.ofEquivalence(new Estimate(number(c, "delta"), error, df), margin, alpha))
        .isCloseTo(number(c, "equivalence"), within(1e-9));
    assertThat(Power.ofDifference(new Estimate(number(c, "far"), error, df), margin, alpha))
        .isCloseTo(number(c, "difference"), within(1e-9));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void seedsAreThoseOfTheLinearSearch(JsonNode c) {
    assertThat(
            SampleSize.DEFAULTS.seeds(
                number(c, "delta"),
                number(c, "deviationA"),
                number(c, "deviationB"),
                number(c, "margin")))
        .hasValue(c.get("seeds").longValue());
  }

  /** The test itself, run on normal seeds: 2000 runs have a deviation of 0.009. */
  @Test
  void foreseenPowerIsSeenInSimulation() {
    int n = (int) SampleSize.DEFAULTS.seeds(0.2, 1, 1, 1).orElseThrow();
    SplittableRandom random = new SplittableRandom(31);
    int shown = 0;
    for (int run = 0; run < 2000; run++) {
      double[] a = random.doubles(n).map(u -> Distributions.normalQuantile(u) + 0.2).toArray();
      double[] b = random.doubles(n).map(Distributions::normalQuantile).toArray();
      shown += Tost.welch(a, b, 1, 0.05).decision() == Decision.EQUIVALENT ? 1 : 0;
    }
    double foreseen =
        Power.ofEquivalence(new Estimate(0.2, Math.sqrt(2.0 / n), 2.0 * n - 2), 1, 0.05);
    assertThat(shown / 2000.0).isCloseTo(foreseen, within(0.03));
    assertThat(foreseen).isBetween(0.8, 0.85);
  }

  /**
   * Known variance, no difference: n = (z₀.₉₅ + z₀.₉)² σ²/m² rounded up, as each side may fail half of 20 %. With σ =
   * 1, m = 0.1: (1.6448536 + 1.2815516)² · 100 = 856.38…
   */
  @Test
  void rowsAreDoneByHand() {
    assertThat(SampleSize.DEFAULTS.rows(0, 1, 1, 0.1)).hasValue(857);
    assertThat(SampleSize.DEFAULTS.rows(0, 0.1, 100, 0.1)).hasValue(857);
    // Shares of one half: variance ¼ + ¼, half of the above.
    assertThat(SampleSize.DEFAULTS.rowsForProportions(0.5, 0.5, 0.1)).hasValue(429);
  }

  /** At one half with as many negatives: variance (2n + 1)/(12 n²) must be below (m / 2.9264)². */
  @Test
  void positivesForAnAucAreDoneByHand() {
    long n = SampleSize.DEFAULTS.positivesForAuc(0.5, 1, 0.05).orElseThrow();
    double limit = Math.pow(0.05 / (1.6448536269514722 + 1.2815515655446004), 2);

    assertThat((2.0 * n + 1) / (12.0 * n * n)).isLessThanOrEqualTo(limit);
    assertThat((2.0 * n - 1) / (12.0 * (n - 1) * (n - 1))).isGreaterThan(limit);
    assertThat(SampleSize.aucError(0.5, 7, 9.0 / 7))
        .isCloseTo(Math.sqrt(17.0 / 12 / 63), within(1e-15));
  }

  /** Hanley and McNeil, 1982: A = 0.893, 51 abnormal and 58 normal images, exponential: error 0.0313 to 0.0320. */
  @Test
  void moreUnseenRowsHelpUntilTheForgottenOnesLimit() {
    SampleSize size = SampleSize.DEFAULTS;
    long even = size.positivesForAuc(0.5, 1, 0.05).orElseThrow();
    long many = size.positivesForAuc(0.5, 100, 0.05).orElseThrow();

    assertThat(many).isBetween(even / 2, even / 2 + even / 50 + 2);
    assertThat(SampleSize.aucError(0.893, 51, 58.0 / 51)).isBetween(0.031, 0.0335);
  }

  /** Half the margin in 2.9264 errors: an error that is all floor falls with the rows, 10 · 0.1/0.0342; else with their root. */
  @Test
  void whatOnlyFewRowsMakeOfAnErrorGoesSooner() {
    Estimate floor = new Estimate(0, 0.1, Double.POSITIVE_INFINITY, 0.1);
    assertThat(SampleSize.DEFAULTS.toDecide(floor, 10, 0.1)).hasValue(30);
    assertThat(SampleSize.DEFAULTS.toDecide(Estimate.normal(0, 0.1), 10, 0.1)).hasValue(86);
    assertThat(floor.withRows(2).standardError()).isCloseTo(0.05, within(1e-12));
    assertThat(new Estimate(0, 0.5, 8, 0.3).withRows(4).standardError())
        .isCloseTo(Math.hypot(0.2, 0.075), within(1e-12));
  }

  /** A difference at the margin is taken to be one error beyond, of which a number of rows tells. */
  @Test
  void nearTheMarginADozenTimesTheRowsAreAskedFor() {
    for (double d : new double[] {0.0499, 0.05, 0.0501}) {
      assertThat(SampleSize.DEFAULTS.toDecide(Estimate.normal(d, 0.04), 60, 0.05).orElseThrow())
          .isBetween(200L, 800L);
    }
  }

  @Test
  void nothingDecidesAtTheMargin() {
    assertThat(SampleSize.DEFAULTS.rows(0.1, 1, 1, 0.1)).isEmpty();
    assertThat(SampleSize.DEFAULTS.seeds(-1, 1, 1, 1)).isEmpty();
    assertThat(SampleSize.DEFAULTS.rows(0.3, 1, 1, 0.1)).isPresent();
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleSize.DEFAULTS.withPower(1))
        .withMessage("power must be in (0.0, 1.0), but was 1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleSize.DEFAULTS.seeds(0, 0, 0, 1))
        .withMessageStartingWith("deviationA and deviationB must not both be 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleSize.DEFAULTS.rowsForProportions(0, 1, 0.1))
        .withMessageStartingWith("a and b must not both be 0 or 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SampleSize.DEFAULTS.rows(0, 1, 1, -1))
        .withMessage("margin must be > 0 and finite, but was -1.0");
  }
}
