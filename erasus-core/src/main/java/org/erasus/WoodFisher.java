package org.erasus;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * The empirical Fisher information in place of the Hessian, inverted exactly by the Woodbury identity.
 *
 * <pre>{@code
 * G = ∇CE_i of N rows                                       (N, P)
 * x = (GᵀG/N + λI)⁻¹ v = (v − Gᵀ (GGᵀ + NλI)⁻¹ G v) / λ     (P), in 64 bits
 * }</pre>
 *
 * <p>The rows' gradients come from one backward pass a batch; weights of coresets do not count here. Where N·P numbers would be
 * too many, blocks of rows are held at a time, and gone through again for every other block. GGᵀ is kept, 8·N² bytes, and
 * solved in N³/3 steps outside the engine. The
 * recursion in the code of Jia et al. keeps one vector where the Woodbury recursion has one for every row, and so inverts
 * another matrix.
 *
 * @param rows N, 1 or more, of which 16,384 are the most that are worked with; drawn from the rows there are
 * @param damping λ, above 0
 * @see <a href="https://arxiv.org/abs/2004.14340">Singh and Alistarh, 2020</a>
 */
public record WoodFisher(int rows, double damping) implements InverseHessian {
  /** A thousand rows, λ 1 as in the code of Jia et al., which their α of 1 to 20 belong to. */
  public static final WoodFisher DEFAULTS = new WoodFisher(1000, 1);

  /** The products of every two rows are 2 GiB in 64 bits. */
  private static final int MOST = 1 << 14;

  /** Numbers in a block of gradients. */
  private static final long BLOCK = 1 << 25;

  /** Most rows of a block, so that the products of two blocks are 128 MiB in one array. */
  private static final int SIDE = 4096;

  /** Checks the ranges. */
  public WoodFisher {
    Check.atLeast(1, rows, "rows");
    Check.positive(damping, "damping");
  }

  /**
   * Solves.
   *
   * @throws IllegalArgumentException for more than 16,384 rows, before any work
   */
  @Override
  public NDArray times(
      Network network, Rows from, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    int n = Math.min(rows, from.size());
    if (n > MOST) {
      throw new IllegalArgumentException(
          "wood-fisher keeps the products of every two rows, "
              + 8L * n * n / (1 << 20)
              + " MiB for "
              + n
              + " of them: take at most "
              + MOST
              + " rows");
    }
    Rows chosen = from.sample(rows, seeds.stream("wood-fisher"));
    return times(network, chosen, v, scope, effort, BLOCK);
  }

  NDArray times(
      Network network, Rows chosen, NDArray v, NDManager scope, Effort effort, long block) {
    int held = held(chosen.size(), v.size(), block);
    List<Rows> pieces = chosen.batches(held);
    int n = chosen.size();
    double[][] gram = new double[n][n];
    double[] right = new double[n];
    Device device = EngineRuntime.wideDevice(network.device());
    try (NDManager inner = EngineRuntime.newManager(device)) {
      NDArray wide = TorchOps.float64(inner, v);
      for (int i = 0; i < pieces.size(); i++) {
        try (NDManager one = EngineRuntime.newManager(device)) {
          NDArray a = gradients(network, pieces.get(i), one, effort);
          write(right, i * held, a.matMul(wide.reshape(-1, 1)).toDoubleArray());
          write(gram, i * held, i * held, a, a);
          for (int j = 0; j < i; j++) {
            try (NDManager other = EngineRuntime.newManager(device)) {
              write(gram, i * held, j * held, a, gradients(network, pieces.get(j), other, effort));
            }
          }
        }
      }
      for (int i = 0; i < n; i++) {
        gram[i][i] += n * damping;
      }
      double[] y = Cholesky.solve(gram, right);
      for (int i = 0; i < pieces.size(); i++) {
        try (NDManager one = EngineRuntime.newManager(device);
            GradMode off = GradMode.off()) {
          NDArray a = gradients(network, pieces.get(i), one, effort);
          double[] part = new double[pieces.get(i).size()];
          System.arraycopy(y, i * held, part, 0, part.length);
          try (NDArray window = one.create(part)) {
            wide.subi(window.duplicate().reshape(1, -1).matMul(a).flatten());
          }
        }
      }
      try (GradMode off = GradMode.off()) {
        NDArray x =
            wide.divi(damping).toType(DataType.FLOAT32, false).toDevice(network.device(), false);
        x.attach(scope);
        return x;
      }
    }
  }

  /** Rows in a block of gradients. */
  static int held(int rows, long parameters, long block) {
    return (int) Math.max(1, Math.min(Math.min(rows, SIDE), block / parameters));
  }

  private static NDArray gradients(Network network, Rows rows, NDManager scope, Effort effort) {
    effort.forwardBackward(rows.size());
    NDArray found = RowGradients.of(network, rows, scope);
    try (GradMode off = GradMode.off();
        found) {
      return TorchOps.float64(scope, found);
    }
  }

  private static void write(double[] into, int from, double[] values) {
    System.arraycopy(values, 0, into, from, values.length);
  }

  private static void write(double[][] gram, int row, int column, NDArray a, NDArray b) {
    try (GradMode off = GradMode.off();
        NDArray transposed = b.transpose();
        NDArray products = a.matMul(transposed)) {
      double[] values = products.toDoubleArray();
      int width = (int) b.getShape().get(0);
      for (int k = 0; k < values.length; k++) {
        gram[row + k / width][column + k % width] = values[k];
        gram[column + k % width][row + k / width] = values[k];
      }
    }
  }
}
