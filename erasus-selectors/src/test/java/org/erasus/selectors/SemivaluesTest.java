package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.erasus.Seeds;
import org.erasus.testkit.Golden;
import org.erasus.train.CancelledRunException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The estimates on games given as tables of all 2^n worths, without an engine. */
class SemivaluesTest {
  private static final Golden GOLDEN = Golden.load(SemivaluesTest.class, "valuation");

  private static Utility.Game game(double[] table) {
    return chosen -> table[Arrays.stream(chosen).map(i -> 1 << i).sum()];
  }

  private static Semivalues of(double[] table, Sampling sampling) {
    int n = Integer.numberOfTrailingZeros(table.length);
    return new Semivalues(game(table), n, sampling, (what, done, total) -> {});
  }

  private static double[] ones(int n) {
    double[] ones = new double[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static double[] random(int n, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return random.doubles(1L << n, -1, 1).toArray();
  }

  /** An estimate by its name and seed. */
  private static RowValues estimate(String kind, double[] table, Sampling sampling, long seed) {
    Semivalues estimate = of(table, sampling);
    int n = Integer.numberOfTrailingZeros(table.length);
    Seeds seeds = new Seeds(seed);
    return switch (kind) {
      case "shapley" -> estimate.overPermutations(ones(n), 0, seeds);
      case "banzhaf" -> estimate.overSubsets(seeds);
      default -> estimate.overPermutations(beta(kind).weights(n), 0, seeds);
    };
  }

  private static BetaShapley beta(String kind) {
    String[] parameters = kind.split(",", -1);
    return BetaShapley.DEFAULTS
        .withAlpha(Double.parseDouble(parameters[0]))
        .withBeta(Double.parseDouble(parameters[1]));
  }

  private static double[] exact(String kind) {
    return GOLDEN.numbers(kind.contains(",") ? "/beta/" + kind : "/" + kind);
  }

  @ParameterizedTest
  @CsvSource({"'shapley'", "'banzhaf'", "'16,1'", "'4,1'", "'1,4'", "'1,1'"})
  void manySamplesComeWithinTheirStandardErrorsOfTheSumOverAllSubsets(String kind) {
    RowValues found = estimate(kind, GOLDEN.numbers("/table"), Sampling.exactly(40_000), 3);
    double[] exact = exact(kind);
    double spread = Arrays.stream(exact).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < exact.length; i++) {
      assertThat(found.values()[i]).isCloseTo(exact[i], offset(4.5 * found.standardErrors()[i]));
      assertThat(found.standardErrors()[i]).isBetween(1e-4, 0.1 * spread);
    }
  }

  /** Errors over standard errors have a mean square of 1, over many seeds. */
  @ParameterizedTest
  @CsvSource({"'shapley', 100", "'banzhaf', 200", "'4,1', 400", "'1,4', 400"})
  void standardErrorsAreAsLargeAsTheErrors(String kind, int samples) {
    double[] exact = exact(kind);
    double sum = 0;
    int seeds = 300;
    for (int seed = 0; seed < seeds; seed++) {
      RowValues found = estimate(kind, GOLDEN.numbers("/table"), Sampling.exactly(samples), seed);
      for (int i = 0; i < exact.length; i++) {
        double z = (found.values()[i] - exact[i]) / found.standardErrors()[i];
        sum += z * z / exact.length / seeds;
      }
    }
    assertThat(sum).isBetween(0.85, 1.2);
  }

  @ParameterizedTest
  @CsvSource({"'16,1', 8", "'4,1', 30", "'0.5,2', 5", "'1,1', 6"})
  void weightsAreThoseOfTheBetaFunction(String kind, int n) {
    assertThat(beta(kind).weights(n))
        .containsExactly(GOLDEN.numbers("/betaWeights/" + kind), offset(1e-9 * n));
  }

  @Property(tries = 60)
  void shapleyValuesAddUpToTheWorthOfAll(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 6) int n,
      @ForAll @IntRange(min = 2, max = 20) int samples) {
    double[] table = random(n, seed);
    RowValues found = estimate("shapley", table, Sampling.exactly(samples), seed);
    assertThat(Arrays.stream(found.values()).sum())
        .isCloseTo(table[table.length - 1] - table[0], offset(1e-9));
  }

  @Property(tries = 60)
  void truncationHidesLessThanItsTolerance(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int n) {
    double[] table = random(n, seed);
    RowValues found =
        of(table, Sampling.exactly(10)).overPermutations(ones(n), 0.3, new Seeds(seed));
    assertThat(Arrays.stream(found.values()).sum())
        .isCloseTo(table[table.length - 1] - table[0], offset(0.3));
  }

