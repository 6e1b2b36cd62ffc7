package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class FullTest implements SelectorContract {
  @Override
  public Selector selector() {
    return Full.DEFAULTS;
  }

  @Override
  public boolean choosesExactlyK() {
    return false;
  }

  @Test
  void takesEveryCandidateInTheOrderOfTheDataSet() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      Coreset all = selector().select(new SelectionTask(network, data.forget(), 1, 0));
      assertThat(all.ids()).containsExactly(data.forget().ids());
      assertThat(all.concentration()).as("all alike").isZero();
    }
  }
}
