package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  /** Every branch of the rule: what is chosen, why, and that this and nothing else is done. */
  @Test
  void theRuleSaysWhatAndWhy() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Rows all = data.trained();
      Rows zeros = all.where(i -> data.label(all.position(i)) == 0);
      AutoSelector auto = AutoSelector.DEFAULTS;
      expect(auto, new SelectionTask(network, all, 180, 1), Full.DEFAULTS, "all 180 candidates");
      expect(
          auto,
          new SelectionTask(network, all, 8, 1),
          StratifiedRandom.DEFAULTS,
          "8 of 180 candidates are wanted, 4.4 %");
      expect(
          auto,
          new SelectionTask(network, data.retain(), 50, 1),
          StratifiedRandom.DEFAULTS,
          "rows to keep");
      expect(auto, new SelectionTask(network, all, 9, 1), El2n.DEFAULTS, "several classes");
      expect(auto, new SelectionTask(network, zeros, 9, 1), KCenter.DEFAULTS, "one class, which");
      expect(
          auto.withMaxSteps(9L * 60 - 1),
          new SelectionTask(network, zeros, 9, 1),
          El2n.DEFAULTS,
          "too many steps");
      expect(
          auto.withSmallShare(0.5),
          new SelectionTask(network, all, 60, 1),
          StratifiedRandom.DEFAULTS,
          "33.3 %");
    }
  }

  private static void expect(
      AutoSelector auto, SelectionTask task, Selector selector, String reason) {
    AutoSelector.Chosen chosen = auto.choose(task);
    assertThat(chosen.selector()).isEqualTo(selector);
    assertThat(String.join("; ", chosen.reasons())).contains(reason);
    Coreset done = auto.select(task);
    assertThat(done.ids()).isEqualTo(selector.select(task).ids());
    assertThat(done.madeBy())
        .startsWith("auto (" + selector.displayName() + ": ")
        .contains(reason)
        .endsWith(")");
  }

  @Test
  void settingsAreChecked() {
    assertThatThrownBy(() -> AutoSelector.DEFAULTS.withSmallShare(1.5))
        .hasMessage("smallShare must be in [0.0, 1.0], but was 1.5");
    assertThatThrownBy(() -> AutoSelector.DEFAULTS.withMaxSteps(0))
        .hasMessageContaining("maxSteps");
  }
}
