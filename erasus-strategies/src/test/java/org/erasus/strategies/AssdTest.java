package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssdTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Assd.DEFAULTS;
  }

  /** numpy.percentile([1, 2, 4, 8], 90) = 4 + 0.7·(8 − 4); no rows to forget leave out nothing, all rows log 101 percent. */
  @Test
  void percentileIsByTheShareOfRows() {
    assertThat(Dampening.quantile(new float[] {1, 2, 4, 8}, 90)).isCloseTo(6.8, within(1e-9));
    assertThat(Dampening.quantile(new float[] {1, 2, 4, 8}, 100)).isEqualTo(8);
    assertThat(Dampening.percentile(0)).isEqualTo(100);
    assertThat(Dampening.percentile(0.1)).isCloseTo(100 - Math.log(11), within(1e-12));
    assertThat(Dampening.percentile(1e60)).isZero();
  }

  /**
   * Equal rows of W make p = (½, ½), so squared gradients are ¼x² and ¼. Of thirteen inputs the forget row has (2, 1, …), the
   * retain row (0, 1, …): I_f/I_D is 2 for the two weights of the first input, 1 for the 26 other parameters. The percentile of
   * half the rows, 100 − log 51, is at 25.94 of 0 to 27, between a ratio of 1 and the first of 2, so α = 1.94, and the
   * two weights are dampened by λ·½.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5, 4})
  void dampensWhatIsAboveThePercentile(double lambda) {
    float[] x = new float[26];
    float[] weights = new float[28];
    Arrays.fill(x, 1);
    Arrays.fill(weights, 3);
    x[0] = 2;
    x[13] = 0;
    try (UnlearningDataset data = Runs.rows(13, x, new int[] {0, 0}, 1);
        Network network = Runs.linear(13, weights)) {
      weights[0] = (float) (3 * Math.min(lambda / 2, 1));
      weights[13] = weights[0];
      assertThat(Runs.weightsAfter(new Assd(lambda), network, data)).isEqualTo(weights);
    }
  }

  @Test
  void dampensAsPyTorch() {
    GoldenRun.CONVOLUTION.assertEqualToPyTorch(new Assd(0.1), "edits", "assd");
  }

  /** The control: of 195 parameters log(1 + 100·18/180) = 2.4 percent, 5, are shrunk, and the forget rows fare worse. */
  @Test
  void dampensAsManyAsThePercentileSays() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Unlearned unlearned = Assd.DEFAULTS.unlearn(UnlearningTask.of(network, data));
        Weights end = unlearned.network().weights()) {
      assertThat(unlearned.record().reason()).contains("5 parameters were dampened");
      assertThat(Runs.equalEntries(start.toFloats(), end.toFloats())).isEqualTo(190);
      assertThat(Runs.forgetLoss(unlearned.network(), data))
          .isGreaterThan(Runs.forgetLoss(network, data));
      assertThat(unlearned.record().rowsForwardBackward()).isEqualTo(180 + 18);
    }
  }

  @Test
  void refusesADampeningOfZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Assd.DEFAULTS.withDampening(0))
        .withMessage("dampening must be > 0 and finite, but was 0.0");
  }
}
