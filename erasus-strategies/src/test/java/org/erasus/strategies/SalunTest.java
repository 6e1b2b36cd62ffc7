package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class SalunTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Salun.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  @Test
  void isTheSaliencyMaskOverSplitRandomLabels() {
    Salun salun = new Salun(0.5, Runs.fewEpochs());
    SaliencyMask parts =
        new SaliencyMask(new RandomLabel(RandomLabel.Order.SPLIT, Runs.fewEpochs()), 0.5);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(salun, network, data))
          .isEqualTo(Runs.weightsAfter(parts, network, data));
    }
  }

  /**
   * Weights of 0 say ½, so of the forget rows (1, 3) and (−1, 2), both of class 0, the gradients summed are ∓½·(0, 5) and ∓½·2 for
   * the biases: a third of the six weights are the two of the second column. Taught class 1, they go by 0.1·½·5/2 = 0.125; then
   * the retain row (0, 8) of class 1 has a gap of 2·8·0.125 = 2, and takes them on by 0.1·8/(1 + e²).
   */
  @Test
  void stepsByHandOnTheSalientWeightsAlone() {
    float end = (float) (0.125 + 0.8 / (1 + Math.exp(2)));
    try (UnlearningDataset data =
            Runs.rows(2, new float[] {1, 3, -1, 2, 0, 8}, new int[] {0, 0, 1}, 2);
        Network network = Runs.linear(2, 0, 0, 0, 0, 0, 0)) {
      assertThat(Runs.weightsAfter(new Salun(1 / 3.0, Runs.oneStep()), network, data))
          .containsExactly(new float[] {0, -end, 0, end, 0, 0}, within(1e-6f));
    }
  }

  /** Exactly half of the parameters may move, and with weight decay all of those do. */
  @Test
  void movesExactlyHalfOfTheParameters() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Weights start = network.weights()) {
      float[] before = start.toFloats();
      float[] after = Runs.weightsAfter(strategy(), network, data);
      assertThat(Runs.equalEntries(before, after))
          .isEqualTo(before.length - Math.round(0.5 * before.length));
    }
  }

  /** The control: the same mask over fine-tuning does not forget. */
  @Test
  void wrongLabelsRaiseTheForgetLoss() {
    Salun salun = new Salun(0.5, Runs.fewEpochs());
    SaliencyMask off = salun.parts().withInner(new FineTune(Runs.fewEpochs()));
    assertThat(Runs.after(salun, Runs::forgetLoss))
        .isGreaterThan(Runs.after(off, Runs::forgetLoss) + 0.2);
  }

  @Test
  void theRecordNamesSalunAndCountsTheMask() {
    RunRecord record = Runs.record(new Salun(0.5, Runs.oneStep()));
    assertThat(record.name()).isEqualTo("salun");
    assertThat(record.recipe().strategy()).isEqualTo(new Salun(0.5, Runs.oneStep()));
    assertThat(record.reason()).contains("parameters were free");
    assertThat(record.epochs()).hasSize(1);
    // the mask's 18 rows; a step each on 18 and 162 rows; 16 of each for the gradients at the end
    assertThat(record.rowsForwardBackward()).isEqualTo(18 + 18 + 162 + 2 * 16);
  }
}
