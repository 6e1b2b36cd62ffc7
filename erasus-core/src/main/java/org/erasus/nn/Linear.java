package org.erasus.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Map;
import java.util.Optional;
import org.erasus.engine.TorchOps;

/** A fully connected layer, y = x·Wᵀ + b: (B, D) → (B, O). Parameters {@code weight} (O, D) and {@code bias} (O). */
public final class Linear extends AbstractBlock implements Layer {
  private final int units;
  private final Parameter weight;
  private final Parameter bias;

  /**
   * Makes a layer whose input width is read from its first input.
   *
   * @param units O, 1 or more
   */
  public Linear(int units) {
    if (units < 1) {
      throw new IllegalArgumentException("units must be at least 1, but was " + units);
    }
    this.units = units;
    weight = addParameter(Parameters.weight("weight"));
    bias = addParameter(Parameters.bias("bias"));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDArray x = inputs.singletonOrThrow();
    NDArray y =
        TorchOps.linear(
            x,
            store.getValue(weight, x.getDevice(), training),
            store.getValue(bias, x.getDevice(), training),
            ForwardPass.half(store));
    return new NDList(ForwardPass.visit(store, this, x, y));
  }

  @Override
  public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
    return TorchOps.linearNorms(input, gradient);
  }

  @Override
  public Map<Parameter, NDArray> sumOfSquaredGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    return Map.of(
        weight,
        TorchOps.linearSquares(input, gradient),
        bias,
        TorchOps.linearBiasSquares(gradient));
  }

  @Override
  public Map<Parameter, NDArray> rowGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    return Map.of(
        weight, TorchOps.linearRows(input, gradient), bias, TorchOps.linearBiasRows(gradient));
  }

  @Override
  public Optional<Unfolded> unfolded(NDArray input, NDArray gradient) {
    return Optional.of(
        new Unfolded(TorchOps.linearInputs(input, true), TorchOps.linearOutputs(gradient)));
  }

  @Override
  public NDArray output(ParameterStore store, NDArray input) {
    return forward(store, new NDList(input), false).singletonOrThrow();
  }

  @Override
  protected void prepare(Shape[] inputs) {
    long width = inputs[0].get(inputs[0].dimension() - 1);
    Parameters.uniform(weight, new Shape(units, width), width);
    Parameters.uniform(bias, new Shape(units), width);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return new Shape[] {
      inputs[0].slice(0, inputs[0].dimension() - 1).add(units),
    };
  }
}
