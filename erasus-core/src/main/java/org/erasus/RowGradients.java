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

  private static float[] squaredNorms(Network network, Batch batch) {
    Network.Recorded recorded;
    List<ForwardPass.Visit> visits;
    NDArray[] gradients;
    try (GradMode on = GradMode.on()) {
      recorded = network.record(batch);
      visits = recorded.visits().stream().filter(RowGradients::isTrainable).toList();
      requireAllParameters(network, visits);
      NDArray loss = TorchOps.crossEntropySum(recorded.logits(), batch.labels());
      NDArray[] outputs = visits.stream().map(ForwardPass.Visit::output).toArray(NDArray[]::new);
      gradients = TorchOps.gradients(loss, outputs, false, false);
    }
    try (GradMode off = GradMode.off()) {
      NDArray sum = null;
      for (int i = 0; i < gradients.length; i++) {
        ForwardPass.Visit visit = visits.get(i);
        NDArray layer =
            visit
                .layer()
                .squaredGradientNorms(recorded.pass(), visit.input().stopGradient(), gradients[i]);
        sum = sum == null ? layer : sum.addi(layer);
        gradients[i].close();
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
