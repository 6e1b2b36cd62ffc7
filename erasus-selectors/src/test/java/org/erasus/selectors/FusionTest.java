package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.selectors.WeightedFusion.Part;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Voting and weighted fusion. */
class FusionTest {
  @Nested
  class VotingTest implements SelectorContract {
    @Override
    public Selector selector() {
      return Voting.DEFAULTS;
    }
  }

  @Nested
  class WeightedFusionTest implements SelectorContract {
    @Override
    public Selector selector() {
      return WeightedFusion.DEFAULTS;
    }
  }

  /** Takes the candidates at some places, in that order. */
  private record Places(List<Integer> order, boolean scored) implements Selector {
    @Override
    public Coreset choose(SelectionTask task) {
      int[] first = order.stream().limit(task.wanted()).mapToInt(Integer::intValue).toArray();
      long[] ids = task.candidates().take(first).ids();
      double[] scores =
          IntStream.range(0, first.length).mapToDouble(i -> 5 - Math.floorDiv(i, 2)).toArray();
      return scored ? Coreset.of(ids, scores, "places") : Coreset.of(ids, "places");
    }
  }

  private static Places order(Integer... places) {
    return new Places(List.of(places), false);
  }

  private static Coreset select(Selector selector, int k) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      return selector.select(new SelectionTask(network, data.rows().first(6), k, 3));
    }
  }

  /**
   * k = 2, V = 3, choices (4, 1), (1, 4), (4, 0): votes of 4, 1, 0 are 3, 2, 1, and with 1/9 for each step before the end 4 has
   * 3 + (2 + 1 + 2)/9, 1 has 2 + (1 + 2)/9.
   */
  @Test
  void theRowsOfMostVotesAreChosen() {
    Voting voting =
        Voting.DEFAULTS.withVoters(
            List.of(order(4, 1, 0, 2, 3, 5), order(1, 4, 0, 2, 3, 5), order(4, 0, 1, 2, 3, 5)));
    Coreset chosen = select(voting, 2);
    assertThat(chosen.ids()).containsExactly(4, 1);
    assertThat(chosen.score(0).orElseThrow()).isCloseTo(3 + 5 / 9.0, offset(1e-12));
    assertThat(chosen.score(1).orElseThrow()).isCloseTo(2 + 3 / 9.0, offset(1e-12));
    assertThat(chosen.madeBy()).isEqualTo("voting");
  }

  /** With one vote each the row chosen earlier comes first; one vote more counts more than any place. */
  @Test
  void equalVotesAreOrderedByPlaceAndNothingOutweighsAVote() {
    assertThat(
            select(new Voting(List.of(order(5, 3, 2, 0, 1, 4), order(1, 0, 4, 2, 3, 5))), 3).ids())
        .containsExactly(1, 5, 0);
    assertThat(
            select(
                    new Voting(
                        List.of(order(5, 3, 2, 0, 1, 4), order(1, 0, 2, 4, 3, 5), Full.DEFAULTS)),
                    3)
                .ids())
        .containsExactly(2, 0, 1);
  }

  /** N = 6: a ranking 0…5 gives 1, 0.8, …, 0; with weights 3 and 1 of opposite orders row i has 0.75 (1 − i/5) + 0.25 i/5. */
  @Test
  void ranksAreAveragedByWeight() {
    WeightedFusion fusion =
        WeightedFusion.DEFAULTS.withParts(
            List.of(new Part(order(0, 1, 2, 3, 4, 5), 3), new Part(order(5, 4, 3, 2, 1, 0), 1)));
    Coreset chosen = select(fusion, 6);
    assertThat(chosen.ids()).containsExactly(0, 1, 2, 3, 4, 5);
    for (int i = 0; i < 6; i++) {
      assertThat(chosen.score(i).orElseThrow())
          .isCloseTo(0.75 * (1 - i / 5.0) + 0.25 * i / 5.0, offset(1e-12));
    }
    WeightedFusion other =
        fusion.withParts(
            List.of(new Part(order(0, 1, 2, 3, 4, 5), 1), new Part(order(5, 4, 3, 2, 1, 0), 3)));
    assertThat(select(other, 2).ids()).containsExactly(5, 4);
  }

  /** Scores in pairs 5, 5, 4, 4, 3, 3: ranks 4.5, 4.5, 2.5, 2.5, 0.5, 0.5 of 5. Rows left out share the last ranks. */
  @Test
  void equalScoresAreRankedAlike() {
    Coreset pairs =
        select(
            new WeightedFusion(List.of(new Part(new Places(List.of(5, 0, 1, 2, 3, 4), true), 2))),
            6);
    assertThat(pairs.ids()).containsExactly(0, 5, 1, 2, 3, 4);
    assertThat(pairs.score(0).orElseThrow()).isCloseTo(0.9, offset(1e-12));
    assertThat(pairs.score(5).orElseThrow()).isCloseTo(0.1, offset(1e-12));
    Coreset some = select(new WeightedFusion(List.of(new Part(order(3, 2), 1))), 6);
    assertThat(some.ids()).containsExactly(3, 2, 0, 1, 4, 5);
    assertThat(some.score(2).orElseThrow()).isCloseTo(1.5 / 5, offset(1e-12));
  }

  /** Who takes all says nothing of any: with one more part that part decides alone. */
  @Test
  void fullRanksAllAlike() {
    WeightedFusion fusion =
        new WeightedFusion(
            List.of(new Part(Full.DEFAULTS, 10), new Part(order(5, 4, 3, 2, 1, 0), 1)));
    assertThat(select(fusion, 6).ids()).containsExactly(5, 4, 3, 2, 1, 0);
  }

  @Test
  void ranksAreThoseOfScipy() {
    Golden golden = Golden.load(FusionTest.class, "ranks");
    double[] found = WeightedFusion.ranks(golden.numbers("/values"));
    double[] expected = golden.numbers("/ranks");
    assertThat(found)
        .containsExactly(
            Arrays.stream(expected).map(r -> (r - 1) / (expected.length - 1)).toArray(),
            offset(1e-12));
    assertThat(WeightedFusion.ranks(new double[] {7})).containsExactly(0.5);
  }

  @Test
  void twoRandomVotersDrawApart() {
    Coreset one = select(new Voting(List.of(RandomRows.DEFAULTS)), 3);
    Coreset two = select(new Voting(List.of(RandomRows.DEFAULTS, RandomRows.DEFAULTS)), 3);
    assertThat(one.score(2).orElseThrow()).isLessThan(2);
    assertThat(two.score(2).orElseThrow()).isLessThan(2);
  }

  @Test
  void whatAPartNeedsTheWholeNeeds() {
    assertThat(Voting.DEFAULTS.needs()).isEmpty();
    assertThat(Voting.DEFAULTS.withVoters(List.of(ForgettingEvents.DEFAULTS)).needs())
        .containsExactly(Need.TRAINING_HISTORY);
    assertThat(
            WeightedFusion.DEFAULTS
                .withParts(List.of(new Part(AccumulatedLoss.DEFAULTS, 1)))
                .needs())
        .containsExactly(Need.TRAINING_HISTORY);
  }

  @Test
  void nobodyOrNoWeightIsRefused() {
    assertThatThrownBy(() -> new Voting(List.of()))
        .hasMessage("number of voters must be at least 1, but was 0");
    assertThatThrownBy(() -> new WeightedFusion(List.of()))
        .hasMessage("number of parts must be at least 1, but was 0");
    assertThatThrownBy(() -> new Part(El2n.DEFAULTS, 0))
        .hasMessage("weight must be > 0 and finite, but was 0.0");
  }
}
