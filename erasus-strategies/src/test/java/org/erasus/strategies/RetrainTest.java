package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;

class RetrainTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Retrain.DEFAULTS.withTraining(Toys.training());
  }

  /** By definition: the network with fresh weights of the seed, trained in the ordinary way on what is kept. */
  @Test
  void isPlainTrainingOfAFreshNetworkOnTheRetainRows() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned retrained = strategy().unlearn(UnlearningTask.of(network, data).withSeed(7));
        Network plain =
            network.fresh(
                UnlearningTask.of(network, data).withSeed(7).seeds().of("initial-weights"))) {
      new Supervised(Toys.training()).train(plain, data, 7);
      assertThat(StrategyContract.fingerprint(retrained.network()))
          .isEqualTo(StrategyContract.fingerprint(plain));
    }
  }

  @Test
  void whatTheForgetRowsHoldMakesNoDifference() {
    float[] values = {1, 2, 3, 4, 5, 6};
    float[] others = {9, -9, 3, 4, 5, 6};
    Retrain strategy = new Retrain(Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, values, new int[] {0, 1, 0, 1, 0, 1}, 2);
        UnlearningDataset other = Runs.rows(1, others, new int[] {1, 1, 0, 1, 0, 1}, 2);
        Network network = Runs.linear(1, 1, 2, 3, 4)) {
      assertThat(Runs.weightsAfter(strategy, network, data))
          .isEqualTo(Runs.weightsAfter(strategy, network, other));
    }
  }

  /** Nothing of the original is left but the architecture. */
  @Test
  void theOriginalWeightsMakeNoDifference() {
    Retrain strategy = new Retrain(Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2, 3}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 1, 2, 3, 4);
        Network other = Runs.linear(1, 5, 6, 7, 8)) {
      assertThat(Runs.weightsAfter(strategy, network, data))
          .isEqualTo(Runs.weightsAfter(strategy, other, data));
    }
  }

  /** The control: had the rows been kept, the same recipe would have fitted them better. */
  @Test
  void doesWorseOnForgetRowsThanTheSameTrainingWithThem() {
    Retrain longer = new Retrain(Toys.training().withMaxEpochs(60));
    double without = Runs.after(longer, Runs::forgetLoss);
    double with;
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned kept =
            longer.unlearn(
                UnlearningTask.of(network, data.markRetain(data.forget())).withSeed(2))) {
      with = Runs.forgetLoss(kept.network(), data);
    }
    assertThat(without).isGreaterThan(with + 0.05);
  }

  @Test
  void refusesAMask() {
    SaliencyMask masked = new SaliencyMask(strategy(), 0.5);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThatThrownBy(() -> masked.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fresh weights");
    }
  }
}
