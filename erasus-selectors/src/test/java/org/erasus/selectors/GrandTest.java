package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.Arrays;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrandTest implements SelectorContract {
  @TempDir Path folder;

  @Override
  public Selector selector() {
    return Grand.DEFAULTS;
  }

  /** The slow, obviously right way: a backward pass for each row, and the norm over the last layer's weights and bias. */
  @Test
  void scoresAreTheNormsOfSingleBackwardPassesByTheLastLayer() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Rows rows = data.forget();
      double[] scores = Grand.DEFAULTS.score(Probe.of(network, rows));
      int head = Math.toIntExact(network.layout().find("head.weight").orElseThrow().offset());
      int end = Math.toIntExact(network.layout().parameters());
      for (int i = 0; i < rows.size(); i++) {
        try (Batch batch = rows.take(i).load(network.device());
            GradMode on = GradMode.on()) {
          NDArray loss =
              TorchOps.crossEntropySum(
                  network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
          float[] all = TorchOps.flatGradient(loss, network.trainable()).toFloatArray();
          double sum = 0;
          for (int j = head; j < end; j++) {
            sum += (double) all[j] * all[j];
          }
          assertThat(scores[i]).isCloseTo(Math.sqrt(sum), offset(1e-4 * Math.sqrt(sum) + 1e-6));
        }
      }
    }
  }

  /** Zero weights: p = (⅓, ⅓, ⅓) and h = 0, so √(6/9)·‖[0, 1]‖. */
  @Test
  void withoutFeaturesTheBiasAloneCounts() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(0);
      for (double score : Grand.DEFAULTS.score(Probe.of(network, data.forget()))) {
        assertThat(score).isCloseTo(Math.sqrt(6 / 9.0), offset(1e-7));
      }
    }
  }

  @Test
  void scoresAreThoseOfPyTorchOverTwoCheckpoints() {
    double[] scores = Attribution.scores(new Grand(Attribution.checkpoints(folder)), 1);
    assertThat(scores).containsExactly(GOLDEN.numbers("/grand"), offset(1e-5));
  }

  @Test
  void mislabelledRowsScoreHigherThanOthers() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Rows rows = data.trained();
      double[] scores = Grand.DEFAULTS.score(Probe.of(network, rows));
      int[] predicted = network.predict(rows);
      int[] labels = rows.labels();
      double right = 0;
      double wrong = 0;
      int rights = 0;
      for (int i = 0; i < scores.length; i++) {
        if (predicted[i] == labels[i]) {
          right += scores[i];
          rights++;
        } else {
          wrong += scores[i];
        }
      }
      assertThat(Arrays.stream(scores).min().orElseThrow()).isPositive();
      assertThat(wrong / (scores.length - rights)).isGreaterThan(2 * right / rights);
    }
  }
}
