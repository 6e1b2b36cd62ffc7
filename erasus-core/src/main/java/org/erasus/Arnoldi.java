package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Arnoldi's iteration: the inverse within the span of the Hessian's dominant eigenvectors, nothing outside it.
 *
 * <pre>{@code
 * q₁ random of norm 1;  q_{j+1} ∝ H q_j − Σ_{s≤j} (q_sᵀ H q_j) q_s,   T = Qᵀ H Q          (m, m), Q (P, m)
 * T = W diag(μ) Wᵀ;  of the m pairs μ_k, u_k = Q w_k, the s of largest |μ_k| are kept
 * x = Σ_k u_k (u_kᵀ v) / (μ_k + λ)
 * }</pre>
 *
 * <p>Holds m·P numbers, whatever the number of rows. The new vector is made orthogonal to all before twice, since 32 bits
 * lose orthogonality; the paper does it once and takes T for tridiagonal, which it is but for rounding. The paper has no λ.
 * What v has outside the span is dropped, as in the paper, so as m and s grow x becomes (H + λI)⁻¹ v for every v without a
 * part in H's null space. The iteration ends early when the span is invariant.
 *
 * @param iterations m, 1 or more; each goes through all rows
 * @param directions s, from 1 to m
 * @param damping λ, 0 or more
 * @see <a href="https://arxiv.org/abs/2112.03052">Schioppa et al., 2022</a>
 */
public record Arnoldi(int iterations, int directions, double damping) implements InverseHessian {
  /** Fifty iterations, twenty directions, λ 0.01. */
  public static final Arnoldi DEFAULTS = new Arnoldi(50, 20, 0.01);

  /** Of the size of H q, what is left of it by rounding when the span is invariant. */
  private static final double ROUNDING = 1e-5;

  /** Checks the ranges. */
  public Arnoldi {
    Check.atLeast(1, iterations, "iterations");
    if (directions < 1 || directions > iterations) {
      throw new IllegalArgumentException(
          "directions must be from 1 to the number of iterations, "
              + iterations
              + ", but was "
              + directions);
    }
    Check.nonNegative(damping, "damping");
  }

  /**
   * Solves within the span.
   *
   * @throws ArithmeticException when an eigenvalue kept is −λ but for rounding
   */
  @Override
  public NDArray times(
      Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    try (NDManager inner = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      Hessians.requireFinite(v);
      double divisor = rows.totalWeight();
      long size = v.size();
      NDArray basis = inner.zeros(new Shape(iterations * size));
      double[][] t = new double[iterations][iterations];
      NDArray q = start(size, seeds, inner);
      int m = 0;
      while (m < iterations) {
        try (NDManager step = EngineRuntime.newManager(network.device())) {
          TorchOps.copyInPlace(row(basis, m, size, step), q);
          NDArray h = Hessians.product(network, rows, divisor, q, 0, step, effort);
          double before = Math.sqrt(Hessians.squared(h));
          NDArray known = TorchOps.view(basis, 0, new Shape(m + 1, size));
          known.attach(step);
          NDArray shares = outside(h, known).addi(outside(h, known));
          float[] column = shares.toFloatArray();
          for (int s = 0; s <= m; s++) {
            t[s][m] = column[s];
            t[m][s] = column[s];
          }
          m++;
          effort.progressed("Arnoldi iterations", m, iterations);
          double left = Math.sqrt(Hessians.squared(h));
          if (!(left > ROUNDING * before)) {
            break;
          }
          TorchOps.copyInPlace(q, h.divi((float) left));
        }
      }
      effort.progressed("Arnoldi iterations", iterations, iterations);
      return solved(network, basis, t, m, v, scope, effort);
    }
  }

  private static NDArray start(long size, Seeds seeds, NDManager inner) {
    SplittableRandom random = seeds.stream("arnoldi");
    float[] values = new float[Math.toIntExact(size)];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
      sum += (double) values[i] * values[i];
    }
    try (NDArray window = inner.create(values)) {
      return window.div((float) Math.sqrt(sum));
    }
  }

  private static NDArray row(NDArray basis, int j, long size, NDManager scope) {
    NDArray row = TorchOps.view(basis, j * size, new Shape(size));
    row.attach(scope);
    return row;
  }

  /** Takes out of h what lies in the span of the rows of the basis, and returns how much of each it was. */
  private static NDArray outside(NDArray h, NDArray basis) {
    NDArray shares = basis.matMul(h);
    h.subi(shares.reshape(1, -1).matMul(basis).flatten());
    return shares;
  }

  private NDArray solved(
      Network network,
      NDArray basis,
      double[][] t,
      int m,
      NDArray v,
      NDManager scope,
      Effort effort) {
    try (NDManager inner = EngineRuntime.newManager(network.device())) {
      double[] flat = new double[m * m];
      for (int i = 0; i < flat.length; i++) {
        flat[i] = t[i / m][i % m];
      }
      double[] mu;
      double[] w;
      try (NDManager host = EngineRuntime.newManager();
          NDArray window = host.create(flat, new Shape(m, m))) {
        NDArray[] eigen = TorchOps.symmetricEigen(window.duplicate());
        mu = eigen[0].toDoubleArray();
        w = eigen[1].toDoubleArray();
      }
      int[] kept =
          IntStream.range(0, m)
              .boxed()
              .sorted(Comparator.comparingDouble(k -> -Math.abs(mu[k])))
              .limit(directions)
              .mapToInt(k -> k)
              .toArray();
      NDArray span = TorchOps.view(basis, 0, new Shape(m, v.size()));
      span.attach(inner);
      float[] along = span.matMul(v).toFloatArray();
      float[] shares = new float[m];
      for (int k : kept) {
        double divisor = mu[k] + damping;
        if (!(Math.abs(divisor) > ROUNDING * Math.abs(mu[kept[0]]))) {
          if (damping == 0) {
            continue; // a direction without curvature, in which no loss of a row changes
          }
          throw new ArithmeticException(
              "the Hessian has the eigenvalue " + mu[k] + ": use another damping than " + damping);
        }
        double part = 0;
        for (int s = 0; s < m; s++) {
          part += w[s * m + k] * along[s];
        }
        for (int s = 0; s < m; s++) {
          shares[s] += (float) (w[s * m + k] * part / divisor);
        }
      }
      effort.remark(
          String.format(
              Locale.ROOT,
              "Arnoldi: %d iterations, eigenvalues %.3g to %.3g",
              m,
              mu[kept[0]],
              mu[kept[kept.length - 1]]));
      NDArray x;
      try (NDArray window = inner.create(shares)) {
        x = window.duplicate().reshape(1, -1).matMul(span).flatten();
      }
      x.attach(scope);
      return x;
    }
  }
}
