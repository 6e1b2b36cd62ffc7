package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.erasus.Json;
import org.erasus.Selector;
import org.junit.jupiter.api.Test;

/** Maximisers on weighted coverage, where every number is whole, against all subsets. */
class MaximizerTest {
  private static final double BOUND = 1 - 1 / Math.E;

  /** Every row covers some of a few things, and f is the weight of what is covered. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Problem(int[] covers, int[] weights) {
    static Problem random(int rows, int things, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      return new Problem(
          random.ints(rows, 0, 1 << things).map(c -> c & random.nextInt(1 << things)).toArray(),
          random.ints(things, 0, 5).toArray());
    }

    double weight(long covered) {
      return BitSet.valueOf(new long[] {covered}).stream().map(b -> weights[b]).sum();
    }

    double value(List<Integer> rows) {
      return weight(rows.stream().mapToInt(i -> covers[i]).reduce(0, (a, b) -> a | b));
    }

    double best(int k) {
      return Subsets.best(covers.length, k, this::value);
    }
  }

  /** f along its rows, with a count of the gains it was asked for and of those of it that are open. */
  private static final class Counted implements Supplier<SubmodularFunction> {
    private final Problem problem;
    private int asked;
    private int open;
    private int largestQuestion;

    Counted(Problem problem) {
      this.problem = problem;
    }

    @Override
    public SubmodularFunction get() {
      open++;
      return new SubmodularFunction() {
        private int covered;
        private final List<Integer> chosen = new ArrayList<>();

        @Override
        public int size() {
          return problem.covers.length;
        }

        @Override
        public double[] gains(int[] rows) {
          asked += rows.length;
          largestQuestion = Math.max(largestQuestion, rows.length);
          assertThat(chosen).doesNotContainAnyElementsOf(IntStream.of(rows).boxed().toList());
          return IntStream.of(rows)
              .mapToDouble(
                  i -> problem.weight(covered | problem.covers[i]) - problem.weight(covered))
              .toArray();
        }

        @Override
        public void add(int row) {
          chosen.add(row);
          covered |= problem.covers[row];
        }

        @Override
        public void close() {
          open--;
        }
      };
    }
  }

  private static List<Maximizer.Pick> run(Maximizer maximizer, Problem problem, int k, long seed) {
    Counted f = new Counted(problem);
    List<long[]> heard = new ArrayList<>();
    List<Maximizer.Pick> picks =
        maximizer.maximize(
            f, k, new SplittableRandom(seed), (done, total) -> heard.add(new long[] {done, total}));
    assertThat(rows(picks)).hasSize(k).doesNotHaveDuplicates();
    assertThat(value(picks)).isEqualTo(problem.value(rows(picks)));
    assertThat(f.open).isZero();
    for (int i = 0; i < heard.size(); i++) {
      assertThat(heard.get(i)).containsExactly(i + 1, heard.size());
    }
    return picks;
  }

  private static List<Integer> rows(List<Maximizer.Pick> picks) {
    return picks.stream().map(Maximizer.Pick::row).toList();
  }

  private static double value(List<Maximizer.Pick> picks) {
    return picks.stream().mapToDouble(Maximizer.Pick::gain).sum();
  }

