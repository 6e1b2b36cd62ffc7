package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TorchOps;

/** What several ways to the inverse Hessian share. */
final class Hessians {
  private static final int PIECE = 256;

  private Hessians() {}

  /** (H + λI) p of the mean loss, at two backward passes. */
  static NDArray product(
      Network network, Rows rows, NDArray p, double damping, NDManager scope, Effort effort) {
    NDArray sum = p.zerosLike();
    sum.attach(scope);
    int done = 0;
    for (Rows piece : rows.batches(PIECE)) {
      try (NDManager part = EngineRuntime.newManager()) {
        TorchOps.addInPlace(sum, network.lossHessianTimes(p, piece, part), 1);
      }
      effort.forwardBackward(2L * piece.size());
      done += piece.size();
      effort.progressed("product with the Hessian", done, rows.size());
    }
    sum.divi((float) rows.totalWeight());
    TorchOps.addInPlace(sum, p, damping);
    return sum;
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
