package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Statistics;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class EuKTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return new EuK(1, Toys.training().withMaxEpochs(2));
  }

  @Test
  void allLayersAreExactRetraining() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      assertThat(Runs.weightsAfter(new EuK(2, Runs.fewEpochs()), network, data))
          .isEqualTo(Runs.weightsAfter(new Retrain(Runs.fewEpochs()), network, data));
    }
  }

  /** The definition by hand: the last layer of a fresh network on the first of the original, then the last alone trained. */
  @Test
  void theLastLayerStartsFreshAndTheOthersStay() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(2);
      int last = (int) network.layout().trainable().get(2).offset();
      try (Network fresh = network.fresh(task.seeds().of("initial-weights"));
          Network mixed = network.copy();
          Weights original = network.weights();
          Weights random = fresh.weights()) {
        float[] values = original.toFloats();
        System.arraycopy(random.toFloats(), last, values, last, values.length - last);
        try (Weights start = Weights.of(network.layout(), values, new float[0])) {
          mixed.restore(start);
        }
        assertThat(Runs.weightsAfter(new EuK(1, Runs.fewEpochs()), network, data))
            .isEqualTo(Runs.weightsAfter(new CfK(1, Runs.fewEpochs()), mixed, data));
      }
    }
  }

  /** The control: from the original's last layer in place of a fresh one the result is another. */
  @Test
  void freshWeightsMakeADifference() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      assertThat(Runs.weightsAfter(new EuK(1, Runs.fewEpochs()), network, data))
          .isNotEqualTo(Runs.weightsAfter(new CfK(1, Runs.fewEpochs()), network, data));
    }
  }

  /** As the strategy that it is then, whether running statistics start anew or are those of the original, which stay. */
  @Test
  void allLayersAreExactRetrainingWithRunningStatistics() {
    for (Statistics statistics : List.of(Statistics.UPDATE, Statistics.FREEZE)) {
      Training training = GoldenRun.training(3, 0.05).withStatistics(statistics);
      try (UnlearningDataset data = GoldenRun.CONVOLUTION.data();
          Network network = GoldenRun.CONVOLUTION.network();
          Unlearned retrained = new Retrain(training).unlearn(UnlearningTask.of(network, data));
          Unlearned all = new EuK(3, training).unlearn(UnlearningTask.of(network, data))) {
        assertThat(StrategyContract.fingerprint(all.network()))
            .isEqualTo(StrategyContract.fingerprint(retrained.network()));
      }
    }
  }

  /** Layers that stay need the statistics they were trained with. */
  @Test
  void withFewerLayersRunningStatisticsAreThoseOfTheOriginal() {
    EuK oneLayer =
        new EuK(1, Runs.oneStep().withStatistics(Statistics.UPDATE_UNLESS_MASKED)); // one is masked
    try (UnlearningDataset data = GoldenRun.CONVOLUTION.data();
        Network network = GoldenRun.CONVOLUTION.network();
        Unlearned unlearned = oneLayer.unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.network().statistics().toFloatArray())
          .isEqualTo(network.statistics().toFloatArray());
    }
  }

  /** Fresh weights of the last layer are drawn by PyTorch's generator from the seed; statistics start with the original's. */
  @Test
  void stepsAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(
        new EuK(1, GoldenRun.training(5, 0.05).withStatistics(Statistics.UPDATE)),
        "losses",
        "eu-k");
  }

  /** The control: fresh weights alone know nothing of any row; training is what brings the retain rows back. */
  @Test
  void trainingBringsTheRetainRowsBack() {
    double before = Runs.before(Runs::retainLoss);
    Training still = Runs.fewEpochs().withLearningRate(1e-9);
    assertThat(Runs.after(new EuK(1, still), Runs::retainLoss)).isGreaterThan(before + 0.3);
    assertThat(Runs.after(new EuK(1, Runs.fewEpochs()), Runs::retainLoss)).isLessThan(before + 0.1);
  }

  @Test
  void refusesAMask() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned any = new CfK(1, Runs.oneStep()).unlearn(UnlearningTask.of(network, data));
        Mask mask = LastLayers.mask(any.network(), 1)) {
      UnlearningTask masked = UnlearningTask.of(network, data).withMask(mask);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EuK.DEFAULTS.unlearn(masked))
          .withMessageContaining("starts from fresh weights");
    }
  }
}
