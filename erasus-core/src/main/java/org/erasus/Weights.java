package org.erasus;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * A snapshot of the weights of a network, with arithmetic: task vectors, masks and distances are one native call each.
 *
 * <p>The trainable parameters θ (P) lie in one buffer, the running statistics and frozen parameters in another. Arithmetic
 * is on θ; the statistics of a result are those of the first operand, unless said otherwise. Every operation makes a new
 * snapshot, which the caller closes.
 */
public final class Weights implements AutoCloseable {
  private final WeightLayout layout;
  private final NDManager manager;
  private final NDArray parameters;
  private final NDArray statistics;

  /** Takes over the arrays and their manager. */
  Weights(WeightLayout layout, NDManager manager, NDArray parameters, NDArray statistics) {
    this.layout = layout;
    this.manager = manager;
    this.parameters = parameters;
    this.statistics = statistics;
  }

  /** Copies flat buffers into a snapshot of its own. */
  static Weights copyOf(WeightLayout layout, NDArray parameters, NDArray statistics) {
    NDManager manager = EngineRuntime.newManager(parameters.getDevice());
    try (GradMode off = GradMode.off()) {
      NDArray p = parameters.duplicate();
      p.attach(manager);
      NDArray s = on(parameters.getDevice(), statistics);
      s.attach(manager);
      return new Weights(layout, manager, p, s);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  /**
   * Weights from Java memory.
   *
   * @param parameters P values, tensor after tensor in the order of the layout
   * @param statistics the values outside training, likewise
   */
  public static Weights of(WeightLayout layout, float[] parameters, float[] statistics) {
    requireLength("parameters", layout.parameters(), parameters.length);
    requireLength("statistics", layout.statistics(), statistics.length);
    try (NDManager scope = EngineRuntime.newManager()) {
      return copyOf(layout, flat(scope, parameters), flat(scope, statistics));
    }
  }

  private static NDArray flat(NDManager manager, float[] values) {
    return manager.create(FloatBuffer.wrap(values), new Shape(values.length));
  }

  private static void requireLength(String name, long expected, long found) {
    if (expected != found) {
      throw new IllegalArgumentException(
          name + " must hold " + expected + " values for this network, but holds " + found);
    }
  }

  /** Which tensor lies where. */
  public WeightLayout layout() {
    return layout;
  }

  /** θ (P), borrowed: valid until close, not to be changed. */
  public NDArray parameters() {
    return parameters;
  }

  /** The values outside training, borrowed: valid until close, not to be changed. */
  public NDArray statistics() {
    return statistics;
  }

  /** θ − other. */
  public Weights minus(Weights other) {
    return with(here(compatible(other).parameters).negi().addi(parameters));
  }

  /** θ + other. */
  public Weights plus(Weights other) {
    return with(here(compatible(other).parameters).addi(parameters));
  }

  /** factor · θ. */
  public Weights times(double factor) {
    return with(parameters.mul((float) factor));
  }

  /** This snapshot with other parameters (P), which are taken over. */
  public Weights with(NDArray changed) {
    try (changed) {
      requireLength("parameters", layout.parameters(), changed.size());
      return copyOf(layout, changed, statistics);
    }
  }

  /** This snapshot's parameters with the statistics of another. */
  public Weights withStatisticsOf(Weights other) {
    return copyOf(layout, parameters, compatible(other).statistics);
  }

  /** θ where the mask keeps, the other's values elsewhere, bit for bit. */
  public Weights masked(Mask mask, Weights elsewhere) {
    Weights result = copyOf(layout, parameters, statistics);
    try (GradMode off = GradMode.off()) {
      TorchOps.keepInPlace(
          result.parameters,
          mask.kept(result.parameters().getDevice()),
          compatible(elsewhere).parameters.toDevice(result.parameters().getDevice(), false));
    }
    return result;
  }

  /** ‖θ‖₂. */
  public double norm() {
    try (GradMode off = GradMode.off();
        NDArray norm = parameters.norm()) {
      return norm.getFloat();
    }
  }

  /** ‖θ − other‖₂. */
  public double distance(Weights other) {
    try (Weights difference = minus(other)) {
      return difference.norm();
    }
  }

  /** The values of one tensor, in the order of its shape. */
  public float[] values(String name) {
    WeightLayout.Tensor tensor =
        layout
            .find(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no tensor is named \""
                            + name
                            + "\"; known: "
                            + layout.tensors().stream().map(WeightLayout.Tensor::name).toList()));
    try (GradMode off = GradMode.off();
        NDArray view =
            TorchOps.view(
                tensor.trainable() ? parameters : statistics, tensor.offset(), tensor.shape())) {
      return view.toFloatArray();
    }
  }

  /** θ as Java memory, tensor after tensor. */
  public float[] toFloats() {
    return parameters.toFloatArray();
  }

  /** SHA-256 over names, shapes and values: equal for bit-identical weights. */
  public String fingerprint() {
    Digest digest = new Digest();
    layout.tensors().forEach(t -> digest.update(t.name()).update(t.shape().toString()));
    return digest.update(parameters.toByteBuffer()).update(statistics.toByteBuffer()).hex();
  }

  /** Whether every value is a finite number. */
  public boolean isFinite() {
    // 0·x is 0 for every finite x and NaN for the others
    try (GradMode off = GradMode.off();
        NDArray p = parameters.mul(0f);
        NDArray sum = p.sum();
        NDArray s = statistics.mul(0f);
        NDArray sumOfStatistics = s.sum()) {
      return sum.getFloat() == 0 && sumOfStatistics.getFloat() == 0;
    }
  }

  /** A copy of values of another snapshot where those of this one are. */
  private NDArray here(NDArray values) {
    return on(parameters.getDevice(), values);
  }

  private static NDArray on(Device device, NDArray values) {
    return values.getDevice().equals(device) ? values.duplicate() : values.toDevice(device, true);
  }

  private Weights compatible(Weights other) {
    if (!other.layout.equals(layout)) {
      throw new IllegalArgumentException(
          "the weights are of networks with different tensors: " + layout + " and " + other.layout);
    }
    return other;
  }

  @Override
  public void close() {
    manager.close();
  }
}
