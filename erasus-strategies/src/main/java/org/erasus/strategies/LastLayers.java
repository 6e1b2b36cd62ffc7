package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.train.Training;

/** Fine-tuning of the last layers alone, in their order of parameters. A layer is all tensors under one path, such as fc. */
final class LastLayers {
  private LastLayers() {}

  /** Trains the last k layers of the task's network on its retain rows, and ends the log of the strategy that does so. */
  static Unlearned fineTune(UnlearningTask task, int k, Training training, RunLog log) {
    Unlearned result = fineTune(task, k, new FineTune(training));
    log.include(result.record());
    return new Unlearned(result.network(), log.end(result.record().reason()));
  }

  private static Unlearned fineTune(UnlearningTask task, int k, FineTune all) {
    if (firstTensor(task.network(), k) == 0) {
      return all.unlearn(task);
    }
    return NamedLayers.under(mask(task.network(), k), task, all::unlearn);
  }

  /** Free parameters: those of the last k layers. */
  static Mask mask(Network network, int k) {
    long from = network.layout().trainable().get(firstTensor(network, k)).offset();
    try (NDManager scope = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      NDArray place =
          scope.arange(0, Math.toIntExact(network.layout().parameters()), 1, DataType.INT64);
      return Mask.of(place.gte(from));
    }
  }

  /** Index of the first trainable tensor of the last k layers. */
  static int firstTensor(Network network, int k) {
    List<WeightLayout.Tensor> tensors = network.layout().trainable();
    int first = tensors.size();
    for (int left = k; left > 0; left--) {
      if (first == 0) {
        throw new IllegalArgumentException(
            "layers must be at most " + (k - left) + ", as many as the network has, but was " + k);
      }
      String path = tensors.get(first - 1).path();
      while (first > 0 && tensors.get(first - 1).path().equals(path)) {
        first--;
      }
    }
    return first;
  }
}
