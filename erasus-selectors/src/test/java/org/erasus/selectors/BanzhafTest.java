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

class BanzhafTest implements SelectorContract {
  @Override
  public Selector selector() {
    return Banzhaf.DEFAULTS.withSampling(Sampling.exactly(64));
  }

  /** Half of the rows are enough for a mean of each class; a nearest neighbour of a wrong class is wrong in any set. */
  @Test
  void rowsOfAWrongClassAreWorthLeast() {
    try (Planted planted = new Planted(48, 60, 3);
        Network network = planted.identity()) {
      SelectionTask task = new SelectionTask(network, planted.data.retain(), 48, 0);
      Selector selector =
          Banzhaf.DEFAULTS
              .withUtility(
                  TargetAccuracy.DEFAULTS.withClassifier(
                      new FeatureClassifier.NearestNeighbours(1)))
              .withSampling(Sampling.exactly(4000));
      assertThat(planted.wrongLower(selector.select(task))).isGreaterThan(0.9);
    }
  }

  @Test
  void aChoiceMadeBeforeTheValuesSettledSaysSo() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 5, 0);
      Selector ruled = Banzhaf.DEFAULTS.withSampling(new Sampling(64, 64, 0.1));
      assertThat(ruled.select(task).madeBy())
          .isEqualTo("banzhaf (not converged after 64 samples) top 5");
      assertThat(selector().select(task).madeBy())
          .as("exactly 64 were asked for")
          .isEqualTo("banzhaf top 5");
    }
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Banzhaf.DEFAULTS.withSampling(Sampling.exactly(63)))
        .withMessage("sampling.atLeast must be at least 64, but was 63");
    Selector other = Banzhaf.DEFAULTS.withSampling(Sampling.exactly(70));
    assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
  }
}
