package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.testkit.Toys;
import org.erasus.train.Listener;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.Test;

class RecipeTest {
  private static final Supervised STRATEGY = new Supervised(Toys.training());

  @Test
  void theFingerprintTellsEveryDifference() {
    try (UnlearningDataset data = Toys.clouds(1);
        UnlearningDataset otherData = Toys.clouds(2);
        Network network = Toys.perceptron(1);
        Network fresh = network.fresh(2)) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(3);
      Coreset coreset = Coreset.of(new long[] {0, 10}, "hand");
      assertThat(
              new String[] {
                Recipe.of(task, STRATEGY).fingerprint(),
                Recipe.of(task.withSeed(4), STRATEGY).fingerprint(),
                Recipe.of(task, STRATEGY.withEpochs(21)).fingerprint(),
                Recipe.of(task, new Supervised(Toys.training().withLearningRate(0.1)))
                    .fingerprint(),
                Recipe.of(task.withNetwork(fresh), STRATEGY).fingerprint(),
                Recipe.of(UnlearningTask.of(network, otherData).withSeed(3), STRATEGY)
                    .fingerprint(),
                Recipe.of(UnlearningTask.of(network, data.markForget(1)).withSeed(3), STRATEGY)
                    .fingerprint(),
                Recipe.of(task.withForgetCoreset(coreset), STRATEGY).fingerprint(),
                Recipe.of(task.withRetainCoreset(Coreset.of(new long[] {1}, "hand")), STRATEGY)
                    .fingerprint(),
              })
          .doesNotHaveDuplicates();
      assertThat(Recipe.of(task, STRATEGY)).isEqualTo(Recipe.of(task, STRATEGY));
      assertThat(Json.write(Recipe.of(task, STRATEGY)))
          .contains("\"maxEpochs\" : 20", "\"seed\" : 3");
    }
  }

  @Test
  void theRecipeNamesTheMaskAndDoesNotRunWithoutIt() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        NDManager manager = EngineRuntime.newManager();
        Mask even = mask(manager, network, 2);
        Mask evenAgain = mask(manager, network, 2);
        Mask third = mask(manager, network, 3)) {
      UnlearningTask task = UnlearningTask.of(network, data);
      Recipe recipe = Recipe.of(task.withMask(even), STRATEGY);
      assertThat(recipe.mask()).contains(even.fingerprint());
      assertThat(Recipe.of(task.withMask(evenAgain), STRATEGY)).isEqualTo(recipe);
      assertThat(Recipe.of(task.withMask(third), STRATEGY).fingerprint())
          .isNotEqualTo(recipe.fingerprint());
      assertThat(Recipe.of(task, STRATEGY).mask()).isEmpty();
      assertThatThrownBy(() -> recipe.run(network, data, RunOptions.DEFAULTS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("under a mask made by hand");
    }
  }

  private static Mask mask(NDManager manager, Network network, int every) {
    boolean[] kept = new boolean[(int) network.layout().parameters()];
    for (int i = 0; i < kept.length; i += every) {
      kept[i] = true;
    }
    return Mask.of(manager.create(kept).duplicate());
  }

  /** The recipe computes channels last, the network does not; the network is another and the data too, so nothing runs. */
  @Test
  void aRecipeThatCannotRunLeavesTheNetworkComputingAsItDid() {
    Compute lasts = Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST);
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1);
        Network fresh = network.fresh(2)) {
      Recipe recipe = Recipe.of(UnlearningTask.of(network.compute(lasts), data), STRATEGY);
      assertThat(recipe.compute()).isEqualTo(lasts);
      assertThatThrownBy(() -> recipe.run(fresh, data, RunOptions.DEFAULTS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weights of the network")
          .message()
          .doesNotContain("compute");
      assertThat(fresh.compute()).isEqualTo(Compute.DEFAULTS);
    }
  }

  /** In the middle of the run, too. */
  @Test
  void aRunThatFailsLeavesTheNetworkComputingAsItDid() {
    Compute lasts = Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST);
    Listener failing =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            throw new UnsupportedOperationException("after a step");
          }
        };
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1)) {
      Recipe recipe = Recipe.of(UnlearningTask.of(network.compute(lasts), data), STRATEGY);
      network.compute(Compute.DEFAULTS);
      assertThatThrownBy(() -> recipe.run(network, data, RunOptions.DEFAULTS.withListener(failing)))
          .hasMessage("after a step");
      assertThat(network.compute()).isEqualTo(Compute.DEFAULTS);
    }
  }

  @Test
  void anotherDeviceIsNamed() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Recipe here = Recipe.of(UnlearningTask.of(network, data), STRATEGY);
      Recipe elsewhere =
          new Recipe(
              here.strategy(),
              here.seed(),
              here.architecture(),
              here.weights(),
              here.data(),
              here.marks(),
              here.forgetCoreset(),
              here.retainCoreset(),
              here.mask(),
              here.compute(),
              "gpu(7)",
              here.threads(),
              here.torch());
      assertThat(elsewhere.fingerprint()).isNotEqualTo(here.fingerprint());
      assertThatThrownBy(() -> elsewhere.run(network, data, RunOptions.DEFAULTS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the recipe is for something else: device is cpu() but the recipe says gpu(7)");
    }
  }

  @Test
  void anotherNetworkOrOtherRowsAreNamedTogether() {
    try (UnlearningDataset data = Toys.clouds(1);
        UnlearningDataset otherData = Toys.clouds(2);
        Network network = Toys.perceptron(1);
        Network fresh = network.fresh(2)) {
      Recipe recipe = Recipe.of(UnlearningTask.of(network, data), STRATEGY);
      assertThatThrownBy(() -> recipe.run(fresh, otherData.markForget(1), RunOptions.DEFAULTS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("weights of the network")
          .hasMessageContaining("data is")
          .hasMessageContaining("marks of the rows")
          .message()
          .doesNotContain("architecture");
    }
  }
}
