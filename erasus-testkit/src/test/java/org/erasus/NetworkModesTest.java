package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.util.Arrays;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.Statistics;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batch statistics: a tenth of the batch's mean and unbiased variance, and nothing outside training. */
class NetworkModesTest {
  /** The input itself is normalised, so the statistics of a batch can be read off the rows. */
  private static Network network(boolean ours) {
    Block block =
        ours
            ? new Sequential()
                .add("bn", new BatchNorm2d())
                .apply(TorchOps::globalAverage)
                .add("head", new Linear(3))
            : new SequentialBlock()
                .add(ai.djl.nn.norm.BatchNorm.builder().build())
                .add(Activation::relu)
                .add(x -> new ai.djl.ndarray.NDList(TorchOps.globalAverage(x.singletonOrThrow())))
                .add(ai.djl.nn.core.Linear.builder().setUnits(3).build());
    return Network.of(block, new Shape(2, 2, 2), 1);
  }

  private static float[] statistics(Network network) {
    return network.statistics().toFloatArray();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyTrainingMovesTheStatisticsByATenth(boolean ours) {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = network(ours)) {
      Rows rows = data.trained().first(20);
      float[] x;
      try (Batch batch = rows.load(network.device())) {
        x = batch.inputs().singletonOrThrow().toFloatArray();
      }
      assertThat(statistics(network)).containsExactly(0, 0, 1, 1);
      for (boolean record : new boolean[] {true, false}) {
        forward(network, rows, Network.Mode.EVALUATE, record);
        forward(network, rows, Network.Mode.TRAIN_FIXED_STATISTICS, record);
        assertThat(statistics(network)).containsExactly(0, 0, 1, 1);
      }
      float[] expected = {0, 0, 1, 1};
      for (int pass = 0; pass < 3; pass++) {
        forward(network, rows, Network.Mode.TRAIN, pass == 1);
        for (int c = 0; c < 2; c++) {
          double sum = 0;
          double squares = 0;
          for (int i = 0; i < x.length; i++) {
            if (i / 4 % 2 == c) {
              sum += x[i];
              squares += (double) x[i] * x[i];
            }
          }
          int n = x.length / 2;
          double mean = sum / n;
          expected[c] = (float) (0.9 * expected[c] + 0.1 * mean);
          expected[2 + c] =
              (float) (0.9 * expected[2 + c] + 0.1 * (squares - n * mean * mean) / (n - 1));
        }
        assertThat(statistics(network)).containsExactly(expected, within(1e-5f));
      }
    }
  }

  /** With fixed statistics a row's logits do not depend on the rows beside it; with the batch's they do. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fixedStatisticsKeepRowsApart(boolean ours) {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = network(ours)) {
      for (Network.Mode mode : Network.Mode.values()) {
        float[] beside = forward(network, data.trained().first(8), mode, false);
        float[] others =
            forward(network, data.trained().take(0, 9, 10, 11, 12, 13, 14, 15), mode, false);
        boolean same = Arrays.equals(Arrays.copyOf(beside, 3), Arrays.copyOf(others, 3));
        assertThat(same).as(mode.toString()).isEqualTo(mode != Network.Mode.TRAIN);
      }
    }
  }

  /** One value of a channel has no variance, as in a last batch of one row: the running one would be NaN from then on. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBatchOfOneValueIsRefusedBeforeTheStatisticsMove(boolean ours) {
    Shape row = ours ? new Shape(2, 1, 1) : new Shape(2);
    Block block =
        ours
            ? new Sequential()
                .add("bn", new BatchNorm2d())
                .apply(TorchOps::globalAverage)
                .add("head", new Linear(3))
            : new SequentialBlock()
                .add(ai.djl.nn.core.Linear.builder().setUnits(4).build())
                .add(ai.djl.nn.norm.BatchNorm.builder().build())
                .add(ai.djl.nn.core.Linear.builder().setUnits(3).build());
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[] {1, 2, 4, 8, 3, 5}, row, new int[] {0, 1, 2}, 3);
        Network network = Network.of(block, row, 1)) {
      Supervised pairs = new Supervised(Toys.training().withMaxEpochs(1).withBatchSize(2));
      float[] before = statistics(network);
      for (boolean record : new boolean[] {true, false}) {
        assertRefused(() -> forward(network, data.trained().first(1), Network.Mode.TRAIN, record));
      }
      assertThat(statistics(network)).isEqualTo(before);
      assertRefused(() -> pairs.train(network, data, 1));
      Training fixed = pairs.training().withStatistics(Statistics.FREEZE);
      new Supervised(fixed).train(network, data, 1);
      new Supervised(pairs.training().withBatchSize(3)).train(network, data, 1);
      assertThat(statistics(network)).doesNotContain(Float.NaN);
    }
  }

  private static void assertRefused(ThrowingCallable action) {
    assertThatIllegalArgumentException()
        .isThrownBy(action)
        .withMessageContaining("must have 2 values or more of it, but has 1")
        .withMessageContaining("choose a batch size")
        .withMessageContaining("Statistics.FREEZE");
  }

  private static float[] forward(Network network, Rows rows, Network.Mode mode, boolean record) {
    try (GradMode grad = record ? GradMode.on() : GradMode.off();
        Batch batch = rows.load(network.device())) {
      return network.forward(batch, mode, 1).toFloatArray();
    }
  }
}
