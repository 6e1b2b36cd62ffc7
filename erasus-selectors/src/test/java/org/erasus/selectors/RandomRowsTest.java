package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.erasus.zoo.data.LabelNoise;
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

  /** Noise and choice of one seed share no stream: over 60 seeds noisy rows come neither first nor last. */
  @Test
  void theChoiceHasNothingToDoWithLabelNoiseOfTheSameSeed() {
    int n = 4_000;
    int seeds = 60;
    int[] labels = IntStream.range(0, n).map(i -> i % 10).toArray();
    int[] all = IntStream.range(0, n).toArray();
    double sum = 0;
    try (UnlearningDataset data = UnlearningDataset.of(new float[n], new Shape(1), labels, 10);
        Network network = Planted.identity(1, 10)) {
      for (int seed = 1; seed <= seeds; seed++) {
        Set<Long> noisy =
            IntStream.of(new LabelNoise(0.05, seed).flip(labels, 10, all).rows())
                .mapToObj(row -> (long) row)
                .collect(Collectors.toSet());
        Coreset chosen = selector().select(new SelectionTask(network, data.rows(), n, seed));
        double places =
            IntStream.range(0, n).filter(p -> noisy.contains(chosen.id(p))).average().orElseThrow();
        sum += places / (n - 1);
      }
    }
    double spread = Math.sqrt(1 / 12.0 / (0.05 * n) / seeds);
    assertThat(sum / seeds).isCloseTo(0.5, offset(4 * spread));
  }
}
