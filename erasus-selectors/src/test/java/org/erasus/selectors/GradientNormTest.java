package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.List;
import org.erasus.Batch;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientNormTest implements SelectorContract {
  @TempDir Path folder;

  @Override
  public Selector selector() {
    return GradientNorm.DEFAULTS;
  }

  /** The slow, obviously right way: a backward pass for each row over all parameters. */
  @Test
  void scoresAreTheNormsOfSingleBackwardPasses() {
    for (boolean pictures : new boolean[] {false, true}) {
      try (UnlearningDataset data = pictures ? Toys.pictures(1) : Toys.clouds(1);
          Network network =
              Toys.train(pictures ? Toys.convolution(1) : Toys.perceptron(1), data, 1)) {
        Rows rows = data.forget();
        double[] scores = GradientNorm.DEFAULTS.score(Probe.of(network, rows));
        for (int i = 0; i < rows.size(); i++) {
          try (Batch batch = rows.take(i).load(network.device());
              GradMode on = GradMode.on()) {
            NDArray loss =
                TorchOps.crossEntropy(
                    network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
            double norm = TorchOps.flatGradient(loss, network.trainable()).norm().getFloat();
            assertThat(scores[i]).isCloseTo(norm, offset(1e-4 * norm + 1e-7));
          }
        }
      }
    }
  }

  /** Against a backward pass for each row, of which the parts of the named layers are taken. */
  @Test
  void scoresOfNamedLayersAreTheNormsOverTheirParametersAlone() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1)) {
      Rows rows = data.forget();
      List<String> layers = network.layerNames();
      assertThat(layers.size()).isGreaterThan(1);
      for (String layer : layers) {
        double[] scores =
            GradientNorm.DEFAULTS.withLayers(List.of(layer)).score(Probe.of(network, rows));
        for (int i = 0; i < rows.size(); i++) {
          double norm = norm(network, rows.take(i), layer);
          assertThat(scores[i])
              .as("%s, row %d", layer, i)
              .isCloseTo(norm, offset(1e-4 * norm + 1e-7));
        }
      }
      assertThat(GradientNorm.DEFAULTS.withLayers(layers).score(Probe.of(network, rows)))
          .containsExactly(GradientNorm.DEFAULTS.score(Probe.of(network, rows)), offset(1e-6));
    }
  }

  private static double norm(Network network, Rows row, String layer) {
    try (Batch batch = row.load(network.device());
        GradMode on = GradMode.on()) {
      NDArray loss =
          TorchOps.crossEntropy(network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
      float[] gradient = TorchOps.flatGradient(loss, network.trainable()).toFloatArray();
      double sum = 0;
      for (WeightLayout.Tensor tensor : network.layout().trainable()) {
        for (long at = tensor.offset(); at < tensor.offset() + tensor.size(); at++) {
          double value = gradient[Math.toIntExact(at)];
          sum += tensor.path().equals(layer) ? value * value : 0;
        }
      }
      return Math.sqrt(sum);
    }
  }

  @Test
  void aLayerThatIsNotThereIsRefusedWithThoseThatAre() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Probe probe = Probe.of(network, data.forget());
      assertThatThrownBy(() -> GradientNorm.DEFAULTS.withLayers(List.of("no-such")).score(probe))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "no trainable layer \"no-such\"; known: " + network.layerNames().get(0));
    }
  }

  @Test
  void mislabelledRowsScoreHigherThanOthers() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Probe probe = Probe.of(network, data.retain());
      double[] scores = GradientNorm.DEFAULTS.score(probe);
      double right = 0;
      double wrong = 0;
      int rights = 0;
      int[] predicted = network.predict(data.retain());
      for (int i = 0; i < scores.length; i++) {
        if (predicted[i] == probe.labels()[i]) {
          right += scores[i];
          rights++;
        } else {
          wrong += scores[i];
        }
      }
      assertThat(wrong / (scores.length - rights)).isGreaterThan(2 * right / rights);
    }
  }

  @Test
  void scoresAreThoseOfPyTorchOverTwoCheckpoints() {
    double[] scores =
        Attribution.scores(
            GradientNorm.DEFAULTS.withCheckpoints(Attribution.checkpoints(folder)), 1);
    assertThat(scores).containsExactly(GOLDEN.numbers("/gradientNorm"), offset(1e-5));
  }
}
