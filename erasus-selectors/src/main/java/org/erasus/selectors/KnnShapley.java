package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Prefers the rows a nearest-neighbour classifier of the target rows owes most to: their exact Shapley values.
 *
 * <pre>{@code
 * v(S)    = (1/K) Σ_{j ≤ min(K,|S|)} 1[y_{α_j(S)} = y]              α_j(S): the j-th nearest row of S to a target (x, y)
 * s_{α_N} = 1[y_{α_N} = y] · min(K,N)/(K·N)                         the furthest of N candidates
 * s_{α_i} = s_{α_{i+1}} + (1[y_{α_i} = y] − 1[y_{α_{i+1}} = y])/K · min(K,i)/i
 * score   = mean over the target rows of s
 * }</pre>
 *
 * <p>Distances are Euclidean, between the network's features. The values of all candidates sum to the mean of v over the
 * target rows. The paper writes s_{α_N} = 1[…]/N, which is the same for N ≥ K. A candidate that is a target row, too, is its own
 * nearest neighbour. Rows at equal distance stand in the order of the data set, and their values depend on it, as the votes of
 * the classifier do; distances are computed in 32 bits, so of nearly equal ones rounding decides. Time O(N·D + N log N) a target
 * row, memory O(N·D) and some 100 MB.
 *
 * @param k K, neighbours that vote, 1 or more
 * @param target rows to be classified
 * @see <a href="https://arxiv.org/abs/1908.08619">Jia et al., 2019</a>, Theorem 1
 */
public record KnnShapley(int k, Mark target) implements Selector {
  /** Five neighbours, validation rows. */
  public static final KnnShapley DEFAULTS = new KnnShapley(5, Mark.VALIDATION);

  /** Distances at a time. */
  private static final int BLOCK = 1 << 21;

  /** Checks the range. */
  public KnnShapley {
    Check.atLeast(1, k, "k");
  }

  /** These settings with another number of neighbours. */
  public KnnShapley withK(int k) {
    return new KnnShapley(k, target);
  }

  /** These settings with other target rows. */
  public KnnShapley withTarget(Mark target) {
    return new KnnShapley(k, target);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    Targets.of(displayName(), task, target);
    return Coreset.of(
            task.candidates().ids(), values(task, ValuedFeatures.of(task, target)), displayName())
        .top(task.wanted());
  }

  private double[] values(SelectionTask task, ValuedFeatures features) {
    int n = features.rows.length;
    int asked = features.targets.length;
    int block = Math.max(1, BLOCK / n);
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray x = Matrices.of(manager, features.rows);
      NDArray squaredNorms = x.square().sum(new int[] {1});
      NDArray labels = Matrices.index(manager, features.labels);
      NDArray targets = Matrices.of(manager, features.targets);
      NDArray targetLabels = Matrices.index(manager, features.targetLabels);
      NDArray factors = manager.create(factors(n)).duplicate();
      NDArray total = factors.zerosLike();
      for (int from = 0; from < asked; from += block) {
        int to = Math.min(asked, from + block);
        NDIndex piece = new NDIndex(from + ":" + to);
        try (NDArray some = targets.get(piece);
            NDArray someLabels = targetLabels.get(piece)) {
          TorchOps.knnShapleyInPlace(total, x, squaredNorms, labels, factors, some, someLabels);
        }
        task.progressed("target rows", to, asked);
      }
      return Arrays.stream(total.toDoubleArray()).map(sum -> sum / asked).toArray();
    }
  }

  /** min(K,i)/(i·K) for i = 1 … N. */
  private double[] factors(int n) {
    double[] factors = new double[n];
    Arrays.setAll(factors, i -> Math.min(k, i + 1) / ((i + 1.0) * k));
    return factors;
  }
}
