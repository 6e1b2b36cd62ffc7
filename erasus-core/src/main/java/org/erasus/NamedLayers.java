package org.erasus;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.erasus.nn.ForwardPass;

/** The layers of a network by name, and what they give. */
final class NamedLayers {
  private NamedLayers() {}

  static List<String> names(Network network) {
    return network.ofZeros(
        true,
        result ->
            result.visits().stream()
                .map(visit -> network.layerName(visit.layer()))
                .distinct()
                .toList());
  }

  static int units(Network network, String layer) {
    return network.ofZeros(
        true, result -> Math.toIntExact(output(network, result, layer).getShape().get(1)));
  }

  /** What the layer of a name gave in a recorded pass, (B, D) or (B, D, H, W). */
  static NDArray output(Network network, Architecture.Result result, String layer) {
    List<NDArray> found =
        result.visits().stream()
            .filter(visit -> network.layerName(visit.layer()).equals(layer))
            .map(ForwardPass.Visit::output)
            .toList();
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "the network has no layer \""
              + layer
              + "\"; known: "
              + String.join(", ", names(network)));
    }
    if (found.size() > 1) {
      throw new IllegalArgumentException("layer " + layer + " is used twice in a pass");
    }
    int dimension = found.get(0).getShape().dimension();
    if (dimension != 2 && dimension != 4) {
      throw new IllegalArgumentException(
          "layer "
              + layer
              + " must give (B, D) or (B, D, H, W), but gives "
              + found.get(0).getShape());
    }
    return found.get(0);
  }
}
