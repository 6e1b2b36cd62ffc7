package org.erasus;

/** Symmetric positive definite systems of equations, in 64 bits on plain arrays. */
public final class Cholesky {
  private Cholesky() {}

  /**
   * Solves A x = b.
   *
   * @param a symmetric positive definite (N, N), overwritten by its factor below the diagonal
   * @throws ArithmeticException when it is not positive definite
   */
  public static double[] solve(double[][] a, double[] b) {
    factor(a);
    int n = b.length;
    double[] x = b.clone();
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= a[i][k] * x[k];
      }
      x[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
      x[i] /= a[i][i];
      for (int k = 0; k < i; k++) {
        x[k] -= a[i][k] * x[i];
      }
    }
    return x;
  }

  private static void factor(double[][] a) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = a[i][j];
        for (int k = 0; k < j; k++) {
          sum -= a[i][k] * a[j][k];
        }
        if (i == j) {
          if (!(sum > 0)) {
            throw new ArithmeticException(
                "the matrix is not positive definite: pivot " + i + " is " + sum);
          }
          a[i][i] = Math.sqrt(sum);
        } else {
          a[i][j] = sum / a[j][j];
        }
      }
    }
  }
}
