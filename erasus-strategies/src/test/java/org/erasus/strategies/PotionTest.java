package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class PotionTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Potion.DEFAULTS.withShare(0.6);
  }

  @Test
  void endsWhereItDoesInPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(Potion.DEFAULTS.withShare(0.8), "edits", "potion");
  }

  /**
   * z = (w₀x + b₀, w₁x + b₁), and ∂‖z‖/∂w_c = z_c x/‖z‖, ∂‖z‖/∂b_c = z_c/‖z‖. Of four weights the percentile lies between the two
   * largest ratios, so the first try takes the one of the largest: the slope of class 1, as the forget row is the largest row
   * and the part of class 1 in ‖z‖ grows with it. s₀ = (1/3)/25, so the percentile is 100 − log(1 + 100/75).
   */
  @Test
  void theFirstTryDampensTheWeightOfTheLargestRatio() {
    float[] x = {2, 1, 0.5f};
    double[] theta = {3, 4, 2, -1};
    double[] ofForget = sensitivity(theta, x[0]);
    double[] ofAll = new double[4];
    for (float row : x) {
      double[] ofRow = sensitivity(theta, row);
      for (int i = 0; i < 4; i++) {
        ofAll[i] += ofRow[i] / 3;
      }
    }
    int largest = 1;
    for (int i = 0; i < 4; i++) {
      assertThat(ofForget[i] / ofAll[i]).isLessThanOrEqualTo(ofForget[largest] / ofAll[largest]);
    }
    float[] expected = {3, (float) (4 * ofAll[1] / ofForget[1]), 2, -1};
    assertThat(expected[1]).isLessThan(3);
    try (UnlearningDataset data = Runs.rows(1, x, new int[] {1, 0, 1}, 1);
        Network network = Runs.linear(1, 3, 4, 2, -1);
        Unlearned unlearned =
            Potion.DEFAULTS.withTries(1).unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.network().parameters().toFloatArray())
          .containsExactly(expected, within(1e-5f));
      assertThat(100 - Math.log(1 + 100 / 75.0)).isBetween(99.145, 99.155);
      assertThat(unlearned.record().reason()).contains("try 1, percentile 99.15:");
    }
  }

  /** |∂‖z‖/∂(w₀, w₁, b₀, b₁)| of a row. */
  private static double[] sensitivity(double[] theta, double x) {
    double a = theta[0] * x + theta[2];
    double b = theta[1] * x + theta[3];
    double norm = Math.hypot(a, b);
    return new double[] {
      Math.abs(a * x) / norm, Math.abs(b * x) / norm, Math.abs(a) / norm, Math.abs(b) / norm
    };
  }

  /** The control: the accuracy is at most the share asked for, and one try less would not have done. */
  @Test
  void stopsAtTheFirstTryThatForgets() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      UnlearningDataset marked = data.markForgetClasses(0);
      UnlearningTask task = UnlearningTask.of(network, marked);
      double before = network.accuracy(marked.forget());
      Potion some = Potion.DEFAULTS.withShare(0.8);
      try (Unlearned unlearned = some.unlearn(task)) {
        assertThat(unlearned.network().accuracy(marked.forget())).isLessThanOrEqualTo(0.8 * before);
        int tries =
            Integer.parseInt(unlearned.record().reason().replaceAll(".*try (\\d+),.*", "$1"));
        assertThat(tries).isGreaterThan(1);
        assertThat(unlearned.record().rowsForward())
            .isEqualTo((tries + 1L) * marked.forget().size());
        try (Unlearned oneLess = some.withTries(tries - 1).unlearn(task)) {
          assertThat(oneLess.network().accuracy(marked.forget())).isGreaterThan(0.8 * before);
          assertThat(oneLess.record().reason())
              .contains("try " + (tries - 1) + ",")
              .contains("more than the share asked for");
        }
      }
    }
  }

  /** The accuracy that counts is that of the weights as the mask leaves them. */
  @Test
  void searchesUnderAMask() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Mask head = LastLayers.mask(network, 1)) {
      UnlearningDataset marked = data.markForgetClasses(0);
      double before = network.accuracy(marked.forget());
      try (Unlearned unlearned =
              Potion.DEFAULTS
                  .withShare(0.9)
                  .unlearn(UnlearningTask.of(network, marked).withMask(head));
          Weights end = unlearned.network().weights()) {
        assertThat(unlearned.network().accuracy(marked.forget())).isLessThanOrEqualTo(0.9 * before);
        assertThat(end.values("hidden.weight")).isEqualTo(start.values("hidden.weight"));
        assertThat(end.values("head.weight")).isNotEqualTo(start.values("head.weight"));
      }
    }
  }

  /** Weights of 0 have no gradient anywhere: ‖z‖ is 0 in every row. */
  @Test
  void refusesANetworkWithoutGradients() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      assertThatThrownBy(() -> Potion.DEFAULTS.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no parameter matters");
    }
  }

  @Test
  void refusesAShareOfOneAndAStepThatDoesNotGrow() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Potion.DEFAULTS.withShare(1))
        .withMessageStartingWith("share must be in [0.0, ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Potion.DEFAULTS.withStep(1))
        .withMessage("step must be in (1.0, Infinity), but was 1.0");
  }
}
