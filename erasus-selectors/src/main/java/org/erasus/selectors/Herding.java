package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Chooses rows whose mean stays as near as can be to that of all, in the space of the network's features.
 *
 * <pre>{@code
 * c_t = argmin_i ‖μ − (1/t)(h_i + Σ_{s<t} h_{c_s})‖₂          h: input of the last linear layer, (N, D); μ: their mean
 * }</pre>
 *
 * <p>No row is taken twice. This is the greedy rule of Rebuffi et al., who divide features by their length first and here they
 * stay as they are; the herding of Welling is the same for features of one length. Any first rows of the choice are themselves
 * the choice of so many; there are no scores. Time O(k·N·D), memory O(N·D).
 *
 * @see <a href="https://doi.org/10.1145/1553374.1553517">Welling, 2009</a>
 * @see <a href="https://arxiv.org/abs/1611.07725">Rebuffi et al., 2017</a>
 */
public record Herding() implements Selector {
  /** The only settings. */
  public static final Herding DEFAULTS = new Herding();

  @Override
  public Coreset choose(SelectionTask task) {
    float[][] features = Matrices.centred(Matrices.features(task));
    int[] rows = new int[task.wanted()];
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray h = Matrices.of(manager, features);
      NDArray squaredNorms = h.square().sum(new int[] {1});
      double[] mean = Matrices.mean(features);
      double[] owed = new double[mean.length]; // t·μ − Σ_{s<t} h_{c_s}
      for (int t = 0; t < rows.length; t++) {
        float[] point = new float[mean.length];
        for (int d = 0; d < mean.length; d++) {
          owed[d] += mean[d];
          point[d] = (float) owed[d];
        }
        try (NDArray nearTo = manager.create(point)) {
          rows[t] = TorchOps.nearestInPlace(h, squaredNorms, nearTo);
        }
        for (int d = 0; d < mean.length; d++) {
          owed[d] -= features[rows[t]][d];
        }
        task.progressed("choices", t + 1, rows.length);
      }
    }
    return Coreset.of(task.candidates().take(rows).ids(), displayName());
  }
}
