package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * How much each parameter matters for some rows, by the sizes of single rows' gradients: the diagonal of the Fisher
 * information, for the rows' own classes or for those the network expects, and the sensitivity of the outputs.
 *
 * <pre>{@code
 * diagonal     I = Σ_i w_i (∂CE(x_i, y_i)/∂θ)² / Σ_i w_i                     (P)
 * expected     I = Σ_i w_i Σ_c p(c|x_i) (∂CE(x_i, c)/∂θ)² / Σ_i w_i          (P), p held fixed
 * sensitivity  Ω = Σ_i w_i |∂φ(z(x_i))/∂θ| / Σ_i w_i                         (P), z logits
 * }</pre>
 *
 * <p>The gradients of single rows are squared, or their sign taken off, then averaged; the square of an averaged gradient
 * is another quantity. A diagonal or sensitivity costs one pass forward and back a batch, an expected diagonal one forward
 * and one back for each class: every layer tells its rows' gradients from what went in and the gradient of what came out. The
 * weights w of the rows are 1 unless a coreset sets them. The network is taken as it is, in evaluation mode.
 */
public final class Fisher {
  private static final int BATCH = 64;

  /** Rows at once where every row's gradient is written out. */
  private static final int SMALL_BATCH = 16;

  /** A number told by the outputs of a row. */
  public enum Output {
    /** φ(z) = ‖z‖₂; a row of outputs 0 does not count. */
    NORM,
    /** φ(z) = ‖z‖₂². */
    SQUARED_NORM
  }

  private Fisher() {}

  /**
   * The diagonal of the empirical Fisher information, by the rows' own classes.
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
    return average(network, rows, scope, batchSize, Fisher::addDiagonal);
  }

  /**
   * The diagonal of the Fisher information, expected over the classes as the network sees them.
   *
   * @param rows one or more
   * @param scope owns the result
   * @return (P), in the order of the network's parameters
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static NDArray expectedDiagonal(Network network, Rows rows, NDManager scope) {
    return average(network, rows, scope, BATCH, Fisher::addExpected);
  }

  /**
   * The sensitivity of the outputs, which asks for no classes.
   *
   * @param rows one or more
   * @param scope owns the result
   * @return (P), in the order of the network's parameters
   * @throws UnsupportedOperationException for parameters outside the layers that can tell, naming the layer
   */
  public static NDArray sensitivity(Network network, Rows rows, Output output, NDManager scope) {
    return average(
        network,
        rows,
        scope,
        SMALL_BATCH,
        (total, model, batch) -> addSensitivity(total, model, batch, output));
  }

  /** Adds Σ_i w_i of something to a total (P). */
  private interface Part {
    void add(NDArray total, Network network, Batch batch);
  }

  private static NDArray average(
      Network network, Rows rows, NDManager scope, int batchSize, Part part) {
    network.requireFit(rows.data());
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("the Fisher information of no rows is not defined");
    }
    NDArray total;
    try (GradMode off = GradMode.off()) {
      total = network.parameters().zerosLike();
      total.attach(scope);
    }
    for (Rows piece : rows.batches(batchSize)) {
      try (Batch batch = piece.load(network.device())) {
        part.add(total, network, batch);
      }
    }
    try (GradMode off = GradMode.off()) {
      return total.divi((float) rows.totalWeight());
    }
  }

  private static void addDiagonal(NDArray total, Network network, Batch batch) {
    // the loss of a row counts √w times, so its squared gradient counts w times
    addSquares(
        total,
        network,
        batch,
        List.of(
            (z, rows) -> TorchOps.crossEntropyRows(z, rows.labels()).mul(rows.weights().sqrt())));
  }

  private static void addExpected(NDArray total, Network network, Batch batch) {
    addSquares(total, network, batch, ofEveryClass(network.classes()));
  }

  /** {@link #ofClass} of each class. */
  static List<RowGradients.RowLoss> ofEveryClass(int classes) {
    return IntStream.range(0, classes).mapToObj(Fisher::ofClass).toList();
  }

  /** The loss of a row as if it were of a class, times √(w p_c): squared, it counts as the expectation over classes does. */
  private static RowGradients.RowLoss ofClass(int c) {
    return (z, rows) -> {
      NDArray times =
          z.stopGradient().softmax(1).get(":, " + c).mul(rows.weights()).sqrt().stopGradient();
      NDArray labels = rows.labels().zerosLike().addi(c);
      return TorchOps.crossEntropyRows(z, labels).mul(times);
    };
  }

  private static void addSquares(
      NDArray total, Network network, Batch batch, List<RowGradients.RowLoss> losses) {
    RowGradients.ofLayers(
        network,
        batch,
        losses,
        RowGradients::ofSquares,
        (tensor, sum) -> {
          try (NDArray part = TorchOps.view(total, tensor.offset(), tensor.shape())) {
            part.addi(sum);
          }
        });
  }

  private static void addSensitivity(NDArray total, Network network, Batch batch, Output output) {
    RowGradients.ofLayers(
        network,
        batch,
        List.of(
            (z, rows) -> {
              NDArray squared = z.square().sum(new int[] {1});
              NDArray size =
                  output == Output.NORM
                      // at 0 the norm has no gradient: a constant there, whose gradient is 0
                      ? TorchOps.where(squared.gt(0), squared, 1).sqrt()
                      : squared;
              return size.mul(rows.weights());
            }),
        RowGradients::ofRows,
        (tensor, rows) -> {
          try (NDArray part = TorchOps.view(total, tensor.offset(), tensor.shape());
              NDArray sizes = rows.abs();
              NDArray sum = sizes.sum(new int[] {0})) {
            part.addi(sum);
          }
        });
  }
}
