package org.erasus.eval;

import java.util.Optional;
import org.erasus.Check;
import org.erasus.eval.metrics.Relearning;
import org.erasus.eval.stats.Bootstrap;

/**
 * Settings of a benchmark that no protocol fixes.
 *
 * @param level of all intervals, above 0.5 and below 1; tests are at 1 − level
 * @param seed of every random choice
 * @param incompetentDraws networks of random weights for ZRF, 0 or more
 * @param replicates of the bootstrap, 100 or more
 * @param picturedRows rows that are laid out by t-SNE, 0 for none and 2,000 at most; time and memory grow with their square
 * @param relearning how the anamnesis index is measured; without it, and of a network that diverges or has no gradient, the index is not
 *     available
 */
public record BenchmarkOptions(
    double level,
    long seed,
    int incompetentDraws,
    int replicates,
    int picturedRows,
    Optional<Relearning> relearning) {
  /** 95 %, seed 0, 3 random networks, 2000 replicates, 300 rows pictured, relearning as by default. */
  public static final BenchmarkOptions DEFAULTS =
      new BenchmarkOptions(0.95, 0, 3, 2000, 300, Optional.of(Relearning.DEFAULTS));

  private static final int MOST_PICTURED = 2000;

  /** Checks the ranges. */
  public BenchmarkOptions {
    Check.inOpen(level, 0.5, 1, "level");
    Check.atLeast(0, incompetentDraws, "incompetentDraws");
    Check.atLeast(100, replicates, "replicates");
    Check.atLeast(0, picturedRows, "picturedRows");
    if (picturedRows > MOST_PICTURED) {
      throw new IllegalArgumentException(
          "picturedRows must be at most "
              + MOST_PICTURED
              + ", but was "
              + picturedRows
              + ": time and memory of t-SNE grow with the square; the rows are a sample, so fewer show the same");
    }
  }

  /** The same with another level. */
  public BenchmarkOptions withLevel(double other) {
    return new BenchmarkOptions(
        other, seed, incompetentDraws, replicates, picturedRows, relearning);
  }

  /** The same with another seed. */
  public BenchmarkOptions withSeed(long other) {
    return new BenchmarkOptions(
        level, other, incompetentDraws, replicates, picturedRows, relearning);
  }

  /** The same with another number of random networks for ZRF. */
  public BenchmarkOptions withIncompetentDraws(int draws) {
    return new BenchmarkOptions(level, seed, draws, replicates, picturedRows, relearning);
  }

  /** The same with another number of bootstrap replicates. */
  public BenchmarkOptions withReplicates(int other) {
    return new BenchmarkOptions(level, seed, incompetentDraws, other, picturedRows, relearning);
  }

  /** The same with another number of rows that are laid out, 0 for none. */
  public BenchmarkOptions withPicturedRows(int other) {
    return new BenchmarkOptions(level, seed, incompetentDraws, replicates, other, relearning);
  }

  /** The same with other relearning. */
  public BenchmarkOptions withRelearning(Relearning other) {
    return new BenchmarkOptions(
        level, seed, incompetentDraws, replicates, picturedRows, Optional.of(other));
  }

  /** The same without relearning, which is the slowest part. */
  public BenchmarkOptions withoutRelearning() {
    return new BenchmarkOptions(
        level, seed, incompetentDraws, replicates, picturedRows, Optional.empty());
  }

  /** How intervals over rows are made. */
  Bootstrap bootstrap() {
    return new Bootstrap(replicates, level);
  }
}
