package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.erasus.testkit.Toys;
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
