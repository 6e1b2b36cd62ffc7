package org.erasus.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every strategy must hold to. Implement it in the strategy's test. */
public interface StrategyContract {
  /** The strategy, in settings that change the weights of the toy network. */
  UnlearningStrategy strategy();

  /** A network trained on {@link #data}. */
  default Network network(UnlearningDataset data) {
    return Toys.train(Toys.perceptron(1), data, 1);
  }

  /** Rows with marks. */
  default UnlearningDataset data() {
    return Toys.clouds(1);
  }

  /** The same task twice gives bit-identical weights. */
  @Test
  default void sameSeedGivesTheSameWeights() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned once = strategy().unlearn(UnlearningTask.of(network, data).withSeed(5));
        Unlearned again = strategy().unlearn(UnlearningTask.of(network, data).withSeed(5))) {
      assertThat(fingerprint(again.network())).isEqualTo(fingerprint(once.network()));
    }
  }

  /** The result differs from the original, which stays as it was. */
  @Test
  default void changesACopyAndLeavesTheOriginal() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      String before = fingerprint(network);
      try (Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data))) {
        assertThat(fingerprint(network)).isEqualTo(before);
        assertThat(fingerprint(unlearned.network())).isNotEqualTo(before);
      }
    }
  }

  /** A need that is not met is named before any work. */
  @Test
  default void namesTheDataItMisses() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      for (Need need : strategy().needs()) {
        UnlearningDataset without =
            switch (need) {
              case FORGET_ROWS -> data.markRetain(data.forget());
              case RETAIN_ROWS -> data.markForget(data.retain());
              case VALIDATION_ROWS -> data.withoutValidation();
              case WHOLE_CLASSES -> data.markRetain(data.forget().first(1));
              case TRAINING_HISTORY -> data;
            };
        assertThatThrownBy(() -> strategy().unlearn(UnlearningTask.of(network, without)))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(strategy().displayName())
            .hasMessageContaining(need.what());
      }
    }
  }

  /** The recipe of the run, written and read, gives the same weights again. */
  @Test
  default void aSavedRecipeRunsAgain(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("recipe.json");
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned once = strategy().unlearn(UnlearningTask.of(network, data).withSeed(3))) {
      once.record().recipe().save(file);
      Recipe read = Recipe.load(file);
      assertThat(Json.write(read)).isEqualTo(Json.write(once.record().recipe()));
      try (Unlearned again = read.run(network, data, RunOptions.DEFAULTS)) {
        assertThat(fingerprint(again.network())).isEqualTo(fingerprint(once.network()));
      }
    }
  }

  /** The digest of a network's weights. */
  static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }
}
