package org.erasus.selectors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Seeds;
import org.erasus.SelectionTask;

/**
 * Ways to find k rows of which a {@link SubmodularFunction} is large. All of them choose exactly k, also where a function has
 * nothing more to gain, and of equal gains the first row of the data set. OPT is the best value of any k rows; bounds are
 * those of monotone functions.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Maximizer.Naive.class, name = "naive"),
  @JsonSubTypes.Type(value = Maximizer.Lazy.class, name = "lazy"),
  @JsonSubTypes.Type(value = Maximizer.Stochastic.class, name = "stochastic"),
  @JsonSubTypes.Type(value = Maximizer.Distributed.class, name = "distributed")
})
public sealed interface Maximizer {
  /**
   * Chooses rows.
   *
   * @param empty makes the function with nothing chosen yet; what it makes is closed
   * @param k rows wanted, at most as many as there are
   * @param random for those that choose at random
   * @param progress is told after each choice
   * @return the rows in the order of choice, with their gains
   */
  List<Pick> maximize(
      Supplier<? extends SubmodularFunction> empty,
      int k,
      SplittableRandom random,
      Progress progress);

  /** Chooses among the candidates of a task; scores are the gains. */
  default Coreset choose(
      SelectionTask task, Supplier<? extends SubmodularFunction> empty, String madeBy) {
    List<Pick> picks =
        maximize(
            empty,
            task.wanted(),
            task.seeds().stream("maximizer"),
            (done, total) -> task.progressed("choices", done, total));
    int[] rows = picks.stream().mapToInt(Pick::row).toArray();
    return Coreset.of(
        task.candidates().take(rows).ids(),
        picks.stream().mapToDouble(Pick::gain).toArray(),
        madeBy);
  }

  /**
   * A choice.
   *
   * @param row from 0
   * @param gain of the function by it, when it was chosen
   */
  record Pick(int row, double gain) {}

  /** Is told how far a maximisation is. */
  @FunctionalInterface
  interface Progress {
    /** So many choices of all that will be made are done. */
    void chose(long done, long total);
  }

  /**
   * Looks at every row before each choice.
   *
   * <pre>{@code
   * a_t = argmax_i f(A ∪ {i}) − f(A),  A ← A ∪ {a_t}          f(A) ≥ (1 − 1/e) OPT, k·N gains
   * }</pre>
   *
   * @see <a href="https://doi.org/10.1007/BF01588971">Nemhauser, Wolsey and Fisher, 1978</a>
   */
  record Naive() implements Maximizer {
    @Override
    public List<Pick> maximize(
        Supplier<? extends SubmodularFunction> empty,
        int k,
        SplittableRandom random,
        Progress progress) {
      try (SubmodularFunction f = empty.get()) {
        List<Pick> picks = new ArrayList<>();
        int[] left = IntStream.range(0, f.size()).toArray();
        while (picks.size() < k) {
          Pick best = best(f, left);
          left = without(left, best.row());
          f.add(best.row());
          picks.add(best);
          progress.chose(picks.size(), k);
        }
        return picks;
      }
    }
  }

  /**
   * Chooses the rows that {@link Naive} chooses, looking only at those that could be best: a gain never grows, so the gain a row
   * once had bounds what it has now, and rows wait in a heap by that bound.
   *
   * @see <a href="https://doi.org/10.1007/BFb0006528">Minoux, 1978</a>
   */
  record Lazy() implements Maximizer {
    @Override
    public List<Pick> maximize(
        Supplier<? extends SubmodularFunction> empty,
        int k,
        SplittableRandom random,
        Progress progress) {
      try (SubmodularFunction f = empty.get()) {
        return lazily(f, IntStream.range(0, f.size()).toArray(), k, progress);
      }
    }
  }

  /**
   * Looks at a few rows drawn anew before each choice.
   *
   * <pre>{@code
   * R   = ⌈(N/k) ln(1/ε)⌉ rows drawn from those left, all of them when there are fewer
   * a_t = argmax_{i ∈ R} f(A ∪ {i}) − f(A)          E f(A) ≥ (1 − 1/e − ε) OPT, N ln(1/ε) gains
   * }</pre>
   *
   * @param epsilon ε in (0, 1)
   * @see <a href="https://arxiv.org/abs/1409.7938">Mirzasoleiman et al., 2015</a>
   */
  record Stochastic(double epsilon) implements Maximizer {
    /** One choice in ten looks at none of the rows of the best set. */
    public static final Stochastic DEFAULTS = new Stochastic(0.1);

    /** Checks the range. */
    public Stochastic {
      Check.inOpen(epsilon, 0, 1, "epsilon");
    }

    @Override
    public List<Pick> maximize(
        Supplier<? extends SubmodularFunction> empty,
        int k,
        SplittableRandom random,
        Progress progress) {
      try (SubmodularFunction f = empty.get()) {
        List<Pick> picks = new ArrayList<>();
        int[] left = IntStream.range(0, f.size()).toArray();
        int draws = (int) Math.ceil((double) f.size() / k * Math.log(1 / epsilon));
        while (picks.size() < k) {
          Pick best = best(f, draw(left, draws, random));
          left = without(left, best.row());
          f.add(best.row());
          picks.add(best);
          progress.chose(picks.size(), k);
        }
        return picks;
      }
    }

    /** Some of the rows, in order. */
    private static int[] draw(int[] rows, int n, SplittableRandom random) {
      if (n >= rows.length) {
        return rows;
      }
      int[] pool = rows.clone();
      for (int i = 0; i < n; i++) {
        int j = i + random.nextInt(pool.length - i);
        int drawn = pool[j];
        pool[j] = pool[i];
        pool[i] = drawn;
      }
      int[] drawn = Arrays.copyOf(pool, n);
      Arrays.sort(drawn);
      return drawn;
    }
  }

  /**
   * Chooses in two rounds, as many machines would: each part of the rows, dealt at random, gives its k best, and the k best of
   * those are the answer, unless those of one part are better.
   *
   * <pre>{@code
   * A_p = lazy greedy on part p = 1 … m          k rows each
   * B   = lazy greedy on A_1 ∪ … ∪ A_m           k rows
   * A   = argmax f over B, A_1, …, A_m           f(A) ≥ (1 − 1/e) / min(m, k) · OPT
   * }</pre>
   *
   * <p>All machines share f on all rows here, and work one after the other. Parts of fewer than k rows give all of theirs and
   * are no answer themselves.
   *
   * @param parts m, 1 or more; as many as there are rows when that is fewer
   * @see <a href="https://arxiv.org/abs/1411.0541">Mirzasoleiman et al., 2016</a>
   */
  record Distributed(int parts) implements Maximizer {
    /** Eight parts. */
    public static final Distributed DEFAULTS = new Distributed(8);

    /** Checks the range. */
    public Distributed {
      Check.atLeast(1, parts, "parts");
    }

    @Override
    public List<Pick> maximize(
        Supplier<? extends SubmodularFunction> empty,
        int k,
        SplittableRandom random,
        Progress progress) {
      int size;
      try (SubmodularFunction f = empty.get()) {
        size = f.size();
      }
      int[] dealt = Seeds.permutation(size, random);
      int m = Math.min(parts, size);
      List<List<Pick>> answers = new ArrayList<>();
      List<Pick> proposed = new ArrayList<>();
      long total = k;
      for (int p = 0; p < m; p++) {
        total += Math.min(k, (size - p + m - 1) / m);
      }
      for (int p = 0; p < m; p++) {
        int first = p;
        int[] part =
            IntStream.range(0, size).filter(i -> i % m == first).map(i -> dealt[i]).toArray();
        List<Pick> picks = round(empty, part, k, progress, proposed.size(), total);
        proposed.addAll(picks);
        if (picks.size() == k) {
          answers.add(picks);
        }
      }
      int[] union = proposed.stream().mapToInt(Pick::row).toArray();
      answers.add(0, round(empty, union, k, progress, proposed.size(), total));
      return answers.stream().reduce((a, b) -> value(b) > value(a) ? b : a).orElseThrow();
    }

    private static List<Pick> round(
        Supplier<? extends SubmodularFunction> empty,
        int[] rows,
        int k,
        Progress progress,
        long before,
        long total) {
      try (SubmodularFunction f = empty.get()) {
        return lazily(
            f,
            Arrays.stream(rows).sorted().toArray(),
            Math.min(k, rows.length),
            (done, of) -> progress.chose(before + done, total));
      }
    }

    private static double value(List<Pick> picks) {
      return picks.stream().mapToDouble(Pick::gain).sum();
    }
  }

  private static Pick best(SubmodularFunction f, int[] rows) {
    double[] gains = f.gains(rows);
    int best = 0;
    for (int i = 1; i < rows.length; i++) {
      if (gains[i] > gains[best]) {
        best = i;
      }
    }
    return new Pick(rows[best], gains[best]);
  }

  private static int[] without(int[] rows, int row) {
    return Arrays.stream(rows).filter(i -> i != row).toArray();
  }

  private static List<Pick> lazily(SubmodularFunction f, int[] rows, int k, Progress progress) {
    double[] bound = new double[f.size()];
    int[] known = new int[f.size()]; // choices made when the bound was the gain
    PriorityQueue<Integer> waiting =
        new PriorityQueue<>(
            Comparator.<Integer>comparingDouble(i -> -bound[i])
                .thenComparing(Comparator.naturalOrder()));
    look(f, rows, 0, bound, known, waiting);
    List<Pick> picks = new ArrayList<>();
    while (picks.size() < k) {
      while (known[waiting.element()] < picks.size()) {
        look(f, new int[] {waiting.remove()}, picks.size(), bound, known, waiting);
      }
      int best = waiting.remove();
      f.add(best);
      picks.add(new Pick(best, bound[best]));
      progress.chose(picks.size(), k);
    }
    return picks;
  }

  private static void look(
      SubmodularFunction f,
      int[] rows,
      int choices,
      double[] bound,
      int[] known,
      PriorityQueue<Integer> waiting) {
    double[] gains = f.gains(rows);
    for (int i = 0; i < rows.length; i++) {
      bound[rows[i]] = gains[i] + 0.0; // a heap tells −0 from 0
      known[rows[i]] = choices;
      waiting.add(rows[i]);
    }
  }
}
