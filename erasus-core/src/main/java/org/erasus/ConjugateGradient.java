package org.erasus;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Conjugate gradients with exact products H·v.
 *
 * <pre>{@code
 * r₀ = p₀ = v;  a = ‖r‖² / pᵀ(H + λI)p;  x ← x + a p;  r' = r − a (H + λI) p;  p ← r' + (‖r'‖²/‖r‖²) p
 * until ‖r‖ ≤ tolerance · ‖v‖
 * }</pre>
 *
 * @param iterations at most, 1 or more; each goes through all rows
 * @param tolerance relative, above 0
 * @param damping λ, 0 or more
 * @see <a href="https://proceedings.mlr.press/v70/koh17a.html">Koh and Liang, 2017</a>
 */
public record ConjugateGradient(int iterations, double tolerance, double damping)
    implements InverseHessian {
  /** A hundred iterations, tolerance 1e-5, λ 0.01. */
  public static final ConjugateGradient DEFAULTS = new ConjugateGradient(100, 1e-5, 0.01);

  /** Checks the ranges. */
  public ConjugateGradient {
    Check.atLeast(1, iterations, "iterations");
    Check.positive(tolerance, "tolerance");
    Check.nonNegative(damping, "damping");
  }

  @Override
  public NDArray times(
      Network network, Rows rows, NDArray v, Seeds seeds, NDManager scope, Effort effort) {
    try (NDManager inner = EngineRuntime.newManager(network.device());
        GradMode off = GradMode.off()) {
      double start = Hessians.requireFinite(v);
      double divisor = rows.totalWeight();
      NDArray x = Hessians.copy(v, inner).muli(0);
      NDArray r = Hessians.copy(v, inner);
      NDArray p = Hessians.copy(v, inner);
      double now = start;
      int done = 0;
      for (; done < iterations && now > tolerance * tolerance * start; done++) {
        try (NDManager step = EngineRuntime.newManager(network.device())) {
          NDArray hp = Hessians.product(network, rows, divisor, p, damping, step, effort);
          double curvature = Hessians.dot(p, hp);
          if (!(curvature > 0)) {
            throw new ArithmeticException(
                "the loss bends down, pᵀ(H + "
                    + damping
                    + " I)p = "
                    + curvature
                    + ": use a larger damping, or wood-fisher, data-inf or ek-fac, whose matrices are positive");
          }
          TorchOps.addInPlace(x, p, now / curvature);
          TorchOps.addInPlace(r, hp, -now / curvature);
          double next = Hessians.squared(r);
          p.muli((float) (next / now)).addi(r);
          now = next;
          effort.progressed("conjugate gradients", done + 1, iterations);
        }
      }
      effort.remark(
          String.format(
              Locale.ROOT,
              "conjugate gradients: residual %.1e after %d iterations",
              start == 0 ? 0 : Math.sqrt(now / start),
              done));
      x.attach(scope);
      return x;
    }
  }
}
