package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.erasus.Catalog;
import org.erasus.Json;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Checkpoints;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StrategyCatalogTest {
  static Stream<String> names() {
    return Catalog.strategies().names().stream();
  }

  /** Rows that a strategy takes: one asks for whole classes. */
  private static UnlearningDataset data(String name) {
    return name.equals("unsir") ? Runs.cloudsWithoutAClass() : Toys.clouds(1);
  }

  /** What takes a network as it is; a strategy that owns the training is run in its own test. */
  static Stream<String> withoutHistory() {
    return names()
        .filter(name -> !Catalog.strategies().get(name).needs().contains(Need.TRAINING_HISTORY));
  }

  @Test
  void listsExactlyTheNamesThatNeverChange() {
    assertThat(Catalog.strategies().names())
        .isEqualTo(
            List.of(
                "retrain",
                "fine-tune",
                "gradient-ascent",
                "negative-gradient",
                "random-label",
                "saliency-mask",
                "salun",
                "scrub",
                "ssd",
                "task-arithmetic",
                "npo",
                "simnpo",
                "alt-po",
                "wga",
                "undial",
                "distillation",
                "l1-sparse",
                "bad-teacher",
                "salun-soft",
                "boundary-shrink",
                "cf-k",
                "eu-k",
                "in-sequence",
                "neg-merge",
                "amun",
                "mu-mis",
                "sfron",
                "uam",
                "rfe",
                "dexperts",
                "delta-unlearning",
                "activation-steering",
                "rmu",
                "neuron-pruning",
                "boundary-expand",
                "unsir",
                "layer-subset",
                "low-rank",
                "sisa",
                "amnesiac",
                "difficulty-groups",
                "lf-ssd",
                "assd",
                "potion",
                "fisher-forgetting",
                "influence",
                "certified-removal",
                "average",
                "auto"));
  }

  @ParameterizedTest
  @MethodSource("withoutHistory")
  void theDefaultsRunAndGiveFiniteWeights(String name) {
    try (UnlearningDataset data = data(name);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned unlearned =
            Catalog.strategies().get(name).unlearn(UnlearningTask.of(network, data));
        Weights weights = unlearned.network().weights()) {
      assertThat(weights.isFinite()).isTrue();
      assertThat(unlearned.record().name()).isEqualTo(name);
      assertThat(unlearned.record().rowsForwardBackward() + unlearned.record().rowsForward())
          .isPositive();
    }
  }

  @ParameterizedTest
  @MethodSource("withoutHistory")
  void aRunWithCheckpointsGivesTheSameWeightsAndGivesThemBack(String name, @TempDir Path folder) {
    UnlearningStrategy strategy = Catalog.strategies().get(name);
    RunOptions kept = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder));
    try (UnlearningDataset data = data(name);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned plain = strategy.unlearn(UnlearningTask.of(network, data));
        Unlearned first = strategy.unlearn(UnlearningTask.of(network, data).withOptions(kept));
        Unlearned again = strategy.unlearn(UnlearningTask.of(network, data).withOptions(kept))) {
      String expected = StrategyContract.fingerprint(plain.network());
      assertThat(StrategyContract.fingerprint(first.network())).isEqualTo(expected);
      assertThat(StrategyContract.fingerprint(again.network())).isEqualTo(expected);
    }
  }

  /** What a recipe tells of these settings is enough, down to the classes of parts. */
  @Test
  void recipesTellTheSettingsOfAllStrategiesFromOthers() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      Stream.concat(names().map(Catalog.strategies()::get), Stream.of(Supervised.DEFAULTS))
          .map(strategy -> Recipe.of(task, strategy))
          .forEach(recipe -> assertThat(recipe.identity()).isEqualTo(recipe.fingerprint()));
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void theDefaultsSurviveJson(String name) throws IOException {
    UnlearningStrategy strategy = Catalog.strategies().get(name);
    String json = Json.write(strategy);
    assertThat(json).contains("\"name\" : \"" + name + "\"");
    assertThat(Json.read(json, UnlearningStrategy.class)).isEqualTo(strategy);
  }

  @ParameterizedTest
  @MethodSource("names")
  void theDisplayNameIsTheNameInTheCatalogue(String name) {
    assertThat(Catalog.strategies().get(name).displayName()).isEqualTo(name);
  }
}
