package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Statistics;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class SaliencyMaskTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return SaliencyMask.DEFAULTS.withInner(
        NegativeGradient.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2)));
  }

  /**
   * W = 0 and b = 0, so p = (½, ½) and ∂CE/∂W = (p − onehot(0)) xᵀ. For the rows (1, 3) and (−1, 2), both of class 0, summed
   * with sign: ∂W = ∓½·(0, 5), ∂b = ∓½·2. The two entries of the second column stand out; had absolute values been summed,
   * the first column would equal b.
   */
  @Test
  void keepsTheEntriesOfTheLargestSignedSums() {
    try (UnlearningDataset data =
            Runs.rows(2, new float[] {1, 3, -1, 2, 9, 9}, new int[] {0, 0, 1}, 2);
        Network network = Runs.linear(2, 0, 0, 0, 0, 0, 0)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      try (Mask third = new SaliencyMask(RandomLabel.DEFAULTS, 1 / 3.0).mask(task);
          Mask twoThirds = new SaliencyMask(RandomLabel.DEFAULTS, 2 / 3.0).mask(task)) {
        assertThat(third.kept().toBooleanArray())
            .containsExactly(false, true, false, true, false, false);
        assertThat(twoThirds.kept().toBooleanArray())
            .containsExactly(false, true, false, true, true, true);
      }
    }
  }

  @Test
  void keepsTheShareOfAllParametersTogether() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Mask mask = SaliencyMask.DEFAULTS.withShare(0.3).mask(UnlearningTask.of(network, data))) {
      assertThat(mask.count()).isEqualTo(Math.round(0.3 * network.layout().parameters()));
    }
  }

  /** With momentum and weight decay on; the control is the inner strategy alone, which moves them. */
  @Test
  void frozenEntriesAreBitIdenticalAndFreeOnesMove() {
    Training training = Toys.training().withOptimizer(new Optimizer.Sgd(0.9, 0.1, false));
    RandomLabel inner = RandomLabel.DEFAULTS.withTraining(training.withMaxEpochs(3));
    SaliencyMask masked = new SaliencyMask(inner, 0.4);
    try (UnlearningDataset data = data();
        Network network = network(data);
        Weights start = network.weights();
        Mask mask = masked.mask(UnlearningTask.of(network, data))) {
      boolean[] free = mask.kept().toBooleanArray();
      float[] before = start.toFloats();
      float[] after = Runs.weightsAfter(masked, network, data);
      float[] unmasked = Runs.weightsAfter(inner, network, data);
      for (int i = 0; i < free.length; i++) {
        assertThat(Float.floatToRawIntBits(after[i]) == Float.floatToRawIntBits(before[i]))
            .as("entry %d is frozen", i)
            .isEqualTo(!free[i]);
      }
      assertThat(Runs.equalEntries(before, unmasked)).isZero();
    }
  }

  /** A control of what is chosen: the same number of the least salient entries forgets less. */
  @Test
  void theMostSalientEntriesForgetMoreThanTheLeast() {
    RandomLabel inner =
        RandomLabel.DEFAULTS.withTraining(
            Runs.oneStep().withMaxEpochs(60).withRetainWeight(0).withLearningRate(0.2));
    double salient = Runs.after(new SaliencyMask(inner, 0.2), Runs::forgetLoss);
    double least;
    try (UnlearningDataset data = data();
        Network network = network(data);
        Mask most = new SaliencyMask(inner, 0.8).mask(UnlearningTask.of(network, data));
        Mask rest = Mask.of(most.kept().logicalNot());
        Unlearned unlearned =
            inner.unlearn(UnlearningTask.of(network, data).withSeed(2).withMask(rest))) {
      least = Runs.forgetLoss(unlearned.network(), data);
    }
    assertThat(salient).isGreaterThan(least + 0.1);
  }

  @Test
  void runningStatisticsStayUnlessTheInnerSettingsSayUpdate() {
    FineTune inner = new FineTune(Runs.fewEpochs());
    FineTune updating = new FineTune(Runs.fewEpochs().withStatistics(Statistics.UPDATE));
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        Weights start = network.weights()) {
      float[] before = start.statistics().toFloatArray();
      assertThat(statisticsAfter(new SaliencyMask(inner, 0.5), network, data)).isEqualTo(before);
      assertThat(statisticsAfter(new SaliencyMask(updating, 0.5), network, data))
          .isNotEqualTo(before);
      assertThat(statisticsAfter(inner, network, data)).isNotEqualTo(before);
    }
  }

  private static float[] statisticsAfter(
      UnlearningStrategy strategy, Network network, UnlearningDataset data) {
    try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data));
        Weights weights = unlearned.network().weights()) {
      return weights.statistics().toFloatArray();
    }
  }

  @Test
  void masksWeightEditsToo() {
    SaliencyMask masked = new SaliencyMask(new Ssd(0.5, 0.5), 0.25);
    try (UnlearningDataset data = data();
        Network network = network(data);
        Weights start = network.weights();
        Mask mask = masked.mask(UnlearningTask.of(network, data))) {
      float[] before = start.toFloats();
      float[] after = Runs.weightsAfter(masked, network, data);
      float[] edited = Runs.weightsAfter(masked.inner(), network, data);
      boolean[] free = mask.kept().toBooleanArray();
      for (int i = 0; i < free.length; i++) {
        assertThat(after[i]).isEqualTo(free[i] ? edited[i] : before[i]);
      }
      assertThat(after).isNotEqualTo(before).isNotEqualTo(edited);
    }
  }

  @Test
  void aMaskOfTheTaskStays() {
    SaliencyMask outer =
        new SaliencyMask(new SaliencyMask(new FineTune(Runs.fewEpochs()), 0.5), 0.5);
    SaliencyMask narrow = new SaliencyMask(new FineTune(Runs.fewEpochs()), 0.5);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(outer, network, data))
          .isEqualTo(Runs.weightsAfter(narrow, network, data));
      try (Mask wide =
              new SaliencyMask(narrow.inner(), 0.9).mask(UnlearningTask.of(network, data));
          Mask least = Mask.of(wide.kept().logicalNot())) {
        UnlearningTask task = UnlearningTask.of(network, data).withMask(least);
        try (Mask none = narrow.mask(task)) {
          assertThat(none.count()).isZero();
        }
        assertThatIllegalArgumentException()
            .isThrownBy(() -> narrow.unlearn(task))
            .withMessageContaining("the mask leaves no parameter free, so nothing could change");
      }
    }
  }
}
