package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RepetitionTest {
  static Stream<Selector> selectors() {
    return Stream.concat(
        Every.namesWithoutFiles().stream().map(Every::selector),
        Stream.of(TracIn.DEFAULTS.withGradients(TracIn.Gradients.ALL)));
  }

  /**
   * Nothing that differs between two networks made alike may show in the last bit of a score or weight. Parameters are told
   * apart by identity, so that maps of them have another order in each.
   */
  @ParameterizedTest
  @MethodSource("selectors")
  void equalNetworksAndDataGiveTheSameBits(Selector selector) {
    List<Coreset> found = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      try (UnlearningDataset data = Toys.clouds(1);
          Network network = UncertaintyTest.dropped(1)) {
        found.add(selector.select(new SelectionTask(network, data.retain(), 20, 9)));
      }
    }
    assertThat(found).allMatch(found.get(0)::equals);
  }
}
