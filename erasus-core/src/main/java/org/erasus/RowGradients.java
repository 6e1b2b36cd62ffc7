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
    NDArray[] gradients;
    try (GradMode on = GradMode.on()) {
      recorded = network.record(batch);
      requireAllParameters(network, recorded.visits());
      NDArray loss = TorchOps.crossEntropySum(recorded.logits(), batch.labels());
      NDArray[] outputs =
          recorded.visits().stream().map(ForwardPass.Visit::output).toArray(NDArray[]::new);
      gradients = TorchOps.gradients(loss, outputs, false, false);
    }
    try (GradMode off = GradMode.off()) {
      NDArray sum = null;
      for (int i = 0; i < gradients.length; i++) {
        ForwardPass.Visit visit = recorded.visits().get(i);
        if (isFrozen(visit)) {
          gradients[i].close();
          continue;
        }
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

  /** Whether a layer has nothing to train, so that its rows' gradients do not count. */
  private static boolean isFrozen(ForwardPass.Visit visit) {
    return visit.layer().layerParameters().stream().noneMatch(Parameter::requiresGradient);
  }

  private static boolean isLearned(Parameter parameter) {
    return parameter.getType() != Parameter.Type.RUNNING_MEAN
        && parameter.getType() != Parameter.Type.RUNNING_VAR;
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
      if (!isFrozen(visit)
          && visit.layer().layerParameters().stream()
              .anyMatch(p -> isLearned(p) && !p.requiresGradient())) {
        throw new UnsupportedOperationException(
            "a layer has both frozen and free parameters, whose gradients it does not tell apart: freeze all of it or"
                + " none");
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
