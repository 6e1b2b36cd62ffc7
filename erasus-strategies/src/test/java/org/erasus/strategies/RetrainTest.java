package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Statistics;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
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

  /**
   * Fresh weights of 0 say ½ of every row, so a step of η = 0.1 on the retain rows 2 and 4, of classes 0 and 1, is by ½·mean(2,
   * −4) = −½ for class 0, and by 0 for the bias. Neither the weights before nor the forget row show.
   */
  @Test
  void stepsFromFreshWeightsByTheRetainRowsAlone() {
    Block head = ai.djl.nn.core.Linear.builder().setUnits(2).build();
    head.setInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT);
    try (UnlearningDataset data = Runs.rows(1, new float[] {9, 2, 4}, new int[] {0, 0, 1}, 1);
        Network network = Network.of(new Sequential().add(head), new Shape(1), 1);
        Weights trained = Weights.of(network.layout(), new float[] {5, 6, 7, 8}, new float[0])) {
      network.restore(trained);
      assertThat(Runs.weightsAfter(new Retrain(Runs.oneStep()), network, data))
          .containsExactly(new float[] {-0.05f, 0.05f, 0, 0}, within(1e-7f));
    }
  }

  /** Fresh weights by the formula of the script, in the place of drawn ones; those before are 0. */
  @Test
  void stepsAsPyTorch() {
    Block block =
        new Sequential()
            .add(ai.djl.nn.core.Linear.builder().setUnits(16).build())
            .apply(Activation::relu)
            .add(ai.djl.nn.core.Linear.builder().setUnits(3).build());
    block.setInitializer(RetrainTest::waves, Parameter.Type.WEIGHT);
    double[] expected = Golden.load(RetrainTest.class, "strategies").numbers("/retrain/parameters");
    try (UnlearningDataset data = GoldenRun.THREE_CLASSES.data();
        Network network = Network.of(block, new Shape(8), 1)) {
      network.parameters().subi(network.parameters().duplicate());
      float[] found = Runs.weightsAfter(new Retrain(GoldenRun.training(5, 0.05)), network, data);
      assertThat(found).hasSize(expected.length);
      for (int i = 0; i < found.length; i++) {
        assertThat((double) found[i]).isCloseTo(expected[i], within(1e-5));
      }
    }
  }

  private static NDArray waves(NDManager manager, Shape shape, DataType type) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.5 * Math.sin(1.7 * (i + 1) + shape.get(0)));
    }
    try (NDArray window = manager.create(values, shape)) {
      return window.duplicate();
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

  /** Nor of its running statistics, where training moves them; where it does not, they are what the network was trained by. */
  @Test
  void runningStatisticsAreTheOriginalsWhereTheyDoNotMove() {
    Training update = Runs.oneStep();
    Training freeze = update.withStatistics(Statistics.FREEZE);
    try (UnlearningDataset data = GoldenRun.CONVOLUTION.data();
        Network network = GoldenRun.CONVOLUTION.network();
        Network other = Network.of(GoldenRun.CONVOLUTION.block(), network.rowShape(), 5);
        Unlearned moved = new Retrain(update).unlearn(UnlearningTask.of(network, data));
        Unlearned same = new Retrain(update).unlearn(UnlearningTask.of(other, data));
        Unlearned frozen = new Retrain(freeze).unlearn(UnlearningTask.of(network, data))) {
      assertThat(StrategyContract.fingerprint(moved.network()))
          .isEqualTo(StrategyContract.fingerprint(same.network()));
      assertThat(frozen.network().statistics().toFloatArray())
          .isEqualTo(network.statistics().toFloatArray());
      assertThat(frozen.network().parameters().toFloatArray())
          .isNotEqualTo(network.parameters().toFloatArray());
    }
  }

  /** A frozen backbone is the same function of the rows before and after, so its statistics move as in fine-tuning. */
  @Test
  void aFrozenBackboneKeepsItsRunningStatistics() {
    Conv2d conv = Conv2d.of(6, 3, 1, 1);
    BatchNorm2d norm = new BatchNorm2d();
    conv.freezeParameters(true);
    norm.freezeParameters(true);
    Sequential block =
        new Sequential()
            .add("conv", conv)
            .add("bn", norm)
            .apply(TorchOps::globalAverage)
            .add("head", new Linear(Toys.CLASSES));
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Network.of(block, new Shape(2, 2, 2), 1), data, 1);
        Unlearned tuned = new FineTune(Runs.oneStep()).unlearn(UnlearningTask.of(network, data));
        Unlearned retrained =
            new Retrain(Runs.oneStep()).unlearn(UnlearningTask.of(network, data));
        Unlearned all = new EuK(1, Runs.oneStep()).unlearn(UnlearningTask.of(network, data))) {
      float[] expected = tuned.network().statistics().toFloatArray();
      assertThat(network.statistics().toFloatArray()).isNotEqualTo(expected);
      assertThat(retrained.network().statistics().toFloatArray()).isEqualTo(expected);
      assertThat(all.network().statistics().toFloatArray()).isEqualTo(expected);
      assertThat(retrained.network().parameters().toFloatArray())
          .isNotEqualTo(tuned.network().parameters().toFloatArray());
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
