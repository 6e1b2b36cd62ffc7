package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TorchOps;

/** What several ways to the inverse Hessian share. */
final class Hessians {
  private static final int PIECE = 64;

  private Hessians() {}

  /** (H + λI) p at two backward passes, H being that of the summed loss, by a divisor: Σ w for the mean of the rows. */
  static NDArray product(
      Network network,
      Rows rows,
      double divisor,
      NDArray p,
      double damping,
      NDManager scope,
      Effort effort) {
    NDArray sum = p.zerosLike();
    sum.attach(scope);
    int done = 0;
    for (Rows piece : rows.batches(PIECE)) {
      try (NDManager part = EngineRuntime.newManager(network.device())) {
        TorchOps.addInPlace(sum, network.lossHessianTimes(p, piece, part), 1);
      }
      effort.forwardBackward(2L * piece.size());
      done += piece.size();
      effort.progressed("product with the Hessian", done, rows.size());
    }
    sum.divi((float) divisor);
    TorchOps.addInPlace(sum, p, damping);
    return sum;
  }

  /** ‖v‖², checked before a long computation that would give nothing. */
  static double requireFinite(NDArray v) {
    double squared = squared(v);
    if (!Double.isFinite(squared)) {
      throw new ArithmeticException(
          "v must be finite, but ‖v‖² is "
              + squared
              + ": look for rows or weights of the network that are not finite, or rows whose weights are all 0");
    }
    return squared;
  }

  static NDArray copy(NDArray v, NDManager scope) {
    NDArray copy = v.duplicate();
    copy.attach(scope);
    return copy;
  }

  static double squared(NDArray x) {
    return dot(x, x);
  }

  static double dot(NDArray a, NDArray b) {
    try (NDArray product = a.mul(b);
        NDArray sum = product.sum()) {
      return sum.getFloat();
    }
  }
}
