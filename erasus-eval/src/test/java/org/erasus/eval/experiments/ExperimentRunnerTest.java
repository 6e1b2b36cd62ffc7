package org.erasus.eval.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.io.Safetensors;
import org.erasus.testkit.Toys;
import org.erasus.train.Step;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentRunnerTest {
  /** No weight moves, so that what is kept is what a training began with. */
  private static final Training STILL =
      Training.DEFAULTS.withMaxEpochs(1).withLearningRate(1e-30).withBatchSize(64);

  record Descend(Training training) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  /** Else the runs of an experiment, whose means are compared, were not independent. */
  @Test
  void noReferenceBeginsAsTheOriginalOfTheNextRun(@TempDir Path folder) throws IOException {
    Laboratory toys =
        new Laboratory() {
          @Override
          public UnlearningDataset data(String name, long seed) {
            UnlearningDataset data = Toys.clouds(1);
            return data.markRetain(data.trained());
          }

          @Override
          public Network network(String name, UnlearningDataset data, long seed) {
            return Toys.perceptron(seed);
          }
        };
    Experiment experiment =
        new Experiment(
            "a",
            "clouds",
            "perceptron",
            STILL,
            Forget.fraction(0.1),
            new Descend(STILL),
            Optional.empty(),
            1,
            2,
            1);
    new ExperimentRunner(toys, folder).run(List.of(experiment));

    assertThat(weights(folder, "-retrained-1")).isNotEqualTo(weights(folder, "-original-2"));
    assertThat(weights(folder, "-retrained-1")).isNotEqualTo(weights(folder, "-original-1"));
    try (Network second = Toys.perceptron(2)) {
      assertThat(weights(folder, "-original-2")).isEqualTo(second.parameters().toFloatArray());
    }
  }

  private static float[] weights(Path folder, String end) throws IOException {
    try (var trained = Files.list(folder.resolve("trained"))) {
      Path kept = trained.filter(p -> p.toString().endsWith(end)).findFirst().orElseThrow();
      return Safetensors.read(kept.resolve("run.safetensors")).tensor("parameters").toFloats();
    }
  }
}
