package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.erasus.Combination.MeanProbability;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class AutoSelectorTest implements SelectorContract {
  @Override
  public Selector selector() {
    return AutoSelector.DEFAULTS;
  }

  /** Rows of one class or of several, to forget or to keep: those of stratified-random, and the reason. */
  @Test
  void drawsInEveryClassInProportionAndSaysWhy() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Rows all = data.trained();
      Rows zeros = all.where(i -> data.label(all.position(i)) == 0);
      for (Rows candidates : List.of(all, zeros, data.retain())) {
        SelectionTask task = new SelectionTask(network, candidates, 9, 1);
        Coreset done = AutoSelector.DEFAULTS.select(task);
        assertThat(done).isNotEqualTo(StratifiedRandom.DEFAULTS.select(task));
        assertThat(done.ids()).isEqualTo(StratifiedRandom.DEFAULTS.select(task).ids());
        assertThat(done.madeBy())
            .startsWith("auto (stratified-random: no selector has been measured to come nearer");
      }
    }
  }

  /** A combination has no features that could be asked for, nor per-row gradients. */
  @Test
  void choosesWhereLayersCannotBeLookedInto() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network one = Toys.perceptron(1);
        Network two = Toys.perceptron(2);
        Network both = Network.combined(new MeanProbability(), Map.of("0", one, "1", two))) {
      Rows zeros = data.trained().ofClasses(Set.of(0));
      assertThat(selector().select(new SelectionTask(both, zeros, 9, 1)).size()).isEqualTo(9);
    }
  }
}
