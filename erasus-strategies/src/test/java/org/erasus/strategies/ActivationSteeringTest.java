package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.StrategyContract;
import org.junit.jupiter.api.Test;

class ActivationSteeringTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return ActivationSteering.DEFAULTS;
  }

  /** h = x, z = (h, 0). Forget rows 1 and 3, retain rows 5 and 7: m_f = 2, v = 4, and every forget row is 1 from m_f. */
  private static float[] firstLogit(ActivationSteering strategy) {
    try (Network network = Runs.twoLayers(1, 0, 1, 0, 0, 0);
        UnlearningDataset data = Runs.rows(1, new float[] {1, 3, 5, 7}, new int[] {0, 1, 0, 1}, 2);
        Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data))) {
      float[][] z = unlearned.network().logits(data.rows());
      return new float[] {z[0][0], z[1][0], z[2][0], z[3][0]};
    }
  }

  @Test
  void addsTheDifferenceOfMeans() {
    assertThat(firstLogit(ActivationSteering.DEFAULTS.withoutGate().withStrength(0.5)))
        .containsExactly(3, 5, 7, 9);
  }

  @Test
  void theGateLeavesRowsFarFromTheForgetRowsAsTheyAre() {
    assertThat(firstLogit(ActivationSteering.DEFAULTS.withGate(0.5).withStrength(0.5)))
        .containsExactly(3, 5, 5, 7);
  }

  /** One forget row is its own mean, at distance 0, but a wide layer rounds otherwise when it is asked among 256. */
  @Test
  void aLoneForgetRowIsSteeredHoweverManyRowsAreAskedWithIt() {
    int width = 700;
    float[] x = new float[256 * width];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) Math.sin(0.37 * i + 0.001 * (i % 97) * (i % 89));
    }
    Network network =
        Network.of(
            new Sequential().add("hidden", new Linear(width)).add("head", new Linear(2)),
            new Shape(width),
            1);
    try (network;
        UnlearningDataset data = Runs.rows(width, x, new int[256], 1);
        Unlearned gated = ActivationSteering.DEFAULTS.unlearn(UnlearningTask.of(network, data));
        Unlearned all =
            ActivationSteering.DEFAULTS.withoutGate().unlearn(UnlearningTask.of(network, data))) {
      float[] steered = all.network().logits(data.forget())[0];
      assertThat(Math.abs(steered[0] - network.logits(data.forget())[0][0])).isGreaterThan(0.01f);
      assertThat(gated.network().logits(data.forget())[0]).containsExactly(steered, within(1e-4f));
      assertThat(gated.network().logits(data.rows())[0]).containsExactly(steered, within(1e-4f));
      assertThat(gated.network().logits(data.retain()))
          .isDeepEqualTo(network.logits(data.retain()));
    }
  }

  @Test
  void saysTheSameAsPyTorch() {
    ActivationSteering atNormalisation =
        ActivationSteering.DEFAULTS.withLayer("1").withStrength(20);
    GoldenRun.CONVOLUTION.assertSaysTheSame(atNormalisation.withoutGate(), "layers", "steering");
    GoldenRun.CONVOLUTION.assertSaysTheSame(
        atNormalisation.withGate(0.5), "layers", "steering-gated");
  }

  @Test
  void theBaseIsTheOriginalBitForBitAndTheSteeringIsCopiedToo() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data));
        Network copy = unlearned.network().copy();
        Network base = copy.part("base")) {
      assertThat(StrategyContract.fingerprint(base))
          .isEqualTo(StrategyContract.fingerprint(network));
      assertThat(copy.logits(data.rows()))
          .isDeepEqualTo(unlearned.network().logits(data.rows()))
          .isNotEqualTo(network.logits(data.rows()));
      assertThat(copy.layerNames()).containsExactly("hidden", "head");
    }
  }

  /** The control: a push of nearly no strength changes nothing. */
  @Test
  void thePushIsWhatMakesItForget() {
    double before = Runs.before(Runs::forgetLoss);
    ActivationSteering all = ActivationSteering.DEFAULTS.withoutGate();
    assertThat(Runs.after(all.withStrength(1e-9), Runs::forgetLoss))
        .isCloseTo(before, within(1e-5));
    try (UnlearningDataset data = Runs.cloudsWithoutAClass();
        Network network = network(data);
        Unlearned unlearned = all.withStrength(2).unlearn(UnlearningTask.of(network, data))) {
      assertThat(network.accuracy(data.forget())).isGreaterThan(0.7);
      assertThat(unlearned.network().accuracy(data.forget()))
          .isLessThan(network.accuracy(data.forget()) - 0.4);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivationSteering.DEFAULTS.withGate(0))
        .withMessageStartingWith("gate must be in [");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ActivationSteering.DEFAULTS.withStrength(0))
        .withMessage("strength must be > 0 and finite, but was 0.0");
    try (UnlearningDataset data = data();
        Network network = network(data);
        UnlearningDataset two = Runs.rows(1, new float[] {1, 2}, new int[] {0, 1}, 1);
        Network single = Runs.linear(1, 1, -1, 0, 0)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  ActivationSteering.DEFAULTS
                      .withLayer("hiden")
                      .unlearn(UnlearningTask.of(network, data)))
          .withMessage("the network has no layer \"hiden\"; known: hidden, head");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(single, two)))
          .withMessageStartingWith("the network has no layer before the last");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> network.steered("hidden", new float[3]))
          .withMessage(
              "the direction must have a value for each of the 16 units of hidden, but has 3");
    }
  }
}
