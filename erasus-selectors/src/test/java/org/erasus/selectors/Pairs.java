package org.erasus.selectors;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Batch;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;

/** What tests of selectors that compare rows with others have in common. */
final class Pairs {
  private Pairs() {}

  /** A network of two classes whose weights are all 0. */
  static Network zero() {
    Network network =
        Network.of(
            new Sequential()
                .add("hidden", new Linear(4))
                .apply(Activation::relu)
                .add("head", new Linear(2)),
            new Shape(Toys.WIDTH),
            1);
    network.parameters().muli(0);
    return network;
  }

  /** A copy of the data in which every fourth retain row has the next class. */
  static UnlearningDataset mislabelled(UnlearningDataset data) {
    Rows wrong = everyFourth(data);
    try (Batch batch = wrong.load(ai.djl.Device.cpu())) {
      float[] inputs = batch.inputs().singletonOrThrow().toFloatArray();
      int[] labels = wrong.labels();
      return data.withRows(
          wrong, inputs, IntStream.of(labels).map(y -> (y + 1) % Toys.CLASSES).toArray());
    }
  }

  private static Rows everyFourth(UnlearningDataset data) {
    return data.retain().where(i -> i % 4 == 0);
  }

  /** Of the rows that score lowest, as many as are mislabelled, the share of those that are; a quarter by chance. */
  static double shareOfMislabelledAmongTheLower(
      Selector selector, Network network, UnlearningDataset spoilt) {
    Set<Long> wrong = new HashSet<>();
    for (long id : everyFourth(spoilt).ids()) {
      wrong.add(id);
    }
    int n = spoilt.retain().size();
    Coreset all = selector.select(new SelectionTask(network, spoilt.retain(), n, 1));
    long found =
        IntStream.range(n - wrong.size(), n).filter(place -> wrong.contains(all.id(place))).count();
    return (double) found / wrong.size();
  }
}
