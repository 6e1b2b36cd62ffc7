package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.erasus.Json;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.RunOptions;
import org.erasus.ScoringSelector;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.erasus.train.HistoryFolder;
import org.erasus.train.RowHistory;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forgetting events and accumulated loss, which read what a training left. */
class TrainingRecordsTest {
  @TempDir Path folder;

  /** Trains as the toys do, and leaves the history. */
  private Network trained(UnlearningDataset data) {
    Network network = Toys.perceptron(1);
    new Supervised(Toys.training())
        .train(
            network,
            data.markRetain(data.trained()),
            1,
            RunOptions.DEFAULTS.withHistory(HistoryFolder.in(folder)));
    return network;
  }

  @Nested
  class ForgettingEventsTest implements SelectorContract {
    @Override
    public Selector selector() {
      return ForgettingEvents.DEFAULTS.withHistory(folder);
    }

    @Override
    public Network network(UnlearningDataset data) {
      return trained(data);
    }
  }

  @Nested
  class AccumulatedLossTest implements SelectorContract {
    @Override
    public Selector selector() {
      return AccumulatedLoss.DEFAULTS.withHistory(folder);
    }

    @Override
    public Network network(UnlearningDataset data) {
      return trained(data);
    }
  }

  /** Never right: as many as the visits, 20, which no number of events reaches: it is at most half of them. */
  @Test
  void rowsNeverLearnedCountAsForgottenMostOften() throws IOException {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = trained(data)) {
      RowHistory history = RowHistory.load(folder);
      Probe probe = Probe.of(network, data.trained());
      double[] events = ForgettingEvents.DEFAULTS.withHistory(folder).score(probe);
      double[] losses = AccumulatedLoss.DEFAULTS.withHistory(folder).score(probe);
      long[] ids = data.trained().ids();
      assertThat(history.mostVisits()).isEqualTo(20);
      int never = 0;
      for (int i = 0; i < ids.length; i++) {
        assertThat(events[i])
            .isEqualTo(history.everLearned(ids[i]) ? history.forgettingEvents(ids[i]) : 20);
        assertThat(losses[i]).isEqualTo(history.accumulatedLoss(ids[i]));
        never += events[i] == 20 ? 1 : 0;
      }
      assertThat(never).isBetween(1, ids.length / 4);
      assertThat(Arrays.stream(events).distinct().count()).isGreaterThanOrEqualTo(3);
    }
  }

  /** Two clouds far apart, and a tenth of the rows with the other's label: nothing but the record tells them, and chance does not. */
  @Test
  void mislabelledRowsComeFirst() {
    int n = 400;
    float[] inputs = new float[n * Toys.WIDTH];
    int[] labels = new int[n];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < n; i++) {
      int truth = i % 2;
      labels[i] = i % 10 == 0 ? 1 - truth : truth;
      for (int d = 0; d < Toys.WIDTH; d++) {
        inputs[i * Toys.WIDTH + d] =
            (float) ((truth == 0 ? -1 : 1) * 0.5 + random.nextDouble() - 0.5);
      }
    }
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), labels, Toys.CLASSES);
        Network network = trained(data)) {
      for (ScoringSelector selector :
          List.of(
              ForgettingEvents.DEFAULTS.withHistory(folder),
              AccumulatedLoss.DEFAULTS.withHistory(folder))) {
        long[] first = selector.select(new SelectionTask(network, data.rows(), 40, 0)).ids();
        long found = Arrays.stream(first).filter(id -> id % 10 == 0).count();
        assertThat(found).as(selector.displayName()).isGreaterThanOrEqualTo(36);
        long byChance =
            Arrays.stream(
                    RandomRows.DEFAULTS
                        .select(new SelectionTask(network, data.rows(), 40, 0))
                        .ids())
                .filter(id -> id % 10 == 0)
                .count();
        assertThat(byChance).isLessThan(15);
      }
    }
  }

  @Test
  void withoutAHistoryNothingIsChosen() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 3, 0);
      for (ScoringSelector none : List.of(ForgettingEvents.DEFAULTS, AccumulatedLoss.DEFAULTS)) {
        assertThat(none.needs()).containsExactly(Need.TRAINING_HISTORY);
        assertThatThrownBy(() -> none.select(task))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith(
                none.displayName() + " needs the history of the training that made the network");
      }
      ScoringSelector empty = ForgettingEvents.DEFAULTS.withHistory(folder.resolve("nowhere"));
      assertThat(empty.needs()).isEmpty();
      assertThatThrownBy(() -> empty.select(task))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("forgetting-events cannot read its history: ")
          .hasMessageContaining("nowhere")
          .hasMessageContaining("is not there: train with RunOptions.withHistory");
    }
  }

  @Test
  void theHistoryOfOtherDataIsRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        UnlearningDataset other = Toys.clouds(2);
        Network network = trained(data)) {
      ScoringSelector selector = AccumulatedLoss.DEFAULTS.withHistory(folder);
      assertThatThrownBy(() -> selector.select(new SelectionTask(network, other.retain(), 3, 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("accumulated-loss has the history in ")
          .hasMessageContaining("row 1 has another class or other values than in the training");
      assertThatThrownBy(() -> selector.select(new SelectionTask(network, data.validation(), 3, 0)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not in the history, which holds 180 rows");
    }
  }

  @Test
  void settingsComeBackFromJson() throws IOException {
    for (Selector selector :
        List.of(
            ForgettingEvents.DEFAULTS.withHistory(folder),
            AccumulatedLoss.DEFAULTS,
            Voting.DEFAULTS,
            WeightedFusion.DEFAULTS,
            AutoSelector.DEFAULTS)) {
      assertThat(Json.read(Json.write(selector), Selector.class)).isEqualTo(selector);
    }
  }
}