  /** A row that never changes the worth is worth nothing, and known to be. */
  @Property(tries = 40)
  void aRowThatAddsNothingIsWorthNothing(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int n) {
    double[] table = random(n, seed);
    for (int s = 1; s < table.length; s += 2) {
      table[s] = table[s - 1];
    }
    for (String kind : new String[] {"shapley", "4,1"}) {
      RowValues found = estimate(kind, table, Sampling.exactly(10), seed);
      assertThat(found.values()[0]).isZero();
      assertThat(found.standardErrors()[0]).isZero();
    }
    RowValues found = estimate("banzhaf", table, Sampling.exactly(2000), 1);
    assertThat(Math.abs(found.values()[0])).isLessThanOrEqualTo(5 * found.standardErrors()[0]);
  }

  /** Two rows that any set may exchange are worth the same, within the errors; a third is not. */
  @ParameterizedTest
  @CsvSource({"'shapley'", "'banzhaf'", "'4,1'"})
  void rowsThatMayBeExchangedAreWorthTheSame(String kind) {
    double[] table = random(6, 11);
    for (int s = 0; s < table.length; s++) {
      if ((s & 3) == 2) {
        table[s] = table[s - 1];
      }
    }
    for (int s = 0; s < table.length; s++) {
      table[s] += (s & 4) == 4 ? 3 : 0;
    }
    RowValues found = estimate(kind, table, Sampling.exactly(20_000), 5);
    double[] phi = found.values();
    double[] errors = found.standardErrors();
    assertThat(Math.abs(phi[0] - phi[1])).isLessThan(4.5 * Math.hypot(errors[0], errors[1]));
    assertThat(phi[2] - phi[0]).isGreaterThan(20 * Math.hypot(errors[0], errors[2]));
  }

  /** What each row adds is the same in all orders, so nothing is left to find out after the least number of samples. */
  @Test
  void samplingEndsWhenTheValuesAreKnown() {
    double[] table = new double[16];
    for (int s = 0; s < 16; s++) {
      table[s] = (s & 1) + 3 * (s >> 1 & 1) - 2 * (s >> 2 & 1) + 0.5 * (s >> 3);
    }
    RowValues found =
        of(table, new Sampling(7, 1000, 0.1)).overPermutations(ones(4), 0, new Seeds(1));
    assertThat(found.samples()).isEqualTo(7);
    assertThat(found.converged()).isTrue();
    assertThat(found.values()).containsExactly(new double[] {1, 3, -2, 0.5}, offset(1e-12));
  }

  /** All rows are worth the same, so what differs between the estimates is chance however long it goes on. */
  @Test
  void samplingThatFindsNothingButChanceSaysSo() {
    double[] table = new double[32];
    for (int s = 0; s < 32; s++) {
      table[s] = Integer.bitCount(s) % 2;
    }
    for (String kind : new String[] {"shapley", "banzhaf"}) {
      RowValues found = estimate(kind, table, new Sampling(64, 500, 0.1), 2);
      assertThat(found.samples()).isEqualTo(500);
      assertThat(found.converged()).isFalse();
      RowValues asked = estimate(kind, table, Sampling.exactly(500), 2);
      assertThat(asked.converged()).as("no rule, none missed").isTrue();
      assertThat(asked.values()).isEqualTo(found.values());
    }
  }

  @Test
  void anOrderEndsOnceTheWorthOfAllIsReached() {
    int[] asked = {0};
    Utility.Game game =
        chosen -> {
          asked[0]++;
          return Math.min(1, chosen.length / 3.0);
        };
    RowValues found =
        new Semivalues(game, 50, Sampling.exactly(10), (what, done, total) -> {})
            .overPermutations(ones(50), 0.01, new Seeds(4));
    assertThat(asked[0]).isEqualTo(2 + 10 * 3);
    assertThat(Arrays.stream(found.values()).sum()).isCloseTo(1, offset(1e-9));
  }

  @Test
  void aUtilityThatIsNoNumberIsRefused() {
    Utility.Game game = chosen -> chosen.length == 2 ? Double.NaN : 0;
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Semivalues(game, 5, Sampling.DEFAULTS, (what, done, total) -> {})
                    .overPermutations(ones(5), 0, new Seeds(1)))
        .withMessage("the utility must be finite, but was NaN for a set of 2 rows");
  }

  /** Within an order, too: one of a slow utility may take hours. */
  @Test
  void whoeverListensMayEndTheSampling() {
    Utility.Game slow =
        chosen -> {
          try {
            Thread.sleep(20);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return chosen.length;
        };
    Semivalues estimate =
        new Semivalues(
            slow,
            1000,
            Sampling.DEFAULTS,
            (what, done, total) -> {
              throw new CancelledRunException(what, done, total);
            });
    assertThatThrownBy(() -> estimate.overPermutations(ones(1000), 0, new Seeds(1)))
        .isInstanceOf(CancelledRunException.class)
        .hasMessage("interrupted: permutations, 0 of 2000 done");
  }
}
