package org.erasus.eval.metrics;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.WeightLayout;
import org.erasus.engine.EngineRuntime;

/**
 * How much retaining and forgetting get into each other's way: the angle between the gradients of their losses.
 *
 * <pre>{@code
 * cos(∇L_r, ∇L_f) = ⟨∇L_r, ∇L_f⟩ / (‖∇L_r‖ ‖∇L_f‖)        over all parameters, and over those of each tensor
 * }</pre>
 *
 * <p>Near 1 a step that raises the loss on forget rows raises it on retain rows as much; near 0 they are free of each other.
 * In evaluation mode, over all rows given; one number for all of them, so no interval.
 *
 * @param global over all parameters; absent where a gradient is 0, which has no direction
 * @param layers one a trainable tensor, in the order of the network
 * @see <a href="https://arxiv.org/abs/2001.06782">Yu et al., 2020, on gradients that conflict</a>
 */
public record GradientCosine(Optional<Double> global, List<Layer> layers) {
  /**
   * One tensor.
   *
   * @param tensor its name, such as {@code conv1.weight}
   * @param cosine absent where a gradient is 0
   */
  public record Layer(String tensor, Optional<Double> cosine) {}

  /** Copies the list. */
  public GradientCosine {
    layers = List.copyOf(layers);
  }

  /** Of all retain and forget rows of a data set. */
  public static GradientCosine of(Network network, UnlearningDataset data) {
    return of(network, data.retain(), data.forget());
  }

  /**
   * Of some rows.
   *
   * @param network borrowed
   * @throws IllegalArgumentException when there are no rows on one side
   */
  public static GradientCosine of(Network network, Rows retain, Rows forget) {
    float[] ofRetain = gradient(network, retain, "retain");
    float[] ofForget = gradient(network, forget, "forget");
    List<Layer> layers = new ArrayList<>();
    for (WeightLayout.Tensor tensor : network.layout().trainable()) {
      int from = Math.toIntExact(tensor.offset());
      layers.add(
          new Layer(
              tensor.name(),
              cosine(ofRetain, ofForget, from, from + Math.toIntExact(tensor.size()))));
    }
    return new GradientCosine(cosine(ofRetain, ofForget, 0, ofRetain.length), layers);
  }

  private static float[] gradient(Network network, Rows rows, String split) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "split \"" + split + "\" must have rows to take a gradient of, but has none");
    }
    try (NDManager scope = EngineRuntime.newManager()) {
      return network.lossGradient(rows, scope).toFloatArray();
    }
  }

  static Optional<Double> cosine(float[] a, float[] b, int from, int to) {
    double product = 0;
    double ofA = 0;
    double ofB = 0;
    for (int i = from; i < to; i++) {
      product += (double) a[i] * b[i];
      ofA += (double) a[i] * a[i];
      ofB += (double) b[i] * b[i];
    }
    if (ofA == 0 || ofB == 0) {
      return Optional.empty();
    }
    return Optional.of(Math.max(-1, Math.min(1, product / Math.sqrt(ofA) / Math.sqrt(ofB))));
  }
}
