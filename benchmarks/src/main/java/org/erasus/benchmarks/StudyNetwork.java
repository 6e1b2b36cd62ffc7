package org.erasus.benchmarks;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.train.Checkpoints;
import org.erasus.train.HistoryFolder;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.NetworkDesign;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.Zoo;

/**
 * What the studies train.
 *
 * @param network of the zoo
 * @param dropout before the last layer, of small-cnn alone
 * @param epochs of training, the rate falling from 0.05 to 0 on a cosine
 */
record StudyNetwork(String network, double dropout, int epochs) {
  StudyNetwork {
    if (dropout > 0 && !network.equals("small-cnn")) {
      throw new IllegalArgumentException(
          "dropout can be chosen for small-cnn alone, but network was " + network);
    }
  }

  Training recipe() {
    return Training.DEFAULTS
        .withMaxEpochs(epochs)
        .withLearningRate(new LearningRate.Cosine(0.05, 0));
  }

  /** With fresh weights. */
  Network fresh(UnlearningDataset rows, long seed) {
    NetworkDesign design =
        dropout > 0 ? SmallCnn.DEFAULTS.withDropout(dropout) : Zoo.networks().get(network);
    return Network.of(design.block(rows.classes()), rows.rowShape(), seed)
        .compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
  }

  /** Trained on all rows that are marked forget or retain; {@code folder} takes what it needs to go on, and the history. */
  Network trained(UnlearningDataset rows, long seed, Path folder) {
    Network network = fresh(rows, seed);
    try {
      RunOptions options =
          RunOptions.DEFAULTS
              .withCheckpoints(Checkpoints.in(folder.resolve("original")))
              .withHistory(history(folder));
      new Supervised(recipe()).train(network, rows.markRetain(rows.trained()), seed, options);
      return network;
    } catch (RuntimeException | Error e) {
      network.close();
      throw e;
    }
  }

  /** What {@link #trained} leaves of rows, with weights from early and late in the training. */
  HistoryFolder history(Path folder) {
    return HistoryFolder.in(folder.resolve("history"))
        .withSnapshots(IntStream.of(1, 2, 5, 10, 20).filter(e -> e <= epochs).toArray());
  }
}
