package org.erasus.selectors;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.io.DType;
import org.erasus.io.HostTensor;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;

/** The problem of attribution.py: candidates are the retain rows, targets the unseen ones, two states of a network. */
final class Attribution {
  static final Golden GOLDEN = Golden.load(Attribution.class, "attribution");
  static final int STATES = 2;

  private Attribution() {}

  static UnlearningDataset data() {
    UnlearningDataset data =
        UnlearningDataset.of(GOLDEN.floats("/inputs"), new Shape(4), integers("/labels"), 3)
            .withUnseen(GOLDEN.floats("/targetInputs"), integers("/targetLabels"));
    return data.withWeights(data.unseen(), GOLDEN.numbers("/targetWeights"));
  }

  static int[] integers(String pointer) {
    return Arrays.stream(GOLDEN.numbers(pointer)).mapToInt(v -> (int) v).toArray();
  }

  static Network network(int state) {
    Network network =
        Network.of(
            new Sequential()
                .add("hidden", new Linear(5))
                .apply(Activation::relu)
                .add("head", new Linear(3)),
            new Shape(4),
            1);
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (WeightLayout.Tensor tensor : network.layout().tensors()) {
      tensors.put(
          tensor.name(),
          HostTensor.encode(
              DType.F32,
              GOLDEN.floats("/states/" + state + "/" + tensor.name()),
              tensor.shape().getShape()));
    }
    network.load(tensors);
    return network;
  }

  /** Writes the states into files. */
  static List<Path> checkpoints(Path folder) {
    return IntStream.range(0, STATES)
        .mapToObj(
            state -> {
              Path file = folder.resolve("state" + state + ".safetensors");
              try (Network network = network(state)) {
                network.save(file);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
              return file;
            })
        .toList();
  }

  /** What a selector chooses with the first state at hand. */
  static Coreset select(Selector selector, int k, long seed) {
    try (UnlearningDataset data = data();
        Network network = network(0)) {
      return selector.select(new SelectionTask(network, data.retain(), k, seed));
    }
  }

  /** The score of every candidate, in the order of the data set. */
  static double[] scores(Selector selector, long seed) {
    Coreset all = select(selector, Integer.MAX_VALUE, seed);
    double[] scores = new double[all.size()];
    for (int place = 0; place < scores.length; place++) {
      scores[(int) all.id(place)] = all.score(place).orElseThrow();
    }
    return scores;
  }
}
