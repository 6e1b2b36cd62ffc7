package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.erasus.Coreset;
import org.erasus.ErasusUnlearner;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.testkit.Toys;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every selector of the catalogue, with what it needs at hand. */
class EverySelectorTest {
  private static final int N = 48;

  @TempDir Path folder;

  static List<String> names() {
    return Every.names();
  }

  private static UnlearningDataset rows(long[] ids) {
    float[] inputs = new float[N * Toys.WIDTH];
    int[] labels = new int[N];
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < inputs.length; i++) {
      int row = i / Toys.WIDTH;
      labels[row] = row % Toys.CLASSES;
      inputs[i] = (float) (random.nextGaussian() + (i % Toys.CLASSES == labels[row] ? 1 : 0));
    }
    return UnlearningDataset.of(inputs, new Shape(Toys.WIDTH), labels, Toys.CLASSES, ids)
        .holdOut(0.25, Mark.VALIDATION, 1);
  }

  /** The places in the data set of the rows chosen, and their scores and weights. */
  private static List<List<Double>> chosen(String name, long[] ids, Path history) {
    try (UnlearningDataset data = rows(ids);
        Network network = Every.trained(data, history)) {
      Coreset found =
          Every.selector(name, history).select(new SelectionTask(network, data.retain(), 11, 5));
      Rows rows = data.withIds(found.ids());
      return LongStream.range(0, found.size())
          .mapToInt(Math::toIntExact)
          .mapToObj(
              i -> List.of((double) rows.position(i), found.score(i).orElse(0.0), found.weight(i)))
          .toList();
    }
  }

  /** Ids count for nothing: shifted and shuffled ones name the rows at the same places, in the same order. */
  @ParameterizedTest
  @MethodSource("names")
  void theSameRowsAreChosenUnderOtherIds(String name) {
    int[] order = Seeds.permutation(N, new SplittableRandom(8));
    long[] ids = Arrays.stream(order).mapToLong(i -> 1_000_000_007L - 13L * i).toArray();
    assertThat(chosen(name, ids, folder.resolve("other")))
        .isEqualTo(chosen(name, LongStream.range(0, N).toArray(), folder.resolve("plain")));
  }

  /** What was chosen says how, in its file, too; and what it says chooses the same rows. */
  @ParameterizedTest
  @MethodSource("names")
  void aSelectionSaysHowToMakeItAgain(String name) throws IOException {
    try (UnlearningDataset data = rows(LongStream.range(0, N).toArray());
        Network network = Every.trained(data, folder)) {
      Selector selector = Every.selector(name, folder);
      SelectionTask task = new SelectionTask(network, data.retain(), 11, 5);
      Coreset chosen = selector.select(task);
      Coreset.Made made = chosen.made().orElseThrow();
      assertThat(made.selector()).isEqualTo(selector);
      assertThat(made.seed()).isEqualTo(5);
      assertThat(made.k()).isEqualTo(11);
      assertThat(made.compute()).isEqualTo(network.compute());
      Coreset read = Json.read(Json.write(chosen), Coreset.class);
      assertThat(read).isEqualTo(chosen);
      assertThat(read.made()).contains(made);
      assertThat(made.selector().select(task.withSeed(made.seed()).withK(made.k())))
          .isEqualTo(chosen);
    }
  }

  @Test
  void settingsSeedNetworkAndCandidatesAreToldApart() {
    try (UnlearningDataset data = rows(LongStream.range(0, N).toArray());
        Network network = Toys.perceptron(1);
        Network other = Toys.perceptron(2)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 4, 5);
      Coreset.Made made = made(KnnShapley.DEFAULTS, task);
      assertThat(made).isEqualTo(made(KnnShapley.DEFAULTS, task));
      assertThat(made(KnnShapley.DEFAULTS.withK(1), task)).isNotEqualTo(made);
      assertThat(made(KnnShapley.DEFAULTS, task.withSeed(6))).isNotEqualTo(made);
      assertThat(made(KnnShapley.DEFAULTS, new SelectionTask(other, data.retain(), 4, 5)).weights())
          .isNotEqualTo(made.weights());
      assertThat(
              made(KnnShapley.DEFAULTS, new SelectionTask(network, data.retain().first(9), 4, 5))
                  .candidates())
          .isNotEqualTo(made.candidates());
    }
  }

  /** By name in the facade, and found again in the recipe of the run. */
  @Test
  void theRecipeOfARunTellsHowItsRowsWereChosen() {
    try (UnlearningDataset all = rows(LongStream.range(0, N).toArray());
        Network network = Toys.perceptron(1)) {
      UnlearningDataset data = all.markForget(all.retain().first(10));
      UnlearningTask task =
          ErasusUnlearner.with(Supervised.DEFAULTS)
              .selecting(KnnShapley.DEFAULTS.withK(1), 0.5)
              .selectingRetain("stratified-random", 0.25)
              .withSeed(7)
              .task(network, data);
      Recipe recipe = Recipe.of(task, Supervised.DEFAULTS);
      Coreset.Made forget = recipe.forgetCoreset().flatMap(Coreset::made).orElseThrow();
      assertThat(forget.selector()).isEqualTo(KnnShapley.DEFAULTS.withK(1));
      assertThat(forget.seed()).isEqualTo(7);
      assertThat(forget.k()).isEqualTo(5);
      Coreset.Made retain = recipe.retainCoreset().flatMap(Coreset::made).orElseThrow();
      assertThat(retain.selector()).isEqualTo(StratifiedRandom.DEFAULTS);
    }
  }

  private static Coreset.Made made(Selector selector, SelectionTask task) {
    return selector.select(task).made().orElseThrow();
  }

  /** A lambda would not come back from a file; rows derived from others were not chosen by a selector alone. */
  @Test
  void whatCannotBeMadeAgainDoesNotSaySo() {
    try (UnlearningDataset data = rows(LongStream.range(0, N).toArray());
        Network network = Toys.perceptron(1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 4, 5);
      Selector first = wanted -> Coreset.of(wanted.candidates().first(4).ids(), "first");
      assertThat(first.select(task).made()).isEmpty();
      assertThat(new Voting(List.of(first)).select(task).made()).isEmpty();
      Coreset chosen = El2n.DEFAULTS.select(task);
      assertThat(chosen.top(2).made()).isEmpty();
      assertThat(chosen.union(chosen).made()).isEmpty();
      assertThat(chosen.withMadeBy("other words").made()).isEqualTo(chosen.made());
    }
  }
}
