package org.erasus.selectors;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.erasus.Seeds;
import org.erasus.SelectionTask;

/** Monte-Carlo estimates of φ_i = Σ_S w(|S|)·(v(S ∪ {i}) − v(S)) over the sets without i, and their standard errors. */
final class Semivalues {
  private static final long SILENCE_NANOS = 100_000_000;

  private final Utility.Game game;
  private final int n;
  private final Sampling sampling;
  private final Report report;
  private long told = System.nanoTime();

  /** Is told how far the sampling is, and may end it. */
  @FunctionalInterface
  interface Report {
    void progressed(String what, long done, long total);
  }

  Semivalues(Utility.Game game, int n, Sampling sampling, Report report) {
    this.game = game;
    this.n = n;
    this.sampling = sampling;
    this.report = report;
  }

  /** Asks for a task that its utility has agreed to. */
  static RowValues of(
      SelectionTask task,
      Utility utility,
      Sampling sampling,
      String selector,
      Function<Semivalues, RowValues> estimate) {
    utility.require(task, selector);
    try (Utility.Game game = utility.on(task)) {
      return estimate.apply(
          new Semivalues(game, task.candidates().size(), sampling, task::progressed));
    }
  }

  /**
   * Rows join one by one in random orders; what each adds counts by its place.
   *
   * @param weights of places 1 … n, n times the probability of the place; all 1 for Shapley values
   * @param tolerance an order ends, after its first row, once the worth is nearer than this to that of all rows; the others add nothing
   */
  RowValues overPermutations(double[] weights, double tolerance, Seeds seeds) {
    double none = worth(new int[0]);
    double all = worth(IntStream.range(0, n).toArray());
    double[] mean = new double[n];
    double[] squares = new double[n];
    boolean settled = false;
    int t = 0;
    while (t < sampling.atMost() && !settled) {
      double[] added = new double[n];
      int[] order = Seeds.permutation(n, seeds.stream("permutation", t));
      double before = none;
      for (int j = 0; j < n && (j == 0 || Math.abs(all - before) >= tolerance); j++) {
        double now = j == n - 1 ? all : worth(Arrays.copyOf(order, j + 1));
        added[order[j]] = weights[j] * (now - before);
        before = now;
        tellNowAndThen("permutations", t);
      }
      t++;
      for (int i = 0; i < n; i++) {
        double difference = added[i] - mean[i];
        mean[i] += difference / t;
        squares[i] += difference * (added[i] - mean[i]);
      }
      settled = t >= sampling.atLeast() && sampling.settled(mean, errors(squares, t));
      tellNowAndThen("permutations", t);
    }
    report.progressed("permutations", t, t);
    return new RowValues(mean, errors(squares, t), t, settled || !sampling.asks());
  }

  private static double[] errors(double[] squares, int t) {
    return Arrays.stream(squares).map(s -> Math.sqrt(s / (t - 1.0) / t)).toArray();
  }

  /**
   * Every sample is a set that each row is in with probability ½; a row's value is the mean worth of those it is in less that of
   * the others.
   */
  RowValues overSubsets(Seeds seeds) {
    Groups in = new Groups(n);
    Groups out = new Groups(n);
    double[] values = new double[n];
    double[] errors = new double[n];
    boolean settled = false;
    int t = 0;
    while (t < sampling.atMost() && !settled) {
      SplittableRandom random = seeds.stream("subset", t);
      boolean[] chosen = new boolean[n];
      for (int i = 0; i < n; i++) {
        chosen[i] = random.nextBoolean();
      }
      double worth = worth(IntStream.range(0, n).filter(i -> chosen[i]).toArray());
      t++;
      for (int i = 0; i < n; i++) {
        (chosen[i] ? in : out).add(i, worth);
        values[i] = in.mean[i] - out.mean[i];
        errors[i] = Math.sqrt(in.squaredError(i) + out.squaredError(i));
      }
      settled = t >= sampling.atLeast() && sampling.settled(values, errors);
      tellNowAndThen("subsets", t);
    }
    report.progressed("subsets", t, t);
    return new RowValues(values, errors, t, settled || !sampling.asks());
  }

  /** Worths of the samples a row is in, or is not in: their number, mean and squared deviations. */
  private static final class Groups {
    final int[] count;
    final double[] mean;
    final double[] squares;

    Groups(int n) {
      count = new int[n];
      mean = new double[n];
      squares = new double[n];
    }

    void add(int i, double worth) {
      double difference = worth - mean[i];
      mean[i] += difference / ++count[i];
      squares[i] += difference * (worth - mean[i]);
    }

    double squaredError(int i) {
      return squares[i] / (count[i] - 1.0) / count[i];
    }
  }

  private double worth(int[] chosen) {
    double worth = game.worth(chosen);
    if (!Double.isFinite(worth)) {
      throw new IllegalArgumentException(
          "the utility must be finite, but was "
              + worth
              + " for a set of "
              + chosen.length
              + " rows");
    }
    return worth;
  }

  private void tellNowAndThen(String what, int done) {
    if (System.nanoTime() - told > SILENCE_NANOS) {
      told = System.nanoTime();
      report.progressed(what, done, sampling.atMost());
    }
  }
}
