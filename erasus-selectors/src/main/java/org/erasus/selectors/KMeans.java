package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Chooses the rows in the middle of k clusters of the network's features, found by k-means in small batches.
 *
 * <pre>{@code
 * start   c_t = h_i with probability ∝ min_{s<t} ‖h_i − c_s‖²          k-means++, t = 1 … k
 * batch   a(i) = argmin_t ‖h_i − c_t‖                                  h: input of the last linear layer, (N, D)
 *         n_t ← n_t + |{i : a(i) = t}|,  c_t ← mean of its start and all rows that came to it so far
 * choice  r_t = the row nearest to c_t that is not chosen yet, t = 1 … k
 * }</pre>
 *
 * <p>Centres that share their nearest row take the next nearest, so there are k rows without topping up. Unlike the paper, the
 * row a centre starts from counts as its first. There are no scores. Time O(k·N·D·(epochs + 2)), memory O((N + k)·D).
 *
 * @param epochs passes over the rows, 1 or more
 * @param batchSize rows a batch, 1 or more
 * @see <a href="https://doi.org/10.1145/1772690.1772862">Sculley, 2010</a>
 * @see <a href="https://theory.stanford.edu/~sergei/papers/kMeansPP-soda.pdf">Arthur and Vassilvitskii, 2007</a>
 */
public record KMeans(int epochs, int batchSize) implements Selector {
  /** Ten passes in batches of 1,024. */
  public static final KMeans DEFAULTS = new KMeans(10, 1024);

  /** Checks the ranges. */
  public KMeans {
    Check.atLeast(1, epochs, "epochs");
    Check.atLeast(1, batchSize, "batchSize");
  }

  /** The same with another number of passes. */
  public KMeans withEpochs(int count) {
    return new KMeans(count, batchSize);
  }

  /** The same with batches of another size. */
  public KMeans withBatchSize(int rows) {
    return new KMeans(epochs, rows);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    float[][] features = Matrices.centred(Matrices.features(task));
    int k = task.wanted();
    int[] rows = new int[k];
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray h = Matrices.of(manager, features);
      NDArray squaredNorms = h.square().sum(new int[] {1});
      NDArray centres = centres(manager, h, squaredNorms, k, task);
      for (int t = 0; t < k; t++) {
        try (NDArray centre =
            TorchOps.view(centres, t * h.getShape().get(1), new Shape(h.getShape().get(1)))) {
          rows[t] = TorchOps.nearestInPlace(h, squaredNorms, centre);
        }
        task.progressed("choices", t + 1, k);
      }
    }
    return Coreset.of(task.candidates().take(rows).ids(), displayName());
  }

  /** The centres one after another, (k·D). */
  NDArray centres(NDManager manager, NDArray h, NDArray squaredNorms, int k, SelectionTask task) {
    int n = (int) h.getShape().get(0);
    long width = h.getShape().get(1);
    NDArray flat;
    try (NDArray seeds = Matrices.index(manager, seeds(manager, h, squaredNorms, k, task));
        NDArray rows = TorchOps.rows(manager, h, seeds)) {
      flat = rows.reshape(k * width).duplicate();
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray centres = TorchOps.view(flat, 0, new Shape(k, width));
      centres.attach(scope);
      NDArray counts = scope.ones(new Shape(k));
      for (int epoch = 0; epoch < epochs; epoch++) {
        int[] order = Seeds.permutation(n, task.seeds().stream("k-means batches", epoch));
        for (int from = 0; from < n; from += batchSize) {
          int to = (int) Math.min((long) from + batchSize, n);
          try (NDArray index = Matrices.index(scope, Arrays.copyOfRange(order, from, to));
              NDArray batch = TorchOps.rows(scope, h, index)) {
            TorchOps.kMeansInPlace(batch, centres, counts);
          }
          task.progressed("k-means", (long) epoch * n + to, (long) epochs * n);
        }
      }
    }
    return flat;
  }

  private static int[] seeds(
      NDManager manager, NDArray h, NDArray squaredNorms, int k, SelectionTask task) {
    SplittableRandom random = task.seeds().stream("k-means++");
    int n = (int) h.getShape().get(0);
    int[] seeds = new int[k];
    try (NDArray nearest = manager.full(new Shape(n), Float.POSITIVE_INFINITY)) {
      seeds[0] = random.nextInt(n);
      for (int t = 1; t < k; t++) {
        int furthest = TorchOps.coverInPlace(h, squaredNorms, nearest, seeds[t - 1]);
        seeds[t] = draw(nearest.toFloatArray(), furthest, random);
        task.progressed("first centres", t + 1L, k);
      }
    }
    return seeds;
  }

  /** A row by its weight, chosen ones having −1; when no weight is left, the first row that is. */
  private static int draw(float[] weights, int fallback, SplittableRandom random) {
    double sum = 0;
    for (float weight : weights) {
      sum += Math.max(weight, 0);
    }
    double left = random.nextDouble() * sum;
    for (int i = 0; i < weights.length; i++) {
      left -= Math.max(weights[i], 0);
      if (left < 0) {
        return i;
      }
    }
    return fallback;
  }
}
