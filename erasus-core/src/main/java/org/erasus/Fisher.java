package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.Map;
import java.util.Objects;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;

/**
 * The diagonal of the empirical Fisher information: how much each parameter matters for the classes of some rows.
 *
 * <pre>{@code
 * I = Σ_i w_i (∂CE_i/∂θ)² / Σ_i w_i                      (P)
 * }</pre>
 *
 * <p>The gradients of single rows are squared, then averaged; the square of an averaged gradient is another quantity. It
 * costs one backward pass a batch: every layer tells the sum of its rows' squares from what went in and the gradient of
 * what came out. The weights w of the rows are 1 unless a coreset sets them.
 */
public final class Fisher {
  private static final int BATCH = 64;

  private Fisher() {}

  /**
   * The diagonal, of the network as it is, in evaluation mode.
   *
   * @param rows one or more
   * @param scope owns the result
   * @return (P), in the order of the network's parameters
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static NDArray diagonal(Network network, Rows rows, NDManager scope) {
    return diagonal(network, rows, scope, BATCH);
  }

  static NDArray diagonal(Network network, Rows rows, NDManager scope, int batchSize) {
    network.requireFit(rows.data());
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("the Fisher information of no rows is not defined");
    }
    NDArray total;
    try (GradMode off = GradMode.off()) {
      total = network.parameters().zerosLike();
      total.attach(scope);
    }
    double weights = 0;
    for (Rows piece : rows.batches(batchSize)) {
      try (Batch batch = piece.load(network.device())) {
        add(total, network, batch);
      }
      for (int position : piece.positions()) {
        weights += rows.data().weight(position);
      }
    }
    try (GradMode off = GradMode.off()) {
      return total.divi((float) weights);
    }
  }

  private static void add(NDArray total, Network network, Batch batch) {
    // the loss of a row counts √w times, so its squared gradient counts w times
    RowGradients.Backward backward =
        RowGradients.backward(
            network,
            batch,
            (z, rows) -> TorchOps.crossEntropyRows(z, rows.labels()).mul(rows.weights().sqrt()));
    ForwardPass pass = backward.pass();
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i < backward.gradients().size(); i++) {
        ForwardPass.Visit visit = backward.visits().get(i);
        Map<Parameter, NDArray> sums =
            visit
                .layer()
                .sumOfSquaredGradients(
                    pass, visit.input().stopGradient(), backward.gradients().get(i));
        sums.forEach(
            (parameter, sum) -> {
              if (parameter.requiresGradient()) {
                NDArray value =
                    Objects.requireNonNull(pass.getValue(parameter, network.device(), false));
                WeightLayout.Tensor tensor = network.tensorOf(value);
                try (NDArray part = TorchOps.view(total, tensor.offset(), tensor.shape())) {
                  part.addi(sum);
                }
              }
              sum.close();
            });
        backward.gradients().get(i).close();
      }
    }
  }
}
