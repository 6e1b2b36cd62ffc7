package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.training.ParameterStore;
import java.util.stream.IntStream;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

/** From a model of DJL to a network and back. */
class DjlModelTest {
  private static final Shape ROW = new Shape(4);

  private static Model model() {
    Model model = Model.newInstance("mine");
    model.setBlock(
        new SequentialBlock()
            .add(Linear.builder().setUnits(8).build())
            .add(BatchNorm.builder().build())
            .add(Activation.reluBlock())
            .add(Linear.builder().setUnits(3).build()));
    model.getBlock().initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1).addAll(ROW));
    return model;
  }

  private static UnlearningDataset data() {
    float[] x = new float[12 * 4];
    IntStream.range(0, x.length).forEach(i -> x[i] = (float) Math.sin(i));
    return UnlearningDataset.of(x, ROW, IntStream.range(0, 12).map(i -> i % 3).toArray(), 3);
  }

  /** What DJL itself computes with the model's own weights. */
  private static float[] byDjl(Model model, UnlearningDataset data) {
    try (NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off();
        Batch batch = data.rows().load(Device.cpu())) {
      return model
          .getBlock()
          .forward(new ParameterStore(scope, false), batch.inputs(), false)
          .singletonOrThrow()
          .toFloatArray();
    }
  }

  private static float[] byUs(Network network, UnlearningDataset data) {
    float[][] logits = network.logits(data.rows());
    float[] all = new float[12 * 3];
    for (int i = 0; i < 12; i++) {
      System.arraycopy(logits[i], 0, all, 3 * i, 3);
    }
    return all;
  }

  /** Running statistics included: batches move them. */
  @Test
  void theModelAnswersAsTheNetworkWhoseWeightsItWasGivenAndNotBefore() {
    try (Model model = model();
        UnlearningDataset data = data();
        Network network = Network.from(model, ROW);
        Network trained = network.copy()) {
      float[] before = byDjl(model, data);
      assertThat(byUs(network, data)).containsExactly(before, offset(1e-5f));
      new Supervised(Training.DEFAULTS.withLearningRate(0.1)).train(trained, data, 1);
      assertThat(byDjl(model, data)).as("left alone").isEqualTo(before);

      trained.applyTo(model);
      float[] after = byDjl(model, data);
      assertThat(after).containsExactly(byUs(trained, data), offset(1e-5f));
      assertThat(Math.abs(after[0] - before[0])).isGreaterThan(0.01f);
      assertThat(byUs(network, data)).as("its own").containsExactly(before, offset(1e-5f));
    }
  }

  @Test
  void onlyTheModelItWasMadeFromTakesTheWeights() {
    try (Model model = model();
        Model other = model();
        Network network = Network.from(model, ROW)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.applyTo(other))
          .withMessage("model \"mine\" is not the one this network was made from");
    }
  }
}
