package org.erasus.selectors;

import java.nio.file.Path;
import java.util.List;
import org.erasus.Catalog;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.erasus.train.HistoryFolder;
import org.erasus.train.Supervised;

/** Every selector of the catalogue with what it needs, and as little sampling as shows what it does. */
final class Every {
  private Every() {}

  static List<String> names() {
    return Catalog.selectors().names();
  }

  /** The names of those that need no files. */
  static List<String> namesWithoutFiles() {
    return names().stream()
        .filter(name -> Catalog.selectors().get(name).needs().isEmpty())
        .toList();
  }

  /** The entry of the catalogue, the history left out. */
  static Selector selector(String name) {
    Selector entry = Catalog.selectors().get(name);
    if (entry instanceof DataShapley shapley) {
      return shapley.withSampling(Sampling.exactly(3));
    }
    if (entry instanceof Banzhaf banzhaf) {
      return banzhaf.withSampling(Sampling.exactly(64));
    }
    if (entry instanceof BetaShapley shapley) {
      return shapley.withSampling(Sampling.exactly(3));
    }
    if (entry instanceof Memorization memorization) {
      return memorization.withShare(0.5).withCount(4);
    }
    if (entry instanceof ValuationNetwork network) {
      return network.withTraining(network.training().withMaxEpochs(5));
    }
    return entry;
  }

  /** The entry of the catalogue with the history that {@link #trained} left. */
  static Selector selector(String name, Path history) {
    Selector entry = selector(name);
    if (entry instanceof ForgettingEvents events) {
      return events.withHistory(history);
    }
    if (entry instanceof AccumulatedLoss losses) {
      return losses.withHistory(history);
    }
    return entry;
  }

  /** A network with dropout, trained for three epochs, which leaves the history. */
  static Network trained(UnlearningDataset data, Path history) {
    Network network = UncertaintyTest.dropped(1);
    new Supervised(Toys.training().withMaxEpochs(3))
        .train(
            network,
            data.markRetain(data.trained()),
            1,
            RunOptions.DEFAULTS.withHistory(HistoryFolder.in(history)));
    return network;
  }
}
