package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import java.util.Set;

/**
 * What PyTorch's own layers start with when nobody says otherwise, so that weights can be drawn for a script, which does not
 * tell how its own were.
 *
 * <pre>{@code
 * linear, convolution      weight and bias U(−1/√n, 1/√n), n inputs of a unit
 * normalisation            weight 1, bias 0, running mean 0, running variance 1
 * PReLU                    weight ¼
 * MultiheadAttention       in-projections (m, n) U(−a, a), a = √(6/(m + n)); biases 0
 * LSTM, GRU, RNN           all U(−1/√h, 1/√h), h hidden units
 * }</pre>
 */
final class TorchDefaults {
  private static final Set<String> UNITS =
      Set.of(
          "Linear",
          "Conv1d",
          "Conv2d",
          "Conv3d",
          "ConvTranspose1d",
          "ConvTranspose2d",
          "ConvTranspose3d");

  private static final Set<String> NORMS =
      Set.of(
          "BatchNorm1d",
          "BatchNorm2d",
          "BatchNorm3d",
          "InstanceNorm1d",
          "InstanceNorm2d",
          "InstanceNorm3d",
          "LayerNorm",
          "GroupNorm",
          "RMSNorm");

  /** The last layer of an attention: its bias starts with 0. */
  private static final String OF_ATTENTION = "NonDynamicallyQuantizableLinear";

  private TorchDefaults() {}

  /**
   * First values of a tensor, uniform between two numbers; where these are equal, all of them are that.
   *
   * @param low the least
   * @param high the greatest
   */
  record Start(double low, double high) {
    private static Start all(double value) {
      return new Start(value, value);
    }

    private static Start within(double bound) {
      return new Start(-bound, bound);
    }

    NDArray draw(NDManager manager, Shape shape) {
      return low == high
          ? manager.full(shape, (float) low)
          : manager.randomUniform((float) low, (float) high, shape);
    }
  }

  /** Whether a tensor takes part in a running statistic of a layer. */
  static boolean isRunningStatistic(String layer, String name) {
    return NORMS.contains(layer) && name.startsWith("running_");
  }

  /**
   * How a tensor starts; empty when PyTorch has no word on it.
   *
   * @param layer class of torch.nn, such as {@code Linear}; another text for other modules
   * @param path of the layer with a dot at its end, empty for that of a network of one layer
   * @param name of the tensor in the layer
   */
  static Optional<Start> of(String layer, String path, String name, WeightLayout layout) {
    if (UNITS.contains(layer) || layer.equals(OF_ATTENTION)) {
      return switch (name) {
        case "weight" -> perInput(layout, path);
        case "bias" ->
            layer.equals(OF_ATTENTION) ? Optional.of(Start.all(0)) : perInput(layout, path);
        default -> Optional.empty();
      };
    }
    if (NORMS.contains(layer)) {
      return switch (name) {
        case "weight", "running_var" -> Optional.of(Start.all(1));
        case "bias", "running_mean" -> Optional.of(Start.all(0));
        default -> Optional.empty();
      };
    }
    return switch (layer) {
      case "PReLU" -> Optional.of(Start.all(0.25));
      case "MultiheadAttention" -> ofAttention(layout, path, name);
      case "LSTM" -> recurrent(layout, path, 4);
      case "GRU" -> recurrent(layout, path, 3);
      case "RNN" -> recurrent(layout, path, 1);
      default -> Optional.empty();
    };
  }

  private static Optional<Start> perInput(WeightLayout layout, String path) {
    return shape(layout, path + "weight")
        .map(weight -> Start.within(1 / Math.sqrt((double) weight.slice(1).size())));
  }

  private static Optional<Start> ofAttention(WeightLayout layout, String path, String name) {
    return switch (name) {
      case "in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight" ->
          shape(layout, path + name)
              .map(w -> Start.within(Math.sqrt(6.0 / (w.get(0) + (double) w.get(1)))));
      case "in_proj_bias" -> Optional.of(Start.all(0));
      default -> Optional.empty();
    };
  }

  /** Rows of the first weight: hidden units for each of the gates. */
  private static Optional<Start> recurrent(WeightLayout layout, String path, int gates) {
    return shape(layout, path + "weight_ih_l0")
        .map(weight -> Start.within(1 / Math.sqrt(weight.get(0) / (double) gates)));
  }

  private static Optional<Shape> shape(WeightLayout layout, String name) {
    return layout.find(name).map(WeightLayout.Tensor::shape);
  }
}
