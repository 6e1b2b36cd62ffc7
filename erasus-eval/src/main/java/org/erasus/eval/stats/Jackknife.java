package org.erasus.eval.stats;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Seeds;

/**
 * Bounds a smooth statistic of rows by leaving out blocks of them: far cheaper than a bootstrap, and free of the copies that
 * drawing rows again makes.
 *
 * <pre>{@code
 * θ₍ᵦ₎           = statistic without block b                       g blocks, every row in one block, at random
 * standardError² = (g − 1)/g Σ (θ₍ᵦ₎ − mean θ₍ᵦ₎)²
 * interval       = θ ± t(1 − α/2, g − 1) · standardError
 * }</pre>
 *
 * <p>Not for medians and other statistics that jump.
 *
 * @see <a href="https://doi.org/10.1093/biomet/43.3-4.353">Quenouille, 1956</a>, and Tukey, 1958, on the error
 */
public final class Jackknife {
  private Jackknife() {}

  /**
   * Bounds a statistic.
   *
   * @param rows how many there are, at least 2
   * @param blocks how many blocks at most, at least 2; fewer rows make fewer
   * @param statistic must be finite without any block
   * @param level above 0 and below 1
   * @return the interval; {@link Interval#isDegenerate()} when no block makes a difference
   */
  public static Interval interval(
      int rows, int blocks, Bootstrap.Statistic statistic, double level) {
    Check.atLeast(2, rows, "rows");
    Check.atLeast(2, blocks, "blocks");
    Check.inOpen(level, 0, 1, "level");
    int g = Math.min(rows, blocks);
    int[] place = Seeds.permutation(rows, new Seeds(0).stream("jackknife"));
    double estimate =
        Check.finite(statistic.of(IntStream.range(0, rows).toArray()), "statistic of all rows");
    double[] without = new double[g];
    for (int b = 0; b < g; b++) {
      int block = b;
      without[b] =
          Check.finite(
              statistic.of(IntStream.range(0, rows).filter(i -> place[i] % g != block).toArray()),
              "statistic without block " + b);
    }
    double mean = Arrays.stream(without).average().orElseThrow();
    double squares = Arrays.stream(without).map(v -> (v - mean) * (v - mean)).sum();
    return squares == 0
        ? Interval.noSpread(estimate, level, "jackknife")
        : new Estimate(estimate, Math.sqrt(squares * (g - 1) / g), g - 1.0)
            .interval(level, "jackknife");
  }
}