  @Property(tries = 300)
  void lazyChoosesWhatNaiveChoosesTiesIncluded(
      @ForAll @LongRange(min = 0) long seed,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 12) int things) {
    Problem problem = Problem.random(rows, things, seed);
    int k = 1 + (rows - 1) / 2;
    assertThat(run(new Maximizer.Lazy(), problem, k, seed))
        .isEqualTo(run(new Maximizer.Naive(), problem, k, seed));
  }

  @Property(tries = 200)
  void greedyReachesItsShareOfTheBestOfAllSubsets(
      @ForAll @LongRange(min = 0) long seed,
      @ForAll @IntRange(min = 1, max = 4) int k,
      @ForAll @IntRange(min = 1, max = 12) int parts) {
    Problem problem = Problem.random(10, 8, seed);
    double best = problem.best(k);
    assertThat(value(run(new Maximizer.Lazy(), problem, k, seed)))
        .isGreaterThanOrEqualTo(BOUND * best)
        .isLessThanOrEqualTo(best);
    assertThat(value(run(new Maximizer.Distributed(parts), problem, k, seed)))
        .isGreaterThanOrEqualTo(BOUND / Math.min(parts, k) * best)
        .isLessThanOrEqualTo(best);
  }

  /** The bound is one of the mean over draws. */
  @Test
  void stochasticReachesItsShareInTheMean() {
    double epsilon = 0.2;
    for (long seed = 0; seed < 20; seed++) {
      Problem problem = Problem.random(12, 10, seed);
      double sum = 0;
      for (int draw = 0; draw < 200; draw++) {
        sum += value(run(new Maximizer.Stochastic(epsilon), problem, 4, draw));
      }
      assertThat(sum / 200).isGreaterThanOrEqualTo((BOUND - epsilon) * problem.best(4));
    }
  }

  /** ⌈(100/10) ln(1/0.1)⌉ = ⌈23.03⌉ = 24 gains a choice; naive asks for 100 + 99 + … + 91 = 955. */
  @Test
  void everyMaximizerAsksForAsManyGainsAsItSays() {
    Problem problem = Problem.random(100, 14, 3);
    Counted f = new Counted(problem);
    new Maximizer.Stochastic(0.1).maximize(f, 10, new SplittableRandom(1), (done, total) -> {});
    assertThat(f.asked).isEqualTo(240);
    assertThat(f.largestQuestion).isEqualTo(24);
    Counted all = new Counted(problem);
    new Maximizer.Naive().maximize(all, 10, new SplittableRandom(1), (done, total) -> {});
    assertThat(all.asked).isEqualTo(955);
    Counted few = new Counted(problem);
    new Maximizer.Lazy().maximize(few, 10, new SplittableRandom(1), (done, total) -> {});
    assertThat(few.asked).isLessThan(955 / 2);
  }

  /** With one part both rounds are the lazy choice; with as many parts as rows the second round is. */
  @Test
  void oneSharedRoundIsTheLazyChoice() {
    Problem problem = Problem.random(30, 12, 5);
    List<Maximizer.Pick> lazy = run(new Maximizer.Lazy(), problem, 6, 0);
    assertThat(run(new Maximizer.Distributed(1), problem, 6, 0)).isEqualTo(lazy);
    assertThat(run(new Maximizer.Distributed(30), problem, 6, 0)).isEqualTo(lazy);
    assertThat(run(new Maximizer.Distributed(99), problem, 6, 0)).isEqualTo(lazy);
  }

  /** Thirty rows that cover nothing before one that covers all: choices by chance miss it, all maximisers find it. */
  @Test
  void theOneRowThatMattersIsFound() {
    int[] covers = new int[31];
    covers[30] = 1;
    Problem problem = new Problem(covers, new int[] {7});
    for (Maximizer maximizer :
        List.of(
            new Maximizer.Naive(),
            new Maximizer.Lazy(),
            new Maximizer.Stochastic(1e-300),
            Maximizer.Distributed.DEFAULTS)) {
      assertThat(run(maximizer, problem, 2, 1)).contains(new Maximizer.Pick(30, 7));
    }
    assertThat(rows(run(new Maximizer.Naive(), problem, 3, 1))).containsExactly(30, 0, 1);
    assertThat(rows(run(new Maximizer.Lazy(), problem, 3, 1))).containsExactly(30, 0, 1);
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Maximizer.Stochastic(0))
        .withMessage("epsilon must be in (0.0, 1.0), but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Maximizer.Distributed(0))
        .withMessage("parts must be at least 1, but was 0");
    assertThat(Maximizer.Stochastic.DEFAULTS.epsilon()).isCloseTo(0.1, within(0.0));
  }

  @Test
  void selectorsCarryTheirMaximizerThroughJson() throws IOException {
    for (Maximizer maximizer :
        List.of(
            new Maximizer.Naive(),
            new Maximizer.Lazy(),
            new Maximizer.Stochastic(0.3),
            new Maximizer.Distributed(3))) {
      Selector selector = FacilityLocation.DEFAULTS.withMaximizer(maximizer).withNeighbours(7);
      assertThat(Json.read(Json.write(selector), Selector.class)).isEqualTo(selector);
    }
    Selector all = FacilityLocation.DEFAULTS;
    assertThat(Json.read(Json.write(all), Selector.class)).isEqualTo(all);
  }

  @Test
  void anUnknownSimilarityIsAnsweredWithAllThatAreKnown() {
    String json = Json.write(FacilityLocation.DEFAULTS).replace("COSINE", "COSIN");
    assertThatIOException()
        .isThrownBy(() -> Json.read(json, Selector.class))
        .withMessageContaining("\"COSIN\"")
        .withMessageContaining("COSINE")
        .withMessageContaining("DOT")
        .withMessageContaining("EUCLIDEAN")
        .withMessageContaining("RBF");
  }
}
