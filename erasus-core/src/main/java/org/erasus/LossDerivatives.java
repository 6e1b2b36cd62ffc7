package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.function.UnaryOperator;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/** Derivatives of the cross-entropy of rows by the weights of a network, summed batch by batch. */
final class LossDerivatives {
  private static final int BATCH = 64;

  private LossDerivatives() {}

  static NDArray gradient(Network network, Rows rows, NDManager scope) {
    return sum(network, rows, scope, loss -> TorchOps.flatGradient(loss, network.trainable()));
  }

  static NDArray hessianTimes(Network network, NDArray v, Rows rows, NDManager scope) {
    return sum(network, rows, scope, loss -> TorchOps.hessianVector(loss, network.trainable(), v));
  }

  private static NDArray sum(
      Network network, Rows rows, NDManager scope, UnaryOperator<NDArray> ofLoss) {
    network.requireFit(rows.data());
    network.requireGradient();
    NDArray total;
    try (GradMode off = GradMode.off()) {
      total = network.parameters().zerosLike();
      total.attach(scope);
    }
    for (Rows piece : rows.batches(BATCH)) {
      try (Batch batch = piece.load(network.device())) {
        NDArray part;
        try (GradMode on = GradMode.on()) {
          NDArray losses =
              TorchOps.crossEntropyRows(
                  network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
          part = ofLoss.apply(losses.mul(batch.weights()).sum());
        }
        try (GradMode off = GradMode.off()) {
          TorchOps.addInPlace(total, part, 1);
        }
      }
    }
    return total;
  }
}
