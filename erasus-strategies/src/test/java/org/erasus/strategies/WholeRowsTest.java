package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

/** Rows come in equal pairs, so the first of each, of weight 2, say the same as all. */
class WholeRowsTest {
  private static UnlearningDataset pairs() {
    float[][] rows = {{2, -1, 0.5f}, {-0.3f, 1, 3}, {1, 1, -1}, {0.2f, -2, 1}};
    float[] x = new float[24];
    for (int i = 0; i < 8; i++) {
      System.arraycopy(rows[i / 2], 0, x, 3 * i, 3);
    }
    return UnlearningDataset.of(x, new Shape(3), new int[] {0, 0, 1, 1, 2, 2, 0, 0}, 3)
        .markForget(0, 1, 2, 3);
  }

  private static Network network() {
    return Network.of(new Sequential().add(new Linear(3)), new Shape(3), 1);
  }

  private static Coreset firstOfPairs(long... ids) {
    return Coreset.of(ids, "the first of each pair").withWeights(new double[] {2, 2});
  }

  @Test
  void importancesAreThoseOfAllRows() {
    for (UnlearningStrategy strategy :
        List.of(
            new Ssd(1, 0.5),
            new LfSsd(1, 0.5),
            Assd.DEFAULTS.withDampening(0.5),
            Potion.DEFAULTS)) {
      try (UnlearningDataset data = pairs();
          Network network = network();
          Weights start = network.weights()) {
        UnlearningTask task = UnlearningTask.of(network, data);
        float[] whole = after(strategy, task, "");
        assertThat(whole).isNotEqualTo(start.toFloats());
        UnlearningTask chosen = task.withForgetCoreset(firstOfPairs(0, 2));
        assertThat(after(strategy, chosen, "")).containsExactly(whole, within(1e-5f));
        assertThat(after(strategy, chosen.withRetainCoreset(firstOfPairs(4, 6)), ""))
            .containsExactly(whole, within(1e-5f));
      }
    }
  }

  @Test
  void aSmallNetworkIsThatOfAllRows() {
    DeltaUnlearning strategy =
        new DeltaUnlearning(
            new NegativeGradient(0.5, 0, Runs.oneStep()), 1, 4, Runs.oneStep().withMaxEpochs(5));
    try (UnlearningDataset data = pairs();
        Network network = network()) {
      UnlearningTask task = UnlearningTask.of(network, data);
      float[] whole = after(strategy, task, "small");
      UnlearningTask chosen = task.withForgetCoreset(firstOfPairs(0, 2));
      assertThat(after(strategy, chosen, "small")).containsExactly(whole, within(1e-5f));
      assertThat(after(strategy, chosen.withRetainCoreset(firstOfPairs(4, 6)), "small"))
          .containsExactly(whole, within(1e-5f));
    }
  }

  private static float[] after(UnlearningStrategy strategy, UnlearningTask task, String part) {
    try (Unlearned unlearned = strategy.unlearn(task);
        Network network =
            part.isEmpty() ? unlearned.network().copy() : unlearned.network().part(part);
        Weights weights = network.weights()) {
      return weights.toFloats();
    }
  }
}
