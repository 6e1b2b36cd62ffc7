package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;

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

class SsdTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Ssd.DEFAULTS.withSelection(1);
  }

  /**
   * Equal rows of W make every p = (½, ½), so ∂CE/∂W = ∓½x and ∂CE/∂b = ∓½. The forget row x = 2 gives I_f(W) = ¼·4 = 1;
   * with the retain row x = 1, I_D(W) = (1 + ¼)/2 = 0.625; I_f(b) = I_D(b) = ¼. With α = 1.2, W is dampened
   * (1 > 0.75) by min(λ·0.625, 1) and b is not (0.25 < 0.3).
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 0.5, 4})
  void shrinksByTheRatioOfTheInformationWhereItIsSelected(double lambda) {
    try (UnlearningDataset data = Runs.rows(1, new float[] {2, 1}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 3, 3, 7, 7)) {
      float dampened = (float) (3 * Math.min(lambda * 0.625, 1));
      assertThat(Runs.weightsAfter(new Ssd(1.2, lambda), network, data))
          .containsExactly(dampened, dampened, 7, 7);
    }
  }

  /** Rows x = ±1 of one class: mean gradient 0, mean squared gradient ¼ in both sets, which are then equal. */
  @Test
  void squaresBeforeItAverages() {
    try (UnlearningDataset data =
            Runs.rows(1, new float[] {1, 1, 1, -1}, new int[] {0, 0, 0, 0}, 2);
        Network network = Runs.linear(1, 3, 3, 7, 7)) {
      // squared means would be ¼ on D_f and 1/16 on D, and select W
      assertThat(Runs.weightsAfter(new Ssd(1.5, 0.1), network, data)).containsExactly(3, 3, 7, 7);
    }
  }

  /** The control: when nothing is selected nothing changes; when it is, the class is forgotten and the others are not. */
  @Test
  void forgetsAClassMoreThanTheOthers() {
    double forgotten =
        Runs.after(
            new Ssd(1, 0.1),
            data -> data.markForgetClasses(0),
            (n, data) -> n.accuracy(data.forget()));
    double retained =
        Runs.after(
            new Ssd(1, 0.1),
            data -> data.markForgetClasses(0),
            (n, data) -> n.accuracy(data.retain()));
    assertThat(Runs.before((n, data) -> n.accuracy(data.markForgetClasses(0).forget())))
        .isGreaterThan(0.9);
    assertThat(forgotten).isLessThan(0.5);
    assertThat(retained).isGreaterThan(0.9);
    try (UnlearningDataset data = data();
        Network network = network(data);
        Weights start = network.weights()) {
      assertThat(Runs.weightsAfter(new Ssd(1e9, 0.5), network, data)).isEqualTo(start.toFloats());
    }
  }

  @Test
  void runningStatisticsStay() {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        Weights start = network.weights();
        Unlearned unlearned = new Ssd(1, 0.5).unlearn(UnlearningTask.of(network, data));
        Weights after = unlearned.network().weights()) {
      assertThat(after.statistics().toFloatArray()).isEqualTo(start.statistics().toFloatArray());
      assertThat(after.toFloats()).isNotEqualTo(start.toFloats());
    }
  }
}
