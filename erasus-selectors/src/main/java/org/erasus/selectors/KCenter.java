package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Covers the candidates: goes on choosing the row furthest from all chosen so far, in the space of the network's features.
 *
 * <pre>{@code
 * c₁   = the row nearest to the mean of all
 * c_t  = argmax_i min_{s<t} ‖h_i − h_{c_s}‖₂          h: input of the last linear layer, (N, D)
 * }</pre>
 *
 * <p>The largest distance of any row to its nearest chosen one is at most twice what the best k rows could reach. The paper
 * starts from labelled rows and bounds outliers by a mixed-integer programme; this is its greedy rule alone, started at the
 * middle. Scores are the distances to the
 * rows chosen before; the first row's is that of the row furthest from it. A single row scores 0. Rows that
 * coincide with a chosen one come last, in the order of the data set. Time O(k·N·D), memory O(N·D).
 *
 * @see <a href="https://doi.org/10.1016/0304-3975(85)90224-5">Gonzalez, 1985</a>
 * @see <a href="https://arxiv.org/abs/1708.00489">Sener and Savarese, 2018</a>
 */
public record KCenter() implements Selector {
  /** The only settings. */
  public static final KCenter DEFAULTS = new KCenter();

  @Override
  public Coreset choose(SelectionTask task) {
    float[][] features = Matrices.centred(Matrices.features(task));
    int wanted = task.wanted();
    long[] ids = new long[wanted];
    double[] scores = new double[wanted];
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray h = Matrices.of(manager, features);
      NDArray squaredNorms = h.square().sum(new int[] {1});
      NDArray nearest = manager.full(new Shape(features.length), Float.POSITIVE_INFINITY);
      int centre = middle(features);
      for (int t = 0; t < wanted; t++) {
        ids[t] = task.candidates().data().id(task.candidates().position(centre));
        float before = nearest.getFloat(centre);
        int next = TorchOps.coverInPlace(h, squaredNorms, nearest, centre);
        scores[t] = Math.sqrt(t == 0 ? Math.max(0, nearest.getFloat(next)) : before);
        centre = next;
        task.progressed("centres", t + 1, wanted);
      }
    }
    return Coreset.of(ids, scores, displayName());
  }

  private static int middle(float[][] rows) {
    double[] mean = Matrices.mean(rows);
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < rows.length; i++) {
      double distance = 0;
      for (int d = 0; d < mean.length; d++) {
        distance += (rows[i][d] - mean[d]) * (rows[i][d] - mean[d]);
      }
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }
}
