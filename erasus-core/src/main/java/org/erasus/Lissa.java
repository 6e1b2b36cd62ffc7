package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import java.util.SplittableRandom;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * LiSSA: a Neumann series with the Hessians of small samples, averaged over several such series.
 *
 * <pre>{@code
 * x₀ = v;  x_{j+1} = v + x_j − (H_j + λI) x_j / scale;  x = mean over repeats of x_depth / scale
 * }</pre>
 *
 * <p>Rows count by the weights of coresets: H_j is the mean over its sample of w_i ∇²CE_i, by the mean weight of all rows, so
 * that its expectation is H.
 *
 * @param depth number of terms, 1 or more
 * @param batchSize rows in the sample of every H_j, 1 or more
 * @param repeats number of series, 1 or more
 * @param scale above the largest eigenvalue of H + λI, or the series grows without end
 * @param damping λ, 0 or more
 * @see <a href="https://arxiv.org/abs/1602.03943">Agarwal et al., 2017</a>
 */
public record Lissa(int depth, int batchSize, int repeats, double scale, double damping)
    implements InverseHessian {
  /** One series of a thousand terms of 64 rows, scale 25, λ 0.01. */
  public static final Lissa DEFAULTS = new Lissa(1000, 64, 1, 25, 0.01);

  /** Checks the ranges. */
  public Lissa {
    Check.atLeast(1, depth, "depth");
    Check.atLeast(1, batchSize, "batchSize");
    Check.atLeast(1, repeats, "repeats");
    Check.positive(scale, "scale");
    Check.nonNegative(damping, "damping");
  }

  /**
   * Sums the series.
   *
   * @throws ArithmeticException when it grows without end, naming the remedy
   */
  @Override
  public NDArray times(
      Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    SplittableRandom random = seeds.stream("lissa");
    try (NDManager inner = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      Hessians.requireFinite(v);
      double meanWeight = rows.totalWeight() / rows.size();
      double change = 0;
      NDArray mean = Hessians.copy(v, inner).muli(0);
      for (int i = 0; i < repeats; i++) {
        NDArray x = Hessians.copy(v, inner);
        for (int j = 0; j < depth; j++) {
          try (NDManager step = EngineRuntime.newManager(network.device())) {
            Rows some = rows.sample(batchSize, random);
            NDArray hx =
                Hessians.product(network, some, meanWeight * some.size(), x, damping, step, effort);
            if (j == depth - 1) {
              change = Math.max(change, relativeChange(hx, x, v));
            }
            TorchOps.addInPlace(x, hx, -1 / scale);
            TorchOps.addInPlace(x, v, 1);
          }
          effort.progressed(
              "terms of the series", (long) i * depth + j + 1, (long) repeats * depth);
        }
        requireBounded(x, v);
        TorchOps.addInPlace(mean, x, 1 / (scale * repeats));
        x.close();
      }
      effort.remark(
          String.format(Locale.ROOT, "LiSSA: the last term changed the sum by %.1e of it", change));
      mean.attach(scope);
      return mean;
    }
  }

  /** ‖v − (H_j + λI) x_j / scale‖ / ‖x_j‖. */
  private double relativeChange(NDArray hx, NDArray x, NDArray v) {
    double before = Hessians.squared(x);
    try (NDArray taken = hx.mul((float) (-1 / scale));
        NDArray term = taken.add(v)) {
      return before == 0 ? 0 : Math.sqrt(Hessians.squared(term) / before);
    }
  }

  private void requireBounded(NDArray x, NDArray v) {
    double limit = 10.0 * depth;
    double start = Hessians.squared(v);
    double end = Hessians.squared(x);
    if (!(end <= limit * limit * start)) {
      throw new ArithmeticException(
          "the series grew to "
              + Math.sqrt(end / start)
              + " times its start in "
              + depth
              + " terms: use a scale above "
              + scale
              + ", more rows at a time or a larger damping");
    }
  }
}
