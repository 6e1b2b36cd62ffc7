package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.erasus.selectors.Attribution.GOLDEN;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlisterTest implements SelectorContract {
  @Override
  public Selector selector() {
    return Glister.DEFAULTS;
  }

  /** Validation gradients by autograd at the moved layer, round after round. */
  @ParameterizedTest
  @CsvSource({"glister,12", "glister,50", "glisterRounds,5"})
  void rowsAndGainsAreThoseOfPyTorch(String golden, int rounds) {
    Coreset chosen = Attribution.select(new Glister(Mark.UNSEEN, 0.3, rounds), 12, 1);
    assertThat(Arrays.stream(chosen.ids()).asDoubleStream().toArray())
        .containsExactly(GOLDEN.numbers("/" + golden + "/ids"));
    double[] scores =
        IntStream.range(0, 12).mapToDouble(p -> chosen.score(p).orElseThrow()).toArray();
    assertThat(scores).containsExactly(GOLDEN.numbers("/" + golden + "/scores"), offset(2e-6));
  }

  /**
   * Zero weights, one target of class 1: the only gradients are those of the bias, ±(½, −½). A row of class 1 gains η·½; the
   * step moves the target's p(1) to σ(η), so that the next gains η·(1 − σ(η)), and so on with σ(t·η).
   */
  @Test
  void gainsFallAsTheTargetIsLearned() {
    try (UnlearningDataset data =
            UnlearningDataset.of(
                    new float[4 * Toys.WIDTH], new Shape(Toys.WIDTH), new int[] {0, 1, 1, 1}, 2)
                .withUnseen(new float[Toys.WIDTH], new int[] {1});
        Network network = Pairs.zero()) {
      double rate = 0.7;
      Coreset chosen =
          new Glister(Mark.UNSEEN, rate, 4).select(new SelectionTask(network, data.retain(), 4, 1));
      assertThat(chosen.ids()).containsExactly(1, 2, 3, 0);
      for (int t = 0; t < 3; t++) {
        double doubt = 1 / (1 + Math.exp(t * rate));
        assertThat(chosen.score(t).orElseThrow()).isCloseTo(rate * doubt, offset(1e-6));
      }
      assertThat(chosen.score(3).orElseThrow()).isNegative();
    }
  }

  @Test
  void mislabelledRowsComeLast() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        UnlearningDataset spoilt = Pairs.mislabelled(data)) {
      assertThat(Pairs.shareOfMislabelledAmongTheLower(Glister.DEFAULTS, network, spoilt))
          .isGreaterThan(0.5);
    }
  }

  @Test
  void withoutRowsToCompareWithItSaysSo() {
    try (UnlearningDataset data = data().withoutValidation();
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () -> Glister.DEFAULTS.select(new SelectionTask(network, data.retain(), 3, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("glister compares candidates with rows marked VALIDATION, but ");
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> Glister.DEFAULTS.withLearningRate(0))
        .hasMessage("learningRate must be > 0 and finite, but was 0.0");
    assertThatThrownBy(() -> Glister.DEFAULTS.withRounds(0))
        .hasMessage("rounds must be at least 1, but was 0");
  }

  /** The second row's gain is that at the weights a step on the first leads to, whatever the scale behind the last layer. */
  @Test
  void theStepMovesTheLogitsByTheScaleBehindTheLastLayer() {
    double rate = 2;
    try (UnlearningDataset data = data();
        Network network =
            Network.of(
                new Sequential().add(new Linear(Toys.CLASSES)).apply(z -> TorchOps.scale(z, 0.5)),
                new Shape(Toys.WIDTH),
                1);
        NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      Rows rows = data.retain();
      Coreset chosen =
          new Glister(Mark.VALIDATION, rate, 2).select(new SelectionTask(network, rows, 2, 1));
      NDArray first = network.lossGradient(rows.where(i -> rows.ids()[i] == chosen.id(0)), scope);
      NDArray second = network.lossGradient(rows.where(i -> rows.ids()[i] == chosen.id(1)), scope);
      network.parameters().subi(first.mul((float) rate));
      NDArray target = network.lossGradient(data.validation(), scope);
      double expected = rate * second.mul(target).sum().getFloat() / data.validation().size();
      assertThat(chosen.score(1).orElseThrow()).isCloseTo(expected, offset(1e-5));
    }
  }
}
