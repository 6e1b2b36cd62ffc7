package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.HashMap;
import java.util.Map;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class RandomRowsTest implements SelectorContract {
  @Override
  public Selector selector() {
    return RandomRows.DEFAULTS;
  }

  /** Each row is in a random subset of k of n with probability k/n; 400 draws keep within 5 standard deviations. */
  @Test
  void everyRowIsEquallyLikely() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      Rows candidates = data.forget();
      int draws = 400;
      int k = candidates.size() / 3;
      Map<Long, Integer> counts = new HashMap<>();
      for (int seed = 0; seed < draws; seed++) {
        for (long id : selector().select(new SelectionTask(network, candidates, k, seed)).ids()) {
          counts.merge(id, 1, Integer::sum);
        }
      }
      double p = (double) k / candidates.size();
      double spread = Math.sqrt(draws * p * (1 - p));
      for (long id : candidates.ids()) {
        assertThat((double) counts.getOrDefault(id, 0)).isCloseTo(draws * p, offset(5 * spread));
      }
    }
  }

  @Test
  void anotherSeedChoosesOtherRows() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      Coreset one = selector().select(new SelectionTask(network, data.retain(), 20, 1));
      Coreset two = selector().select(new SelectionTask(network, data.retain(), 20, 2));
      assertThat(one.overlap(two)).isLessThan(0.5);
    }
  }
}
