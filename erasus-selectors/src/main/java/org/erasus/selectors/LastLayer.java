package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.erasus.Probe;
import org.erasus.engine.TorchOps;

/**
 * The gradients of rows by the last linear layer, as two factors from a forward pass, so that inner products need no row of
 * C·(D+1) numbers.
 *
 * <pre>{@code
 * ∂CE_i/∂[W, b] = r_i ĥ_iᵀ          r = p − onehot(y), ĥ = s·[h, 1]        (C, D+1)
 * ⟨∂_i, ∂_j⟩    = (r_i·r_j)(ĥ_i·ĥ_j)
 * }</pre>
 *
 * <p>with z = s·(W h + b); where there is no b, ĥ = s·h. In 64 bits, since p − onehot(y) is a small difference for rows that the network knows well.
 *
 * @param residuals r (N, C)
 * @param inputs ĥ (N, D+1)
 */
record LastLayer(NDArray residuals, NDArray inputs) {

  /**
   * Reads both factors.
   *
   * @param scope owns the arrays
   * @throws IllegalArgumentException when a feature or logit is not finite
   * @throws UnsupportedOperationException when the logits are not those of a last linear layer times a number
   */
  static LastLayer of(Probe probe, NDManager scope) {
    NDArray h = wide(probe.features(), scope);
    NDArray z = logits(probe, scope);
    if (!Double.isFinite(h.sum().getDouble()) || !Double.isFinite(z.sum().getDouble())) {
      throw new IllegalArgumentException(
          "the network's features and logits must be finite, but some are not: look at its"
              + " weights");
    }
    Head.Slope slope = Head.slope(probe.network(), probe.rows());
    NDArray in = h;
    if (slope.hasBias()) {
      in = h.concat(scope.ones(new Shape(h.getShape().get(0), 1), DataType.FLOAT64), 1);
    }
    return new LastLayer(z.softmax(1).sub(oneHot(probe, scope)), in.mul(slope.scale()));
  }

  /** z (N, C) in 64 bits. */
  static NDArray logits(Probe probe, NDManager scope) {
    return wide(probe.logits(), scope);
  }

  /** The rows' classes (N, C) in 64 bits. */
  static NDArray oneHot(Probe probe, NDManager scope) {
    NDArray labels = scope.create(probe.labels());
    return labels.oneHot(probe.network().classes()).toType(DataType.FLOAT64, false);
  }

  private static NDArray wide(float[][] rows, NDManager scope) {
    return Matrices.of(scope, rows).toType(DataType.FLOAT64, false);
  }

  /** Those of some rows, in the order of an int64 index. */
  LastLayer take(NDArray index, NDManager scope) {
    return new LastLayer(
        TorchOps.rows(scope, residuals, index), TorchOps.rows(scope, inputs, index));
  }

  /** Those of losses that count so often, w_i r_i ĥ_iᵀ, (N). */
  LastLayer times(NDArray weights) {
    return new LastLayer(residuals.mul(weights.reshape(-1, 1)), inputs);
  }

  /** Σ_i w_i r_i ĥ_iᵀ, (N) → (C, D+1). */
  NDArray sum(NDArray weights) {
    return times(weights).residuals.transpose().matMul(inputs);
  }

  /** Inner products of each row's gradient with a matrix, (C, D+1) → (N). */
  NDArray products(NDArray matrix) {
    return inputs.matMul(matrix.transpose()).mul(residuals).sum(new int[] {1});
  }

  /** ‖r_i ĥ_iᵀ‖², (N). */
  NDArray squaredNorms() {
    return residuals.square().sum(new int[] {1}).mul(inputs.square().sum(new int[] {1}));
  }
}
