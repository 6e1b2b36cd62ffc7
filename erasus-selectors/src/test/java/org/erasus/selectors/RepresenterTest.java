package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import java.util.Arrays;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.engine.TorchOps;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class RepresenterTest implements SelectorContract {
  private static final Golden GOLDEN = Golden.load(RepresenterTest.class, "influence");

  @Override
  public Selector selector() {
    return Representer.DEFAULTS;
  }

  /** NumPy's values at the optimum, which add up to what the network says of the targets' classes, as the theorem has it. */
  @Test
  void atTheOptimumTheValuesAddUpToTheLogits() {
    double decay = GOLDEN.number("/logistic/decay");
    try (UnlearningDataset data = InfluenceTest.logisticData();
        Network network = InfluenceTest.logistic()) {
      Representer representer = new Representer(decay / 2, Mark.UNSEEN);
      double[] found = InfluenceTest.scores(representer, network, data.trained());
      assertThat(found).containsExactly(GOLDEN.numbers("/logistic/representer"), within(1e-5));
      assertThat(Arrays.stream(found).sum())
          .isCloseTo(GOLDEN.number("/logistic/logit"), within(1e-4));
    }
  }

  /**
   * Trained rows x = 1 and x = −1 of class 0, target rows x = 2 of class 0 and x = 3 of class 1, weights and bias 0, so p = ½, and λ
   * = ½: α = ±½/(2·½·2) = ±¼ and f = (x, 1). For x = 1: (¼·(2 + 1) − ¼·(3 + 1))/2 = −⅛; for x = −1: (¼·(1 − 2) − ¼·(1 − 3))/2 =
   * ⅛. Without the bias: −⅛ and ⅛; with logits halved, half of f each: −1/32 and 1/32.
   */
  @Test
  void valuesAreDerivedByHand() {
    double[] expected = {-0.125, 0.125};
    assertValues(new Sequential().add(new Linear(2)), 4, expected);
    assertValues(
        new SequentialBlock()
            .add(ai.djl.nn.core.Linear.builder().setUnits(2).optBias(false).build()),
        2,
        expected);
  }

  /** The 1 for the bias: x = 1 of class 0 against a target x = 0 of class 0 is ¼·(0 + 1), without a bias 0. */
  @Test
  void aBiasCountsAsAFeatureOfOne() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[] {1, -1}, new Shape(1), new int[2], 2)
                .withUnseen(new float[] {0}, new int[1]);
        Network with = zero(new Sequential().add(new Linear(2)), 4);
        Network scaled =
            zero(new Sequential().add(new Linear(2)).apply(z -> TorchOps.scale(z, 0.5)), 4);
        Network without =
            zero(
                new SequentialBlock()
                    .add(ai.djl.nn.core.Linear.builder().setUnits(2).optBias(false).build()),
                2)) {
      Representer representer = new Representer(0.5, Mark.UNSEEN);
      assertThat(InfluenceTest.scores(representer, with, data.trained()))
          .containsExactly(new double[] {0.25, 0.25}, within(1e-6));
      assertThat(InfluenceTest.scores(representer, without, data.trained()))
          .containsExactly(new double[] {0, 0}, within(1e-6));
      try (Weights moved = Weights.of(scaled.layout(), new float[] {0, 0, 1, 1}, new float[0])) {
        scaled.restore(
            moved); // the same p, and outputs that tell the scale: f is halved, so is z by it
      }
      assertThat(InfluenceTest.scores(representer, scaled, data.trained()))
          .containsExactly(new double[] {0.0625, 0.0625}, within(1e-6));
    }
  }

  private static Network zero(ai.djl.nn.Block block, int size) {
    Network network = Network.of(block, new Shape(1), 1);
    try (Weights weights = Weights.of(network.layout(), new float[size], new float[0])) {
      network.restore(weights);
    }
    return network;
  }

  private static void assertValues(ai.djl.nn.Block block, int size, double[] expected) {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[] {1, -1}, new Shape(1), new int[2], 2)
                .withUnseen(new float[] {2, 3}, new int[] {0, 1});
        Network network = zero(block, size)) {
      Representer representer = new Representer(0.5, Mark.UNSEEN);
      assertThat(InfluenceTest.scores(representer, network, data.trained()))
          .containsExactly(expected, within(1e-6));
    }
  }

  /** The control: rows speak for targets of their own class and against those of others. */
  @Test
  void rowsExciteTheirOwnClass() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      UnlearningDataset one =
          data.markRetain(data.trained())
              .markForget(data.trained().where(i -> i % Toys.CLASSES == 0));
      Representer ofClass = Representer.DEFAULTS.withTarget(Mark.FORGET);
      double[] own = InfluenceTest.scores(ofClass, network, one.forget());
      double[] others = InfluenceTest.scores(ofClass, network, one.retain());
      assertThat(Arrays.stream(own).min().orElseThrow()).isNotNegative();
      assertThat(Arrays.stream(others).average().orElseThrow())
          .isLessThan(-0.1 * Arrays.stream(own).average().orElseThrow());
    }
  }

  @Test
  void missingRowsAndSettingsOutOfRangeAreNamed() {
    assertThatThrownBy(() -> Representer.DEFAULTS.withL2(0))
        .hasMessage("l2 must be > 0 and finite, but was 0.0");
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () ->
                  Representer.DEFAULTS.select(
                      new SelectionTask(network, data.withoutValidation().retain(), 5, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("representer compares candidates with rows marked VALIDATION");
    }
  }
}
