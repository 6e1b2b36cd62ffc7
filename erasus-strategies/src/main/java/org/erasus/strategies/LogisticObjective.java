package org.erasus.strategies;

import java.util.Arrays;
import org.erasus.Cholesky;

/**
 * What L2-regularised logistic regression with a perturbed objective minimises, in 64 bits on plain arrays.
 *
 * <pre>{@code
 * J(w) = Σ_i log(1 + exp(−y_i wᵀx_i)) + (λ n/2) ‖w‖² + bᵀw
 * }</pre>
 *
 * @param x rows, (n, d)
 * @param y −1 or 1 each, (n)
 * @param decay λ, of every row
 * @param b the perturbation, (d)
 */
@SuppressWarnings("ArrayRecordComponent") // internal, never compared
record LogisticObjective(double[][] x, double[] y, double decay, double[] b) {
  private static final int MAX_STEPS = 200;

  /** Without a perturbation. */
  static LogisticObjective of(double[][] x, double[] y, double decay) {
    return new LogisticObjective(x, y, decay, new double[x[0].length]);
  }

  double value(double[] w) {
    double sum = dot(b, w) + decay * x.length / 2 * dot(w, w);
    for (int i = 0; i < x.length; i++) {
      double margin = y[i] * dot(x[i], w);
      sum += Math.max(-margin, 0) + Math.log1p(Math.exp(-Math.abs(margin)));
    }
    return sum;
  }

  double[] gradient(double[] w) {
    double[] gradient = b.clone();
    addScaled(gradient, w, decay * x.length);
    for (int i = 0; i < x.length; i++) {
      addScaled(gradient, x[i], -y[i] * sigmoid(-y[i] * dot(x[i], w)));
    }
    return gradient;
  }

  double[][] hessian(double[] w) {
    double[] bends = new double[x.length];
    for (int i = 0; i < bends.length; i++) {
      double p = sigmoid(dot(x[i], w));
      bends[i] = p * (1 - p);
    }
    double[][] hessian = gram(x, bends);
    for (int k = 0; k < w.length; k++) {
      hessian[k][k] += decay * x.length;
    }
    return hessian;
  }

  /** Newton's method, each step halved until it descends, to where rounding ends it. */
  double[] minimum() {
    double[] w = new double[b.length];
    double before = value(w);
    for (int step = 0; step < MAX_STEPS; step++) {
      double[] direction = Cholesky.solve(hessian(w), gradient(w));
      double[] next = w;
      double now = Double.NaN;
      for (double length = 1; length > 1e-10; length /= 2) {
        next = w.clone();
        addScaled(next, direction, -length);
        now = value(next);
        if (now < before) {
          break;
        }
      }
      if (!(now < before)) {
        return w;
      }
      w = next;
      before = now;
    }
    return w;
  }

  /** Xᵀ diag(weights) X, (d, d). */
  static double[][] gram(double[][] x, double[] weights) {
    int d = x[0].length;
    double[][] gram = new double[d][d];
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < d; k++) {
        double scaled = weights[i] * x[i][k];
        for (int l = 0; l <= k; l++) {
          gram[k][l] += scaled * x[i][l];
        }
      }
    }
    for (int k = 0; k < d; k++) {
      for (int l = k + 1; l < d; l++) {
        gram[k][l] = gram[l][k];
      }
    }
    return gram;
  }

  /**
   * A bound on the spectral norm of X from above, at most d^(1/64) times it: ‖X‖₂² = λ_max(K) ≤ tr(K³²)^(1/32) for K = XᵀX. Power
   * iteration would approach it from below, which is no bound.
   */
  static double spectralNormBound(double[][] x) {
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    double[][] k = gram(x, ones);
    double bound = normalize(k);
    for (int power = 2; power <= 32 && bound > 0; power *= 2) {
      double[] all = new double[k.length];
      Arrays.fill(all, 1);
      k = gram(k, all); // K² for a symmetric K
      bound *= Math.pow(normalize(k), 1.0 / power);
    }
    return Math.sqrt(bound);
  }

  /** Divides by the trace, which it returns. */
  private static double normalize(double[][] k) {
    double trace = 0;
    for (int i = 0; i < k.length; i++) {
      trace += k[i][i];
    }
    if (trace > 0) {
      for (double[] row : k) {
        for (int j = 0; j < row.length; j++) {
          row[j] /= trace;
        }
      }
    }
    return trace;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  static void addScaled(double[] to, double[] what, double scale) {
    for (int i = 0; i < to.length; i++) {
      to[i] += scale * what[i];
    }
  }

  private static double sigmoid(double z) {
    return 1 / (1 + Math.exp(-z));
  }
}
