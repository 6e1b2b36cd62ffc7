package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * How near the candidates are to the rows a selector chose of them, in the space of a network's features.
 *
 * <pre>{@code
 * d_i           = min_{s ∈ chosen} ‖h_i − h_s‖₂          h: input of the last linear layer, (N, D)
 * meanDistance  = mean_i d_i
 * radius        = max_i d_i
 * }</pre>
 *
 * <p>The mean is the coverage of Zheng et al., the area under the curve of the share of candidates within a reach, over all
 * reaches, so none has to be chosen; the maximum is the covering radius of Sener and Savarese, which k-center keeps small and a
 * single outlier decides. For both less is better, 0 when every candidate is chosen, and both are in units of the features: to
 * be compared between choices from the same candidates under the same network.
 *
 * @param meanDistance of a candidate to the nearest chosen row
 * @param radius the largest such distance
 * @see <a href="https://arxiv.org/abs/2210.15809">Zheng et al., 2023</a>
 * @see <a href="https://arxiv.org/abs/1708.00489">Sener and Savarese, 2018</a>
 */
public record Coverage(double meanDistance, double radius) {
  /** Distances that are in memory at a time. */
  private static final int BLOCK = 1 << 22;

  /**
   * Measures it, in 64 bits.
   *
   * @param features of the candidates, finite
   * @param chosen their places, one or more
   */
  static Coverage of(float[][] features, int[] chosen) {
    double[] squared = squaredDistances(features, chosen);
    for (int place : chosen) {
      squared[place] = 0;
    }
    double[] distances = Arrays.stream(squared).map(d -> Math.sqrt(Math.max(0, d))).toArray();
    return new Coverage(
        Arrays.stream(distances).average().orElseThrow(),
        Arrays.stream(distances).max().orElseThrow());
  }

  private static double[] squaredDistances(float[][] features, int[] chosen) {
    double[] nearest = new double[features.length];
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray h = doubles(manager, features);
      NDArray centres =
          doubles(
              manager, Arrays.stream(chosen).mapToObj(i -> features[i]).toArray(float[][]::new));
      NDArray norms = centres.square().sum(new int[] {1});
      NDArray transposed = centres.transpose();
      int step = Math.max(1, BLOCK / chosen.length);
      for (int from = 0; from < nearest.length; from += step) {
        int to = Math.min(from + step, nearest.length);
        try (NDManager scope = manager.newSubManager()) {
          NDArray x = h.get(new NDIndex(from + ":" + to));
          x.attach(scope);
          double[] found =
              x.matMul(transposed)
                  .mul(-2)
                  .add(norms)
                  .min(new int[] {1})
                  .add(x.square().sum(new int[] {1}))
                  .toDoubleArray();
          System.arraycopy(found, 0, nearest, from, found.length);
        }
      }
    }
    return nearest;
  }

  private static NDArray doubles(NDManager manager, float[][] rows) {
    try (NDArray narrow = TorchOps.matrix(manager, rows)) {
      return TorchOps.float64(manager, narrow);
    }
  }
}
