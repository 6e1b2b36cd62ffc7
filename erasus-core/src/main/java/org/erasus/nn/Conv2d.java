package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.erasus.engine.TorchOps;

/**
 * A convolution with square kernel, stride and padding: (B, C, H, W) → (B, O, H', W'), H' = ⌊(H + 2·padding − k)/stride⌋ + 1.
 * Parameters {@code weight} (O, C/groups, k, k) and, if wanted, {@code bias} (O).
 */
public final class Conv2d extends AbstractBlock implements Layer, Described {
  private final int filters;
  private final int kernel;
  private final int stride;
  private final int padding;
  private final boolean depthwise;
  private final Parameter weight;
  private final Optional<Parameter> bias;

  private Conv2d(
      int filters, int kernel, int stride, int padding, boolean depthwise, boolean withBias) {
    atLeast(1, filters, "filters");
    atLeast(1, kernel, "kernel");
    atLeast(1, stride, "stride");
    atLeast(0, padding, "padding");
    this.filters = filters;
    this.kernel = kernel;
    this.stride = stride;
    this.padding = padding;
    this.depthwise = depthwise;
    weight = addParameter(Parameters.weight("weight"));
    bias = withBias ? Optional.of(addParameter(Parameters.bias("bias"))) : Optional.empty();
  }

  /** A convolution without bias, as used before batch normalisation. */
  public static Conv2d of(int filters, int kernel, int stride, int padding) {
    return new Conv2d(filters, kernel, stride, padding, false, false);
  }

  /** A convolution with bias. */
  public static Conv2d withBias(int filters, int kernel, int stride, int padding) {
    return new Conv2d(filters, kernel, stride, padding, false, true);
  }

  /** One filter a channel, without bias. */
  public static Conv2d depthwise(int channels, int kernel, int stride, int padding) {
    return new Conv2d(channels, kernel, stride, padding, true, false);
  }

  private static void atLeast(int least, int value, String name) {
    if (value < least) {
      throw new IllegalArgumentException(
          name + " must be at least " + least + ", but was " + value);
    }
  }

  @Override
  public String settings() {
    return String.format(
        Locale.ROOT,
        "kernel %d, stride %d, padding %d%s",
        kernel,
        stride,
        padding,
        depthwise ? ", depthwise" : "");
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDArray x = inputs.singletonOrThrow();
    NDArray w = store.getValue(weight, x.getDevice(), training);
    long groups = depthwise ? filters : 1;
    boolean half = ForwardPass.half(store);
    NDArray y =
        bias.isPresent()
            ? TorchOps.conv2d(
                x,
                w,
                store.getValue(bias.get(), x.getDevice(), training),
                stride,
                padding,
                groups,
                half)
            : TorchOps.conv2d(x, w, stride, padding, groups, half);
    return new NDList(ForwardPass.visit(store, this, x, y));
  }

  @Override
  public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
    NDArray norms =
        depthwise
            ? TorchOps.depthwiseNorms(input, gradient, kernel, stride, padding)
            : TorchOps.convNorms(input, gradient, kernel, stride, padding);
    return bias.isPresent() ? norms.addi(TorchOps.biasNorms(gradient)) : norms;
  }

  @Override
  public Map<Parameter, NDArray> sumOfSquaredGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    Map<Parameter, NDArray> sums = new HashMap<>();
    sums.put(
        weight,
        depthwise
            ? TorchOps.depthwiseSquares(input, gradient, kernel, stride, padding)
            : TorchOps.convSquares(input, gradient, kernel, stride, padding));
    bias.ifPresent(b -> sums.put(b, TorchOps.biasSquares(gradient)));
    return sums;
  }

  @Override
  public Map<Parameter, NDArray> rowGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    Map<Parameter, NDArray> rows = new HashMap<>();
    rows.put(
        weight,
        depthwise
            ? TorchOps.depthwiseRows(input, gradient, kernel, stride, padding)
            : TorchOps.convRows(input, gradient, kernel, stride, padding));
    bias.ifPresent(b -> rows.put(b, TorchOps.biasRows(gradient)));
    return rows;
  }

  @Override
  public Optional<Unfolded> unfolded(NDArray input, NDArray gradient) {
    return depthwise
        ? Optional.empty()
        : Optional.of(
            new Unfolded(
                TorchOps.convInputs(input, kernel, stride, padding, bias.isPresent()),
                TorchOps.convOutputs(gradient)));
  }

  @Override
  public NDArray output(ParameterStore store, NDArray input) {
    return forward(store, new NDList(input), false).singletonOrThrow();
  }

  @Override
  protected void prepare(Shape[] inputs) {
    long channels = inputs[0].get(1);
    if (depthwise && channels != filters) {
      throw new IllegalArgumentException(
          "a depthwise convolution of " + filters + " channels got " + channels);
    }
    long inputsOfUnit = (depthwise ? 1 : channels) * kernel * kernel;
    Parameters.uniform(
        weight, new Shape(filters, depthwise ? 1 : channels, kernel, kernel), inputsOfUnit);
    bias.ifPresent(b -> Parameters.uniform(b, new Shape(filters), inputsOfUnit));
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    Shape in = inputs[0];
    return new Shape[] {new Shape(in.get(0), filters, out(in.get(2)), out(in.get(3)))};
  }

  private long out(long size) {
    return (size + 2L * padding - kernel) / stride + 1;
  }
}
