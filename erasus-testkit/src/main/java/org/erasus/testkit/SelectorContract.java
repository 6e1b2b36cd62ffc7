package org.erasus.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.junit.jupiter.api.Test;

/** What every selector must hold to. Implement it in the selector's test. */
public interface SelectorContract {
  /** The selector. */
  Selector selector();

  /** Whether it chooses exactly k rows; the one that takes everything does not. */
  default boolean choosesExactlyK() {
    return true;
  }

  /** A trained network. */
  default Network network(UnlearningDataset data) {
    return Toys.train(Toys.perceptron(1), data, 1);
  }

  /** Rows to choose from. */
  default UnlearningDataset data() {
    return Toys.clouds(1);
  }

  /** As many different candidates as wanted. */
  @Test
  default void choosesExactlyAsManyCandidatesAsWanted() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      long[] candidates = data.forget().ids();
      for (int k : new int[] {1, 5, candidates.length, candidates.length + 10}) {
        Coreset chosen = selector().select(new SelectionTask(network, data.forget(), k, 4));
        int expected = choosesExactlyK() ? Math.min(k, candidates.length) : candidates.length;
        assertThat(chosen.size()).isEqualTo(expected);
        assertThat(chosen.ids()).doesNotHaveDuplicates();
        assertThat(Arrays.stream(candidates).boxed())
            .containsAll(Arrays.stream(chosen.ids()).boxed().toList());
      }
    }
  }

  /** The same task twice gives the same rows in the same order. */
  @Test
  default void sameSeedGivesTheSameRows() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 20, 9);
      assertThat(selector().select(task)).isEqualTo(selector().select(task));
    }
  }

  /** The network comes out as it went in. */
  @Test
  default void leavesTheNetworkAsItWas() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      String before = StrategyContract.fingerprint(network);
      selector().select(new SelectionTask(network, data.retain(), 20, 9));
      assertThat(StrategyContract.fingerprint(network)).isEqualTo(before);
    }
  }
}
