package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Checkpoints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AverageTest implements StrategyContract {
  private static final FineTune FINE_TUNE = new FineTune(Runs.fewEpochs());

  @Override
  public UnlearningStrategy strategy() {
    return new Average(
        List.of(FINE_TUNE, new RandomLabel(RandomLabel.Order.SPLIT, Runs.oneStep())), 2);
  }

  /**
   * From weights 0, p = ½: a step of 0.1 down on the retain row x = 2 of class 0 is (0.1, −0.1, 0.05, −0.05), one up on the forget row
   * x = 1 of class 0 is (−0.05, 0.05, −0.05, 0.05), and their mean is (0.025, −0.025, 0, 0).
   */
  @Test
  void twoStepsByHand() {
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, 2}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      assertThat(
              Runs.weightsAfter(
                  new Average(List.of(new FineTune(Runs.oneStep()), ascent), 1), network, data))
          .containsExactly(new float[] {0.025f, -0.025f, 0, 0}, within(1e-7f));
    }
  }

  /** Fine-tuning by a step −0.1·g_r and ascent by +0.1·g_f: θ = θ₀ + ½·0.1·(g_f − g_r). */
  @Test
  void twoStrategiesMeetHalfWay() {
    FineTune descent = new FineTune(Runs.oneStep());
    GradientAscent ascent =
        GradientAscent.DEFAULTS.withoutGuard().withTarget(0).withTraining(Runs.oneStep());
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      float[] down = Runs.weightsAfter(descent, network, data);
      float[] up = Runs.weightsAfter(ascent, network, data);
      float[] mean = Runs.weightsAfter(new Average(List.of(descent, ascent), 1), network, data);
      for (int i = 0; i < mean.length; i++) {
        assertThat(mean[i]).isCloseTo((down[i] + up[i]) / 2, within(1e-6f));
      }
    }
  }

  /** The control: each copy has a seed of its own, and the mean is of them all, running statistics included. */
  @Test
  void copiesOfOneStrategyDifferAndAreAveraged() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        Unlearned mean =
            new Average(List.of(FINE_TUNE), 3)
                .unlearn(UnlearningTask.of(network, data).withSeed(4));
        Weights found = mean.network().weights()) {
      double[] parameters = new double[(int) network.layout().parameters()];
      double[] statistics = new double[(int) network.layout().statistics()];
      float[] last = {};
      long cost = 0;
      for (int j = 0; j < 3; j++) {
        long seed = new Seeds(4).of("copy", j);
        try (Unlearned copy = FINE_TUNE.unlearn(UnlearningTask.of(network, data).withSeed(seed));
            Weights weights = copy.network().weights()) {
          assertThat(weights.toFloats()).isNotEqualTo(last);
          last = weights.toFloats();
          cost += copy.record().rowsForwardBackward();
          addThird(parameters, last);
          addThird(statistics, weights.statistics().toFloatArray());
        }
      }
      assertClose(found.toFloats(), parameters);
      assertClose(found.statistics().toFloatArray(), statistics);
      assertThat(mean.record().rowsForwardBackward()).isEqualTo(cost);
    }
  }

  private static void addThird(double[] sum, float[] values) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += values[i] / 3.0;
    }
  }

  private static void assertClose(float[] found, double[] expected) {
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i])
          .isCloseTo(expected[i], within(1e-6 + 1e-6 * Math.abs(expected[i])));
    }
  }

  @Test
  void averagesAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new Average(
            List.of(
                new FineTune(GoldenRun.training(5, 0.05)),
                new NegativeGradient(0.8, 0.01, GoldenRun.training(5, 0.05)),
                GradientAscent.DEFAULTS
                    .withoutGuard()
                    .withTarget(0)
                    .withTraining(GoldenRun.training(5, 0.02))),
            2),
        "edits",
        "average");
  }

  @Test
  void maskedWeightsStayBitIdentical() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Mask head = LastLayers.mask(network, 1);
        Unlearned unlearned =
            new Average(List.of(FINE_TUNE), 3)
                .unlearn(UnlearningTask.of(network, data).withMask(head));
        Weights end = unlearned.network().weights()) {
      assertThat(end.values("hidden.weight")).isEqualTo(start.values("hidden.weight"));
      assertThat(end.values("head.weight")).isNotEqualTo(start.values("head.weight"));
    }
  }

  @Test
  void aResumedRunGivesTheSameWeights(@TempDir Path folder) {
    RunOptions kept = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder));
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned plain = strategy().unlearn(UnlearningTask.of(network, data));
        Unlearned first = strategy().unlearn(UnlearningTask.of(network, data).withOptions(kept));
        Unlearned again = strategy().unlearn(UnlearningTask.of(network, data).withOptions(kept))) {
      String expected = StrategyContract.fingerprint(plain.network());
      assertThat(StrategyContract.fingerprint(first.network())).isEqualTo(expected);
      assertThat(StrategyContract.fingerprint(again.network())).isEqualTo(expected);
      assertThat(folder.resolve("copy-4")).exists();
    }
  }

  /** Experts beside the network have weights of their own: there is nothing to average them with. */
  @Test
  void refusesCopiesWithOtherTensorsByName() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new Average(List.of(FINE_TUNE, Dexperts.DEFAULTS), 1)
                      .unlearn(UnlearningTask.of(network, data)))
          .withMessage(
              "average needs copies with the weights of the network, but dexperts gives a network with others");
    }
  }

  @Test
  void needsWhatItsStrategiesNeedAndRefusesASingleCopy() {
    assertThat(Average.DEFAULTS.needs()).containsExactly(Need.FORGET_ROWS, Need.RETAIN_ROWS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Average.DEFAULTS.withSeeds(1))
        .withMessage("number of copies, strategies times seeds, must be at least 2, but was 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Average.DEFAULTS.withStrategies(List.of()))
        .withMessage("number of strategies must be at least 1, but was 0");
  }
}
