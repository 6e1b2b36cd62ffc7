package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.number;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BootstrapTest {
  static List<JsonNode> cases() {
    return Golden.list("bootstrap");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void formulaOnGivenReplicatesIsThatOfScipy(JsonNode c) {
    Interval interval =
        Bootstrap.bca(
            number(c, "estimate"),
            array(c, "replicates"),
            array(c, "jackknife"),
            number(c, "level"),
            "bca");

    assertThat(interval.low()).isCloseTo(number(c, "low"), within(1e-10));
    assertThat(interval.high()).isCloseTo(number(c, "high"), within(1e-10));
  }

  /** 20 000 draws there, 20 000 others here: the ends agree to a tenth of the deviation of the replicates. */
  @ParameterizedTest
  @MethodSource("cases")
  void ownDrawsAgreeWithThoseOfScipy(JsonNode c) {
    double[] data = array(c, "data");
    String name = c.get("statistic").textValue();
    Interval interval =
        new Bootstrap(20_000, number(c, "level"))
            .bca(data.length, rows -> statistic(name, data, rows), new SplittableRandom(1));
    double noise = deviation(array(c, "replicates"));

    assertThat(interval.estimate()).isCloseTo(number(c, "estimate"), within(1e-12));
    assertThat(interval.low()).isCloseTo(number(c, "manyLow"), within(0.1 * noise));
    assertThat(interval.high()).isCloseTo(number(c, "manyHigh"), within(0.1 * noise));
  }

  static List<JsonNode> clusters() {
    return Golden.list("clusters");
  }

  /** 20 000 draws of whole groups there and here. */
  @ParameterizedTest
  @MethodSource("clusters")
  void drawsOfGroupsAgreeWithThoseOfScipy(JsonNode c) {
    double[] values = array(c, "values");
    int[] groups = Arrays.stream(array(c, "groups")).mapToInt(g -> (int) g).toArray();
    Interval interval =
        new Bootstrap(20_000, number(c, "level"))
            .bcaClustered(
                groups,
                rows -> Arrays.stream(rows).mapToDouble(r -> values[r]).average().orElseThrow(),
                new SplittableRandom(1));

    assertThat(interval.estimate()).isCloseTo(number(c, "estimate"), within(1e-12));
    assertThat(interval.low())
        .isCloseTo(number(c, "low"), within(0.1 * number(c, "standardError")));
    assertThat(interval.high())
        .isCloseTo(number(c, "high"), within(0.1 * number(c, "standardError")));
  }

  private static double statistic(String name, double[] data, int[] rows) {
    double[] v = Arrays.stream(rows).mapToDouble(r -> data[r]).sorted().toArray();
    double mean = Arrays.stream(v).average().orElseThrow();
    return switch (name) {
      case "mean" -> mean;
      case "variance" -> Arrays.stream(v).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
      case "median" -> (v[(v.length - 1) / 2] + v[v.length / 2]) / 2;
      case "share" -> Arrays.stream(v).filter(x -> x > 0.8).count() / (double) v.length;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static double deviation(double[] v) {
    double mean = Arrays.stream(v).average().orElseThrow();
    return Math.sqrt(Arrays.stream(v).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
  }

  /**
   * Replicates 0 … 100 around 50: half lie below (ties half), so z₀ = 0; a jackknife without skew gives a = 0; the
   * ends are the plain quantiles, at position p · 100.
   */
  @Test
  void withoutBiasAndSkewTheEndsAreQuantiles() {
    double[] replicates = new double[101];
    Arrays.setAll(replicates, i -> i);
    Interval interval = Bootstrap.bca(50, replicates, new double[] {1, 2, 3}, 0.9, "bca");

    assertThat(interval.low()).isCloseTo(5, within(1e-9));
    assertThat(interval.high()).isCloseTo(95, within(1e-9));
  }

  /** Without one of 0, 0, 3 the mean is 1.5, 1.5, 0: deviations −½, −½, 1, so a = ¾ / (6 · 1.5^1.5). */
  @Test
  void accelerationIsDoneByHand() {
    assertThat(Bootstrap.acceleration(new double[] {1.5, 1.5, 0}))
        .isCloseTo(0.75 / (6 * Math.pow(1.5, 1.5)), within(1e-15));
  }

  @Test
  void sameSeedGivesTheSameInterval() {
    Bootstrap.Statistic sum = rows -> Arrays.stream(rows).average().orElseThrow();
    Bootstrap b = Bootstrap.DEFAULTS.withReplicates(500);

    assertThat(b.bca(30, sum, new SplittableRandom(4)))
        .isEqualTo(b.bca(30, sum, new SplittableRandom(4)))
        .isNotEqualTo(b.bca(30, sum, new SplittableRandom(5)));
  }

  /** Ten copies of each of 20 values carry no more than the 20: treated as 200 rows the interval is √10 too narrow. */
  @Test
  void copiesInAGroupDoNotNarrowTheInterval() {
    SplittableRandom random = new SplittableRandom(9);
    double[] base = random.doubles(20).toArray();
    int[] groups = new int[200];
    Arrays.setAll(groups, i -> i % 20);
    Bootstrap b = new Bootstrap(4000, 0.95);
    Bootstrap.Statistic mean =
        rows -> Arrays.stream(rows).mapToDouble(r -> base[r % 20]).average().orElseThrow();

    double once = b.bca(20, mean, new SplittableRandom(1)).halfWidth();
    double grouped = b.bcaClustered(groups, mean, new SplittableRandom(1)).halfWidth();
    double asRows = b.bca(200, mean, new SplittableRandom(1)).halfWidth();

    assertThat(grouped).isCloseTo(once, within(1e-12));
    assertThat(asRows).isCloseTo(once / Math.sqrt(10), within(0.1 * asRows));
  }

  /** 2500 rows are left out in blocks; the ends still are those of the t interval but for the skew of 1/√2500. */
  @Test
  void manyRowsUseBlocks() {
    double[] data = new SplittableRandom(3).doubles(2500).toArray();
    int[] calls = {0};
    Interval interval =
        new Bootstrap(1000, 0.95)
            .bca(
                data.length,
                rows -> {
                  calls[0]++;
                  return Arrays.stream(rows).mapToDouble(r -> data[r]).average().orElseThrow();
                },
                new SplittableRandom(1));
    Interval t = Means.interval(data, 0.95);

    assertThat(calls[0]).isEqualTo(1 + 1000 + 1000);
    assertThat(interval.low()).isCloseTo(t.low(), within(0.15 * t.halfWidth()));
    assertThat(interval.high()).isCloseTo(t.high(), within(0.15 * t.halfWidth()));
  }

  /**
   * Means of 25 exponential values, true mean 1. Of 400 intervals of level 0.9, 360 should hold it; the binomial has a
   * deviation of 6, and a bootstrap of 25 rows covers some percent less.
   */
  @Test
  void intervalsCoverAboutAsOftenAsTheySay() {
    SplittableRandom random = new SplittableRandom(21);
    int covered = 0;
    for (int run = 0; run < 400; run++) {
      double[] data = random.doubles(25).map(u -> -Math.log1p(-u)).toArray();
      covered +=
          new Bootstrap(400, 0.9)
                  .bca(25, rows -> statistic("mean", data, rows), random.split())
                  .contains(1)
              ? 1
              : 0;
    }
    assertThat(covered).isBetween(330, 380);
  }

  @Test
  void whatCannotBeBoundedIsNamed() {
    Bootstrap b = new Bootstrap(200, 0.95);
    SplittableRandom random = new SplittableRandom(1);

    assertThat(b.bca(10, rows -> 1, random).method()).isEqualTo("bca (no spread)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.bca(10, rows -> Double.NaN, random))
        .withMessage("statistic must be finite on every draw, but was NaN on all rows");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.bca(10, rows -> Arrays.stream(rows).distinct().count(), random))
        .withMessageStartingWith("statistic must lie among its replicates, but 10.0 is outside");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> b.bcaClustered(new int[] {3, 3}, rows -> rows.length, random))
        .withMessage("groups must hold at least 2 different groups, but held 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Bootstrap(10, 0.95))
        .withMessage("replicates must be at least 100, but was 10");
  }
}
