package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/** Layers by name, and runs in which theirs are the only parameters that move. */
final class NamedLayers {
  private NamedLayers() {}

  /** Runs under a mask, which is closed after it; what the task's own mask freezes stays frozen. */
  static Unlearned under(Mask mask, UnlearningTask task, Function<UnlearningTask, Unlearned> run) {
    try (mask) {
      if (task.mask().isEmpty()) {
        return run.apply(task.withMask(mask));
      }
      try (Mask both = mask.and(task.mask().get())) {
        return run.apply(task.withMask(both));
      }
    }
  }

  /**
   * Free parameters: those of some layers and of all below them.
   *
   * @param layers as {@link WeightLayout#trainableIn}
   * @throws IllegalArgumentException as it does
   */
  static Mask mask(Network network, List<String> layers) {
    boolean[] free = new boolean[Math.toIntExact(network.layout().parameters())];
    for (WeightLayout.Tensor tensor : network.layout().trainableIn(layers)) {
      Arrays.fill(free, (int) tensor.offset(), (int) (tensor.offset() + tensor.size()), true);
    }
    try (NDManager scope = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off();
        NDArray window = scope.create(free)) {
      return Mask.of(window.duplicate());
    }
  }

  /**
   * The name of a layer, that before the last when none is given.
   *
   * @throws IllegalArgumentException when there is no such layer
   */
  static String hidden(Network network, Optional<String> layer) {
    return upTo(network, layer, 1).get(0);
  }

  /**
   * Some layers in the order of computation that end in one, that before the last when none is given; fewer where the network
   * begins.
   */
  static List<String> upTo(Network network, Optional<String> layer, int count) {
    List<String> names = network.layerNames();
    if (layer.isEmpty() && names.size() < 2) {
      throw new IllegalArgumentException(
          "the network has no layer before the last, " + names + ": name the layer to look at");
    }
    int at = layer.map(names::indexOf).orElse(names.size() - 2);
    if (at < 0) {
      throw new IllegalArgumentException(
          "the network has no layer \""
              + layer.orElse("")
              + "\"; known: "
              + String.join(", ", names));
    }
    return names.subList(Math.max(0, at + 1 - count), at + 1);
  }
}
