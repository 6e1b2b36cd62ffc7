package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.train.Optimizer;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class DexpertsTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Dexperts.DEFAULTS.withTraining(Runs.fewEpochs());
  }

  /**
   * One row of class 0 and logits (0, 0): the anti-expert's plain step at 0.1 has gradient p − onehot = (−½, ½) for the bias,
   * and none for W as x is 0, so z⁻ = (0.05, −0.05) and z = −α z⁻.
   */
  @Test
  void takesAwayWhatTheAntiExpertLearned() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0}, new int[] {0, 1}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0);
        Unlearned unlearned =
            new Dexperts(3, Dexperts.Expertise.ORIGINAL, Runs.oneStep())
                .unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.network().logits(data.forget())[0])
          .containsExactly(new float[] {-0.15f, 0.15f}, within(1e-6f));
    }
  }

  @Test
  void saysTheSameAsPyTorch() {
    Training training = GoldenRun.training(4, 0.05);
    GoldenRun.CONVOLUTION.assertSaysTheSame(
        new Dexperts(1.5, Dexperts.Expertise.ORIGINAL, training), "layers", "dexperts");
    GoldenRun.CONVOLUTION.assertSaysTheSame(
        new Dexperts(1.5, Dexperts.Expertise.RETAIN, training), "layers", "dexperts-retain");
  }

  @Test
  void theBaseIsTheOriginalBitForBit() {
    for (Dexperts.Expertise expert : Dexperts.Expertise.values()) {
      try (UnlearningDataset data = data();
          Network network = network(data);
          Unlearned unlearned =
              Dexperts.DEFAULTS.withExpert(expert).unlearn(UnlearningTask.of(network, data));
          Network base = unlearned.network().part("base");
          Network anti = unlearned.network().part("anti")) {
        assertThat(StrategyContract.fingerprint(base))
            .isEqualTo(StrategyContract.fingerprint(network))
            .isNotEqualTo(StrategyContract.fingerprint(anti));
      }
    }
  }

  /** The control: an anti-expert that has learned nothing takes nothing away. */
  @Test
  void theAntiExpertIsWhatMakesItForget() {
    double before = Runs.before(Runs::forgetLoss);
    Dexperts ignorant =
        Dexperts.DEFAULTS.withTraining(
            Runs.oneStep().withLearningRate(1e-6).withOptimizer(Optimizer.Sgd.plain()));
    assertThat(Runs.after(ignorant, Runs::forgetLoss)).isCloseTo(before, within(1e-5));
    assertThat(Runs.after(strategy(), Runs::forgetLoss)).isGreaterThan(2 * before);
  }

  /** What is made of an expert that did not move is the original: said, not handed out as edited. */
  @Test
  void anExpertThatDoesNotMoveIsRefused() {
    Training still = Runs.oneStep().withLearningRate(0);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      for (UnlearningStrategy strategy :
          List.of(
              Dexperts.DEFAULTS.withTraining(still),
              Dexperts.DEFAULTS.withTraining(still).withExpert(Dexperts.Expertise.RETAIN),
              TaskArithmetic.DEFAULTS.withTraining(still))) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> strategy.unlearn(UnlearningTask.of(network, data)))
            .withMessageContaining("the expert did not move from the network it started from");
      }
    }
  }

  @Test
  void anExpertOnRetainRowsNeedsThem() {
    assertThat(Dexperts.DEFAULTS.needs()).containsExactly(Need.FORGET_ROWS);
    assertThat(Dexperts.DEFAULTS.withExpert(Dexperts.Expertise.RETAIN).needs())
        .contains(Need.RETAIN_ROWS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Dexperts.DEFAULTS.withScale(0))
        .withMessage("scale must be > 0 and finite, but was 0.0");
  }
}
