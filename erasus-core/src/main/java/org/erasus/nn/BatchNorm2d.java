package org.erasus.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.Map;
import org.erasus.engine.TorchOps;

/**
 * Batch normalisation of each channel, y = γ(x − mean)/√(var + 1e-5) + β: (B, C, H, W) → the same. Parameters {@code
 * weight} γ and {@code bias} β (C); statistics {@code running_mean} and {@code running_var} (C), moved by a tenth of each
 * training batch (unbiased variance), as PyTorch's defaults.
 */
public final class BatchNorm2d extends AbstractBlock implements Layer {
  private static final double EPSILON = 1e-5;
  private static final double MOMENTUM = 0.1;

  private final Parameter gamma;
  private final Parameter beta;
  private final Parameter mean;
  private final Parameter variance;

  /** Makes a layer whose number of channels is read from its first input. */
  public BatchNorm2d() {
    gamma =
        addParameter(Parameter.builder().setName("weight").setType(Parameter.Type.GAMMA).build());
    beta = addParameter(Parameter.builder().setName("bias").setType(Parameter.Type.BETA).build());
    mean = addParameter(Parameters.statistic("running_mean", Parameter.Type.RUNNING_MEAN));
    variance = addParameter(Parameters.statistic("running_var", Parameter.Type.RUNNING_VAR));
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList inputs, boolean training, PairList<String, Object> options) {
    NDArray x = inputs.singletonOrThrow();
    Device device = x.getDevice();
    NDArray y =
        TorchOps.batchNorm(
            x,
            store.getValue(gamma, device, training),
            store.getValue(beta, device, training),
            store.getValue(mean, device, training),
            store.getValue(variance, device, training),
            ForwardPass.batchStatistics(store, training),
            MOMENTUM,
            EPSILON);
    return new NDList(ForwardPass.visit(store, this, x, y));
  }

  /** Only with fixed statistics: in a training batch the rows meet in the mean, and have no gradient of their own. */
  @Override
  public NDArray squaredGradientNorms(ParameterStore store, NDArray input, NDArray gradient) {
    Device device = input.getDevice();
    return TorchOps.batchNormNorms(
        input,
        gradient,
        store.getValue(mean, device, false),
        store.getValue(variance, device, false),
        EPSILON);
  }

  /** Only with fixed statistics, as {@link #squaredGradientNorms}. */
  @Override
  public Map<Parameter, NDArray> sumOfSquaredGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    Device device = input.getDevice();
    NDArray ofGamma =
        TorchOps.batchNormSquares(
            input,
            gradient,
            store.getValue(mean, device, false),
            store.getValue(variance, device, false),
            EPSILON);
    return Map.of(gamma, ofGamma, beta, TorchOps.biasSquares(gradient));
  }

  /** Only with fixed statistics, as {@link #squaredGradientNorms}. */
  @Override
  public Map<Parameter, NDArray> rowGradients(
      ParameterStore store, NDArray input, NDArray gradient) {
    Device device = input.getDevice();
    NDArray ofGamma =
        TorchOps.batchNormRows(
            input,
            gradient,
            store.getValue(mean, device, false),
            store.getValue(variance, device, false),
            EPSILON);
    return Map.of(gamma, ofGamma, beta, TorchOps.biasRows(gradient));
  }

  /** Only with fixed statistics, as {@link #squaredGradientNorms}. */
  @Override
  public NDArray output(ParameterStore store, NDArray input) {
    return forward(store, new NDList(input), false).singletonOrThrow();
  }

  @Override
  protected void prepare(Shape[] inputs) {
    Shape channels = new Shape(inputs[0].get(1));
    Parameters.ones(gamma, channels);
    Parameters.zeros(beta, channels);
    Parameters.zeros(mean, channels);
    Parameters.ones(variance, channels);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputs) {
    return inputs;
  }
}
