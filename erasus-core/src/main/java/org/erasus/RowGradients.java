package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.nn.ForwardPass;

/**
 * Gradients of single rows without a backward pass for each: rows do not meet inside a layer in evaluation mode, so one
 * backward pass of the summed loss gives every row's gradient at every layer's output, and each layer knows the rest.
 */
final class RowGradients {
  private RowGradients() {}

  /** ‖∇_θ loss_i‖₂ of each row. */
  static double[] norms(Network network, Rows rows, int batchSize) {
    double[] norms = new double[rows.size()];
    int at = 0;
    for (Rows piece : rows.batches(batchSize)) {
      try (Batch batch = piece.load(network.device())) {
        for (float squared : squaredNorms(network, batch)) {
          norms[at++] = Math.sqrt(squared);
        }
      }
    }
    return norms;
  }

  /** The layers of a pass that take part in training, and the gradient of its loss at the output of each. */
  record Backward(ForwardPass pass, List<ForwardPass.Visit> visits, List<NDArray> gradients) {}

  /** A loss of every row. */
  interface RowLoss {
    /** Logits (B, C) → (B), in the batch's scope. */
    NDArray of(NDArray logits, Batch batch);
  }

  /** Runs a batch forward, and its summed loss back to the outputs of the layers. */
  static Backward backward(Network network, Batch batch, RowLoss loss) {
    try (GradMode on = GradMode.on()) {
      Network.Recorded recorded = network.record(batch);
      List<ForwardPass.Visit> visits =
          recorded.visits().stream().filter(RowGradients::isTrainable).toList();
      requireAllParameters(network, visits);
      NDArray sum = loss.of(recorded.logits(), batch).sum();
      NDArray[] outputs = visits.stream().map(ForwardPass.Visit::output).toArray(NDArray[]::new);
      return new Backward(
          recorded.pass(), visits, List.of(TorchOps.gradients(sum, outputs, false, false)));
    }
  }

  private static float[] squaredNorms(Network network, Batch batch) {
    Backward backward =
        backward(network, batch, (z, rows) -> TorchOps.crossEntropyRows(z, rows.labels()));
    List<NDArray> gradients = backward.gradients();
    try (GradMode off = GradMode.off()) {
      NDArray sum = null;
      for (int i = 0; i < gradients.size(); i++) {
        ForwardPass.Visit visit = backward.visits().get(i);
        NDArray layer =
            visit
                .layer()
                .squaredGradientNorms(
                    backward.pass(), visit.input().stopGradient(), gradients.get(i));
        sum = sum == null ? layer : sum.addi(layer);
        gradients.get(i).close();
      }
      if (sum == null) {
        throw new UnsupportedOperationException(
            "the network has no layers that can be looked into");
      }
      return sum.toFloatArray();
    }
  }

  /**
   * Whether a layer's parameters are trained. A layer tells one norm for all of them, so all must be, running statistics
   * apart.
   */
  private static boolean isTrainable(ForwardPass.Visit visit) {
    List<Parameter> parameters =
        visit.layer().layerParameters().stream()
            .filter(parameter -> !BlockArchitecture.isRunningStatistic(parameter))
            .toList();
    long trainable = parameters.stream().filter(Parameter::requiresGradient).count();
    if (trainable != 0 && trainable != parameters.size()) {
      throw new UnsupportedOperationException(
          "per-row gradients need layers that are trained as a whole or frozen as a whole, but of "
              + parameters.stream().map(Parameter::getName).toList()
              + " only "
              + trainable
              + " is trained");
    }
    return trainable != 0;
  }

  /** The layers seen must be each seen once and hold every trainable parameter, or the sum is not the norm. */
  private static void requireAllParameters(Network network, List<ForwardPass.Visit> visits) {
    Set<Parameter> seen = new HashSet<>();
    long size = 0;
    for (ForwardPass.Visit visit : visits) {
      for (Parameter parameter : visit.layer().layerParameters()) {
        if (!seen.add(parameter)) {
          throw new UnsupportedOperationException(
              "a layer with parameter "
                  + parameter.getName()
                  + parameter.getShape()
                  + " is used twice in a pass: its rows' gradients do not add up from the parts");
        }
        size += parameter.requiresGradient() ? parameter.getShape().size() : 0;
      }
    }
    if (size != network.layout().parameters()) {
      throw new UnsupportedOperationException(
          "layers that can tell their rows' gradients hold "
              + size
              + " of the network's "
              + network.layout().parameters()
              + " parameters: use layers of org.erasus.nn");
    }
  }
}
