package org.erasus;

import static java.util.Objects.requireNonNull;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
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
 * <p>The rows' gradients come from one backward pass a batch; weights of coresets do not count here. Where N·P numbers are more
 * than 2²⁷ (512 MiB), two blocks of so many are held at a time, and every block is gone through again for each that follows:
 * about N²P/2²⁸ + 2N rows go forward and backward, against N where all fit. A thousand rows are 2,300 for 207,000 parameters
 * and 44,000 for the eleven million of a ResNet-18; half the rows are a quarter of that. GGᵀ is kept, 8·N² bytes, and solved in
 * N³/3 steps outside the engine. The recursion in the code of Jia et al. keeps one vector where the Woodbury recursion has one
 * for every row, and so inverts another matrix.
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

  /** Numbers in a block of gradients, in 32 bits as they are computed. */
  private static final long BLOCK = 1 << 27;

  /** Numbers at once on the way into a block, and out of it in 64 bits. */
  private static final long PIECE = 1 << 24;

  /** Most rows of a block, so that the products of two blocks are 128 MiB in one array. */
  private static final int SIDE = 4096;

  /** Checks the ranges. */
  public WoodFisher {
    Check.atLeast(1, rows, "rows");
    Check.positive(damping, "damping");
  }

  /** Refuses more than 16,384 rows. */
  @Override
  public void require(Rows from) {
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
  }

  /**
   * Solves.
   *
   * @throws IllegalArgumentException for more than 16,384 rows, before any work
   */
  @Override
  public NDArray times(
      Network network, Rows from, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    require(from);
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
      NDArray last = null;
      for (int i = 0; i < pieces.size(); i++) {
        NDArray a = gradients(network, pieces.get(i), inner, effort);
        addDots(right, i * held, a, wide);
        write(gram, i * held, i * held, a, a);
        for (int j = 0; j < i; j++) {
          try (NDArray other = gradients(network, pieces.get(j), inner, effort)) {
            write(gram, i * held, j * held, a, other);
          }
        }
        if (i < pieces.size() - 1) {
          a.close();
        } else {
          last = a;
        }
      }
      for (int i = 0; i < n; i++) {
        gram[i][i] += n * damping;
      }
      double[] y = Cholesky.solve(gram, right);
      subtractSum(wide, requireNonNull(last), y, n - (int) last.getShape().get(0));
      last.close();
      for (int i = 0; i < pieces.size() - 1; i++) {
        try (NDArray a = gradients(network, pieces.get(i), inner, effort)) {
          subtractSum(wide, a, y, i * held);
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

  /** (B, P), on the device of the scope. */
  private static NDArray gradients(Network network, Rows rows, NDManager scope, Effort effort) {
    effort.forwardBackward(rows.size());
    long p = network.layout().parameters();
    try (NDArray all = scope.zeros(new Shape(rows.size() * p))) {
      long at = 0;
      for (Rows piece : rows.batches(held(rows.size(), p, PIECE))) {
        try (NDManager one = EngineRuntime.newManager(network.device())) {
          NDArray found = RowGradients.of(network, piece, one);
          try (GradMode off = GradMode.off();
              NDArray target = TorchOps.view(all, at, found.getShape())) {
            TorchOps.copyInPlace(target, found);
          }
          at += found.size();
        }
      }
      return all.reshape(rows.size(), p);
    }
  }

  /** What is done with some columns of a block, {@code from} to {@code to}, in 64 bits. */
  private interface Columns {
    void of(NDArray wide, long from, long to, NDManager scope);
  }

  private static void byColumns(NDArray a, Columns use) {
    long p = a.getShape().get(1);
    long width = Math.max(1, PIECE / a.getShape().get(0));
    for (long from = 0; from < p; from += width) {
      long to = Math.min(p, from + width);
      try (NDManager scope = EngineRuntime.newManager(a.getDevice());
          GradMode off = GradMode.off()) {
        use.of(columns(a, from, to, scope), from, to, scope);
      }
    }
  }

  private static NDArray columns(NDArray a, long from, long to, NDManager scope) {
    try (NDArray some = a.get(":, {}:{}", from, to)) {
      return TorchOps.float64(scope, some);
    }
  }

  private static NDArray part(NDArray wide, long from, long to, NDManager scope) {
    NDArray part = wide.get("{}:{}", from, to);
    part.attach(scope);
    return part;
  }

  /** into[from + k] += a_k·v. */
  private static void addDots(double[] into, int at, NDArray a, NDArray v) {
    byColumns(
        a,
        (some, from, to, scope) -> {
          double[] dots = some.matMul(part(v, from, to, scope).reshape(-1, 1)).toDoubleArray();
          for (int k = 0; k < dots.length; k++) {
            into[at + k] += dots[k];
          }
        });
  }

  /** v ← v − Σ_k y[at + k] a_k. */
  private static void subtractSum(NDArray v, NDArray a, double[] y, int at) {
    double[] own = Arrays.copyOfRange(y, at, at + (int) a.getShape().get(0));
    byColumns(
        a,
        (some, from, to, scope) -> {
          NDArray weights = scope.create(own).duplicate();
          part(v, from, to, scope).subi(weights.reshape(1, -1).matMul(some).flatten());
        });
  }

  private static void write(double[][] gram, int row, int column, NDArray a, NDArray b) {
    double[] sums = new double[Math.toIntExact(a.getShape().get(0) * b.getShape().get(0))];
    byColumns(
        a,
        (some, from, to, scope) -> {
          NDArray others = a == b ? some : columns(b, from, to, scope);
          double[] products = some.matMul(others.transpose()).toDoubleArray();
          for (int k = 0; k < sums.length; k++) {
            sums[k] += products[k];
          }
        });
    int width = (int) b.getShape().get(0);
    for (int k = 0; k < sums.length; k++) {
      gram[row + k / width][column + k % width] = sums[k];
      gram[column + k % width][row + k / width] = sums[k];
    }
  }
}
