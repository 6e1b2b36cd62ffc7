package org.erasus.eval.metrics;

import java.util.ArrayList;
import java.util.List;
import org.erasus.Network;
import org.erasus.WeightLayout;
import org.erasus.Weights;

/**
 * How far the weights of two networks of one architecture are apart, layer by layer.
 *
 * <pre>{@code
 * distance = ‖W_a − W_b‖₂                relative = distance / (‖W_a‖₂ + ‖W_b‖₂)
 * }</pre>
 *
 * <p>A retrained network with other initial weights is far away whatever it knows, so compare networks that share them:
 * where the original and a retrained one came from, or the original itself, of which it shows the layers that were touched.
 * There is nothing to average, so no interval.
 *
 * @param total over all trainable tensors
 * @param layers one a trainable tensor, in the order of the network
 */
public record LayerDistance(Distance total, List<Distance> layers) {
  /**
   * One distance.
   *
   * @param tensor its name, such as {@code conv1.weight}
   * @param distance ‖a − b‖₂
   * @param relative distance / (‖a‖₂ + ‖b‖₂), from 0, equal, to 1; 0 when both are 0
   */
  public record Distance(String tensor, double distance, double relative) {}

  /** Copies the list. */
  public LayerDistance {
    layers = List.copyOf(layers);
  }

  /**
   * Measures it.
   *
   * @param a borrowed
   * @param b borrowed, the one to compare with
   * @throws IllegalArgumentException when their tensors differ
   */
  public static LayerDistance between(Network a, Network b) {
    if (!a.layout().equals(b.layout())) {
      throw new IllegalArgumentException(
          "the two networks must have the same tensors, but have "
              + a.layout()
              + " and "
              + b.layout());
    }
    try (Weights ofA = a.weights();
        Weights ofB = b.weights()) {
      float[] mine = ofA.toFloats();
      float[] theirs = ofB.toFloats();
      List<Distance> layers = new ArrayList<>();
      for (WeightLayout.Tensor tensor : a.layout().trainable()) {
        int from = Math.toIntExact(tensor.offset());
        layers.add(
            distance(tensor.name(), mine, theirs, from, from + Math.toIntExact(tensor.size())));
      }
      return new LayerDistance(distance("all", mine, theirs, 0, mine.length), layers);
    }
  }

  private static Distance distance(String name, float[] a, float[] b, int from, int to) {
    double squares = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = from; i < to; i++) {
      double d = (double) a[i] - b[i];
      squares += d * d;
      ofA += (double) a[i] * a[i];
      ofB += (double) b[i] * b[i];
    }
    return new Distance(
        name,
        Math.sqrt(squares),
        squares == 0 ? 0 : Math.sqrt(squares) / (Math.sqrt(ofA) + Math.sqrt(ofB)));
  }
}
