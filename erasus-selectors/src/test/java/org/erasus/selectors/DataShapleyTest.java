package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import java.io.IOException;
import java.util.Arrays;
import org.erasus.Coreset;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class DataShapleyTest implements SelectorContract {
  @Override
  public Selector selector() {
    return DataShapley.DEFAULTS.withSampling(new Sampling(10, 30, 0.1));
  }

  /** The worth of a set is a sum over its rows, so each is worth its own part, whatever the order. */
  @Test
  void aUtilityOfOnesOwnIsSharedOut() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Utility own =
          task ->
              chosen ->
                  Arrays.stream(task.candidates().take(chosen).ids()).mapToDouble(id -> id).sum();
      SelectionTask task = new SelectionTask(network, data.forget(), 5, 0);
      Coreset chosen = DataShapley.DEFAULTS.withUtility(own).withTolerance(0).select(task);
      assertThat(chosen.ids()).containsExactly(170, 160, 150, 140, 130);
      assertThat(chosen.score(0).orElseThrow()).isCloseTo(170, offset(1e-9));
      assertThat(chosen.madeBy()).isEqualTo("data-shapley top 5");
    }
  }

  @Test
  void aChoiceMadeBeforeTheValuesSettledSaysSo() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      Coreset chosen =
          DataShapley.DEFAULTS
              .withSampling(new Sampling(2, 2, 0.1))
              .select(new SelectionTask(network, data.forget(), 5, 0));
      assertThat(chosen.madeBy()).isEqualTo("data-shapley (not converged after 2 samples) top 5");
    }
  }

  @Test
  void rowsOfAWrongClassAreWorthLeast() {
    try (Planted planted = new Planted(48, 60, 3);
        Network network = planted.identity()) {
      SelectionTask task = new SelectionTask(network, planted.data.retain(), 48, 0);
      for (FeatureClassifier classifier :
          new FeatureClassifier[] {
            new FeatureClassifier.NearestCentroid(),
            new FeatureClassifier.NearestNeighbours(3),
            FeatureClassifier.LogisticRegression.DEFAULTS.withSteps(10)
          }) {
        Coreset all =
            DataShapley.DEFAULTS
                .withUtility(TargetAccuracy.DEFAULTS.withClassifier(classifier))
                .withSampling(Sampling.exactly(100))
                .select(task);
        assertThat(planted.wrongLower(all)).as(classifier.toString()).isGreaterThan(0.85);
      }
    }
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataShapley.DEFAULTS.withTolerance(-1))
        .withMessage("tolerance must be >= 0 and finite, but was -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sampling.DEFAULTS.withAtMost(50))
        .withMessage("atMost must be at least 100, but was 50");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sampling.DEFAULTS.withAtLeast(1))
        .withMessage("atLeast must be at least 2, but was 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sampling.DEFAULTS.withNoise(1.5))
        .withMessage("noise must be in [0.0, 1.0], but was 1.5");
    Selector other =
        DataShapley.DEFAULTS
            .withTolerance(0.2)
            .withSampling(Sampling.DEFAULTS.withNoise(0.3))
            .withUtility(
                TargetAccuracy.DEFAULTS
                    .withTarget(Mark.UNSEEN)
                    .withClassifier(new FeatureClassifier.NearestNeighbours(3)));
    assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
  }
}
