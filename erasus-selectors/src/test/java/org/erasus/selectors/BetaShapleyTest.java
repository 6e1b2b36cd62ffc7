package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class BetaShapleyTest implements SelectorContract {
  @Override
  public Selector selector() {
    return BetaShapley.DEFAULTS.withSampling(new Sampling(10, 30, 0.1));
  }

  @Test
  void rowsOfAWrongClassAreWorthLeast() {
    try (Planted planted = new Planted(48, 60, 3);
        Network network = planted.identity()) {
      SelectionTask task = new SelectionTask(network, planted.data.retain(), 48, 0);
      Selector selector = BetaShapley.DEFAULTS.withSampling(Sampling.exactly(400));
      assertThat(planted.wrongLower(selector.select(task))).isGreaterThan(0.85);
    }
  }

  /** Beta(1, 1) weighs all sizes alike, as the Shapley value does; so both see the same orders alike. */
  @Test
  void withBothParametersOneItIsTheShapleyValue() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      SelectionTask task = new SelectionTask(network, data.forget(), 18, 7);
      Sampling sampling = Sampling.exactly(20);
      assertThat(
              BetaShapley.DEFAULTS
                  .withAlpha(1)
                  .withBeta(1)
                  .withSampling(sampling)
                  .values(task)
                  .values())
          .containsExactly(
              DataShapley.DEFAULTS.withSampling(sampling).values(task).values(),
              org.assertj.core.api.Assertions.offset(1e-12));
    }
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BetaShapley.DEFAULTS.withAlpha(0))
        .withMessage("alpha must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BetaShapley.DEFAULTS.withBeta(-1))
        .withMessage("beta must be > 0 and finite, but was -1.0");
    Selector other = BetaShapley.DEFAULTS.withAlpha(4).withBeta(2).withTolerance(0);
    assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
  }
}
