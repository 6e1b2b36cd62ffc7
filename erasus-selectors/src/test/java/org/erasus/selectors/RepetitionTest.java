package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RepetitionTest {
  static List<Selector> selectors() {
    return SelectionProgressTest.selectors();
  }

  /** Java's memory outside the heap lies elsewhere each time, and must not show in the last bit of a score or weight. */
  @ParameterizedTest
  @MethodSource("selectors")
  void theSameTaskGivesTheSameBitsWhereverItsArraysLie(Selector selector) {
    List<ByteBuffer> between = new ArrayList<>();
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 20, 9);
      Coreset first = selector.select(task);
      for (int i = 1; i < 15; i++) {
        between.add(ByteBuffer.allocateDirect(8 * i + i % 3));
        try (Network copy = network.copy()) {
          assertThat(selector.select(new SelectionTask(copy, data.retain(), 20, 9)))
              .isEqualTo(first);
        }
      }
    }
    assertThat(between).isNotEmpty();
  }
}
