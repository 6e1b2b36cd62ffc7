package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.erasus.Fisher;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FisherForgettingTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return FisherForgetting.DEFAULTS;
  }

  /**
   * Equal rows of W make p = (½, ½) and every squared gradient ¼x² for W and ¼ for b, whatever the class. With the retain row x = 4,
   * F(W) = 4 and F(b) = ¼, so v = 10α·(¼, ¼, 4, 4) at power 1 and 10α·(½, ½, 2, 2) at power ½. The layer is the last one.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5})
  void theVarianceIsAPowerOfTheFisherInformation(double power) {
    try (UnlearningDataset data = Runs.rows(1, new float[] {9, 4}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 3, 3, 7, 7);
        NDManager scope = EngineRuntime.newManager()) {
      NDArray fisher = Fisher.expectedDiagonal(network, data.retain(), scope);
      float[] v =
          FisherForgetting.DEFAULTS
              .withPower(power)
              .variance(UnlearningTask.of(network, data), fisher, 0.01, scope)
              .toFloatArray();
      float ofWeight = (float) Math.pow(0.25, power);
      float ofBias = (float) Math.pow(4, power);
      float[] expected = {ofWeight, ofWeight, ofBias, ofBias};
      for (int i = 0; i < 4; i++) {
        assertThat(v[i]).isCloseTo(0.1f * expected[i], within(1e-6f));
      }
    }
  }

  /** Without gradients the bounds hold: 100α·10 in the last layer; class 0, forgotten whole, has variance 1e-4 and mean 0. */
  @Test
  void aForgottenClassLosesItsRow() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 30, 30, 50, 50);
        NDManager scope = EngineRuntime.newManager()) {
      UnlearningTask task = UnlearningTask.of(network, data);
      NDArray fisher = scope.zeros(new Shape(4));
      float[] v = FisherForgetting.DEFAULTS.variance(task, fisher, 1e-5, scope).toFloatArray();
      assertThat(v).containsExactly(1e-4f, 100 * (float) 1e-4, 1e-4f, 100 * (float) 1e-4);
      float[] after = Runs.weightsAfter(FisherForgetting.DEFAULTS.withFixed(1e-9), network, data);
      assertThat(after[0]).isCloseTo(0, within(0.06f)).isNotZero();
      assertThat(after[1]).isCloseTo(30, within(0.01f));
      assertThat(after[2]).isCloseTo(0, within(0.06f)).isNotZero();
      assertThat(after[3]).isCloseTo(50, within(0.01f));
    }
  }

  @Test
  void theVariancesAreThoseOfPyTorch() {
    double[] expected = Golden.load(getClass(), "edits").numbers("/fisher-forgetting/variances");
    try (UnlearningDataset data = GoldenRun.CONVOLUTION.data();
        Network network = GoldenRun.CONVOLUTION.network();
        NDManager scope = EngineRuntime.newManager()) {
      NDArray fisher = Fisher.expectedDiagonal(network, data.retain(), scope);
      float[] v =
          FisherForgetting.DEFAULTS
              .variance(UnlearningTask.of(network, data), fisher, 1e-3, scope)
              .toFloatArray();
      assertThat(v).hasSameSizeAs(expected);
      for (int i = 0; i < v.length; i++) {
        assertThat((double) v[i]).as("%d", i).isCloseTo(expected[i], within(1e-4 * expected[i]));
      }
    }
  }

  /** Mean and variance of every weight from PyTorch, the forgotten class's row among them; the noise alone is of the seed. */
  @Test
  void theWeightsAreThoseOfPyTorchAndTheNoiseOfTheSeed() {
    Golden golden = Golden.load(getClass(), "edits");
    double[] mean = golden.numbers("/fisher-forgetting/class/mean");
    double[] variances = golden.numbers("/fisher-forgetting/class/variances");
    try (UnlearningDataset data = GoldenRun.THREE_CLASSES.data();
        Network network = GoldenRun.THREE_CLASSES.network();
        NDManager scope = EngineRuntime.newManager()) {
      UnlearningDataset marked = data.markRetain(data.trained()).markForgetClasses(1);
      float[] noise =
          FisherForgetting.noise(mean.length, new Seeds(9).of("fisher-noise", 0), scope)
              .toFloatArray();
      try (Unlearned unlearned =
              FisherForgetting.DEFAULTS
                  .withFixed(1e-3)
                  .unlearn(UnlearningTask.of(network, marked).withSeed(9));
          Weights after = unlearned.network().weights()) {
        float[] found = after.toFloats();
        assertThat(found).hasSize(mean.length);
        for (int i = 0; i < found.length; i++) {
          double expected = mean[i] + Math.sqrt(variances[i]) * noise[i];
          assertThat((double) found[i])
              .as("%d", i)
              .isCloseTo(expected, within(1e-5 + 1e-4 * Math.abs(expected - mean[i])));
        }
      }
    }
  }

  /**
   * The control: (θ − θ₀)/√v is the noise of the run's seed, and that is normal — without the noise all would be 0. Of 19,500 draws
   * the mean has a standard error of 0.007, the variance one of 0.010; a kurtosis of 3 one of 0.035.
   */
  @Test
  void theWeightsMoveByNoiseOfThatVariance() {
    double sum = 0;
    double squares = 0;
    double fourths = 0;
    int n = 0;
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        NDManager scope = EngineRuntime.newManager();
        Weights start = network.weights()) {
      FisherForgetting fixed = FisherForgetting.DEFAULTS.withFixed(1e-3);
      UnlearningTask task = UnlearningTask.of(network, data);
      NDArray fisher = Fisher.expectedDiagonal(network, data.retain(), scope);
      float[] v = fixed.variance(task, fisher, 1e-3, scope).toFloatArray();
      float[] from = start.toFloats();
      for (long seed = 0; seed < 100; seed++) {
        float[] noise =
            FisherForgetting.noise(v.length, new Seeds(seed).of("fisher-noise", 0), scope)
                .toFloatArray();
        try (Unlearned unlearned = fixed.unlearn(task.withSeed(seed));
            Weights end = unlearned.network().weights()) {
          float[] to = end.toFloats();
          for (int i = 0; i < v.length; i++) {
            double found = (to[i] - from[i]) / Math.sqrt(v[i]);
            assertThat(found).isCloseTo(noise[i], within(0.01));
            sum += found;
            squares += found * found;
            fourths += Math.pow(found, 4);
            n++;
          }
        }
      }
    }
    assertThat(sum / n).isCloseTo(0, within(0.03));
    assertThat(squares / n).isCloseTo(1, within(0.04));
    assertThat(fourths / n).isCloseTo(3, within(0.25));
  }

  @Test
  void moreNoiseForgetsMore() {
    double before = Runs.before(Runs::forgetLoss);
    assertThat(Runs.after(FisherForgetting.DEFAULTS.withFixed(1e-12), Runs::forgetLoss))
        .isCloseTo(before, within(1e-3));
    assertThat(Runs.after(FisherForgetting.DEFAULTS.withFixed(0.01), Runs::forgetLoss))
        .isGreaterThan(before + 0.3);
  }

  @Test
  void theCostIsABackwardPassForEveryClass() {
    assertThat(Runs.record(FisherForgetting.DEFAULTS.withFixed(1e-6)).rowsForwardBackward())
        .isEqualTo(3 * 162);
    assertThat(FisherForgetting.DEFAULTS.needs()).contains(Need.VALIDATION_ROWS);
    assertThat(FisherForgetting.DEFAULTS.withFixed(1).needs()).doesNotContain(Need.VALIDATION_ROWS);
  }

  @Test
  void maskedWeightsStay() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights();
        Mask head = LastLayers.mask(network, 1);
        Unlearned unlearned =
            FisherForgetting.DEFAULTS.unlearn(UnlearningTask.of(network, data).withMask(head));
        Weights end = unlearned.network().weights()) {
      assertThat(end.values("hidden.weight")).isEqualTo(start.values("hidden.weight"));
      assertThat(end.values("head.weight")).isNotEqualTo(start.values("head.weight"));
    }
  }

  @Test
  void refusesANetworkThatEndsInSomethingElse() {
    Sequential block =
        new Sequential()
            .add(Conv2d.of(3, 2, 1, 0))
            .add(new BatchNorm2d())
            .add(Conv2d.of(5, 1, 1, 0))
            .apply(x -> x.flatten(1, -1))
            .add(new Linear(3))
            .apply(x -> x.reshape(-1, 1, 1, 3))
            .add(new BatchNorm2d())
            .apply(x -> x.flatten(1, -1));
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Network.of(block, new Shape(2, 2, 2), 1)) {
      assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a row for each of its 3 classes, but")
          .hasMessageContaining("(1)");
    }
  }

  @Test
  void refusesAScaleOfZeroAndAPowerOfTwo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FisherForgetting.DEFAULTS.withScales(List.of(0.0)))
        .withMessage("scale must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FisherForgetting.DEFAULTS.withPower(2))
        .withMessageStartingWith("power must be in [");
  }
}
