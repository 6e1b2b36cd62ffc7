package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class El2nTest implements SelectorContract {
  @TempDir Path folder;

  @Override
  public Selector selector() {
    return El2n.DEFAULTS;
  }

  /** A network of zero weights gives p = (⅓, ⅓, ⅓), so the distance to a corner is √((⅔)² + 2(⅓)²) = √(6/9). */
  @Test
  void uniformPredictionsScoreTheRootOfTwoThirds() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(0);
      double[] scores = El2n.DEFAULTS.score(Probe.of(network, data.forget()));
      assertThat(scores).hasSize(data.forget().size());
      for (double score : scores) {
        assertThat(score).isCloseTo(Math.sqrt(6 / 9.0), offset(1e-7));
      }
    }
  }

  /** A certain and wrong prediction is at distance √2, a certain and right one at 0. */
  @Test
  void certainPredictionsScoreZeroOrTheRootOfTwo() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      network.parameters().muli(0);
      long classZero = network.layout().find("head.bias").orElseThrow().offset();
      try (NDArray bias = network.parameters().get(classZero + ":" + (classZero + 1))) {
        bias.addi(100);
      }
      Probe probe = Probe.of(network, data.forget());
      double[] scores = El2n.DEFAULTS.score(probe);
      for (int i = 0; i < scores.length; i++) {
        double expected = probe.labels()[i] == 0 ? 0 : Math.sqrt(2);
        assertThat(scores[i]).isCloseTo(expected, offset(1e-7));
      }
    }
  }

  @Test
  void scoresAreThoseOfPyTorchOverTwoCheckpoints() {
    double[] scores = Attribution.scores(new El2n(Attribution.checkpoints(folder)), 1);
    assertThat(scores).containsExactly(GOLDEN.numbers("/el2n"), offset(1e-5));
  }
}
