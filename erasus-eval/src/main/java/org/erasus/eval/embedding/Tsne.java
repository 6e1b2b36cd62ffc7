package org.erasus.eval.embedding;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.erasus.Check;

/**
 * t-SNE: lays out rows in few dimensions so that near rows stay near.
 *
 * <pre>{@code
 * p_{j|i} ∝ exp(−‖x_i − x_j‖² / 2σ_i²),  σ_i such that 2^{H(p_·|i)} = perplexity,  p_ij = (p_{j|i} + p_{i|j}) / 2N
 * q_ij    ∝ (1 + ‖y_i − y_j‖²)⁻¹
 * minimise KL(P ‖ Q),   ∂KL/∂y_i = 4 Σ_j (p_ij − q_ij)(1 + ‖y_i − y_j‖²)⁻¹ (y_i − y_j)
 * }</pre>
 *
 * <p>Exact, without trees: time and memory O(N²), for a few thousand rows at most. Starts at the principal components,
 * exaggerates P twelvefold in the first quarter of the iterations, and descends with momentum and a gain for every
 * coordinate as the authors' programme does; the rate is max(N/48, 50). Distances within a picture mean little beyond
 * "near": read neighbourhoods, not gaps.
 *
 * @param perplexity effective number of neighbours, above 1; at most (N − 1)/3 is used
 * @param iterations of gradient descent, 100 or more
 * @param seed of the principal components' iteration
 * @see <a href="https://jmlr.org/papers/v9/vandermaaten08a.html">van der Maaten and Hinton, 2008</a>
 */
public record Tsne(double perplexity, int iterations, long seed) {
  /** Perplexity 30, 500 iterations. */
  public static final Tsne DEFAULTS = new Tsne(30, 500, 0);

  private static final double EXAGGERATION = 12;
  private static final double TINY = 1e-12;

  /** Checks the ranges. */
  public Tsne {
    Check.inOpen(perplexity, 1, Double.POSITIVE_INFINITY, "perplexity");
    Check.atLeast(100, iterations, "iterations");
  }

  /** These settings with another perplexity. */
  public Tsne withPerplexity(double other) {
    return new Tsne(other, iterations, seed);
  }

  /** These settings with another number of iterations. */
  public Tsne withIterations(int other) {
    return new Tsne(perplexity, other, seed);
  }

  /**
   * Lays out rows from their principal components.
   *
   * @param x rows, (N, D), finite, four or more
   * @param dimensions of the layout, from 1 to D
   * @return (N, dimensions), centred
   */
  public double[][] layOut(float[][] x, int dimensions) {
    requireRows(x);
    Check.inClosed(dimensions, 1, x[0].length, "dimensions");
    return descend(x, scaled(principalComponents(x, dimensions), 1e-4), iterations / 4);
  }

  /**
   * Lays out rows from a layout of the same rows, without exaggeration, so that two pictures can be compared: a row moves
   * because its neighbours are others.
   *
   * @param x rows, (N, D), finite, four or more
   * @param start (N, dimensions), a finished layout
   * @return (N, dimensions), centred
   */
  public double[][] layOut(float[][] x, double[][] start) {
    requireRows(x);
    if (start.length != x.length) {
      throw new IllegalArgumentException(
          "the layout to start from has " + start.length + " rows, but there are " + x.length);
    }
    return descend(x, scaled(start, 0), 0);
  }

  /** Gradient descent in place, the first iterations with exaggeration. */
  private double[][] descend(float[][] x, double[][] y, int early) {
    int n = x.length;
    double[][] p = affinities(x, Math.min(perplexity, (n - 1) / 3.0));
    int d = y[0].length;
    double[][] step = new double[n][d];
    double[][] gain = new double[n][d];
    for (double[] g : gain) {
      Arrays.fill(g, 1);
    }
    double[][] gradient = new double[n][d];
    double[][] near = new double[n][n];
    double rate = Math.max(n / EXAGGERATION / 4, 50);
    for (int t = 0; t < iterations; t++) {
      gradient(p, t < early ? EXAGGERATION : 1, y, gradient, near);
      double momentum = t < early ? 0.5 : 0.8;
      for (int i = 0; i < n; i++) {
        for (int c = 0; c < d; c++) {
          boolean same = Math.signum(gradient[i][c]) == Math.signum(step[i][c]);
          gain[i][c] = Math.max(0.01, same ? gain[i][c] * 0.8 : gain[i][c] + 0.2);
          step[i][c] = momentum * step[i][c] - rate * gain[i][c] * gradient[i][c];
          y[i][c] += step[i][c];
        }
      }
      centre(y);
    }
    return y;
  }

  private static void requireRows(float[][] x) {
    if (x.length < 4) {
      throw new IllegalArgumentException("t-SNE needs at least 4 rows, but there are " + x.length);
    }
    for (float[] row : x) {
      for (float value : row) {
        if (!Float.isFinite(value)) {
          throw new IllegalArgumentException("t-SNE needs finite features, but found " + value);
        }
      }
    }
  }

  /** P, (N, N), summing to 1. */
  static double[][] affinities(float[][] x, double perplexity) {
    int n = x.length;
    double[][] squared = squaredDistances(x);
    double[][] p = new double[n][];
    for (int i = 0; i < n; i++) {
      p[i] = conditional(squared[i], i, Math.log(perplexity));
    }
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double joint = Math.max((p[i][j] + p[j][i]) / (2.0 * n), TINY);
        p[i][j] = joint;
        p[j][i] = joint;
      }
    }
    return p;
  }

  /** p_{·|i}, its entropy brought to the one wanted by bisection on the precision 1/2σ². */
  private static double[] conditional(double[] squared, int self, double entropy) {
    double nearest = Double.POSITIVE_INFINITY;
    double mean = 0;
    for (int j = 0; j < squared.length; j++) {
      if (j != self) {
        nearest = Math.min(nearest, squared[j]);
        mean += squared[j] / (squared.length - 1);
      }
    }
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double precision = mean > 0 ? 1 / mean : 1;
    double[] p = new double[squared.length];
    for (int t = 0; t < 100; t++) {
      double sum = 0;
      double weighted = 0;
      for (int j = 0; j < p.length; j++) {
        p[j] = j == self ? 0 : Math.exp(-precision * (squared[j] - nearest));
        sum += p[j];
        weighted += p[j] * (squared[j] - nearest);
      }
      double found = Math.log(sum) + precision * weighted / sum;
      for (int j = 0; j < p.length; j++) {
        p[j] /= sum;
      }
      if (Math.abs(found - entropy) < 1e-9) {
        break;
      }
      if (found > entropy) {
        low = precision;
        precision = Double.isInfinite(high) ? 2 * precision : (low + high) / 2;
      } else {
        high = precision;
        precision = (low + high) / 2;
      }
    }
    return p;
  }

  /** ∂KL/∂y into {@code into}, with room (N, N) to work in; returns KL(P ‖ Q) for an exaggeration of 1. */
  static double gradient(
      double[][] p, double exaggeration, double[][] y, double[][] into, double[][] near) {
    int n = y.length;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        near[i][j] = 1 / (1 + squaredDistance(y[i], y[j]));
        sum += 2 * near[i][j];
      }
    }
    for (double[] g : into) {
      Arrays.fill(g, 0);
    }
    double divergence = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double q = Math.max(near[i][j] / sum, TINY);
        double pull = 4 * (exaggeration * p[i][j] - q) * near[i][j];
        for (int c = 0; c < y[i].length; c++) {
          double difference = pull * (y[i][c] - y[j][c]);
          into[i][c] += difference;
          into[j][c] -= difference;
        }
        divergence += 2 * p[i][j] * Math.log(p[i][j] / q);
      }
    }
    return divergence;
  }

  /** Coordinates along the directions of largest variance, (N, d), found by orthogonal iteration. */
  private double[][] principalComponents(float[][] x, int d) {
    int width = x[0].length;
    double[] mean = new double[width];
    for (float[] row : x) {
      for (int k = 0; k < width; k++) {
        mean[k] += row[k] / (double) x.length;
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[][] axes = new double[d][width];
    for (double[] axis : axes) {
      Arrays.setAll(axis, k -> random.nextGaussian());
    }
    double[][] y = new double[x.length][d];
    for (int t = 0; t < 50; t++) {
      orthonormalise(axes);
      for (int i = 0; i < x.length; i++) {
        for (int c = 0; c < d; c++) {
          y[i][c] = 0;
          for (int k = 0; k < width; k++) {
            y[i][c] += (x[i][k] - mean[k]) * axes[c][k];
          }
        }
      }
      for (int c = 0; c < d; c++) {
        Arrays.fill(axes[c], 0);
        for (int i = 0; i < x.length; i++) {
          for (int k = 0; k < width; k++) {
            axes[c][k] += y[i][c] * (x[i][k] - mean[k]);
          }
        }
      }
    }
    return y;
  }

  private static void orthonormalise(double[][] axes) {
    for (int c = 0; c < axes.length; c++) {
      for (int b = 0; b < c; b++) {
        double dot = 0;
        for (int k = 0; k < axes[c].length; k++) {
          dot += axes[c][k] * axes[b][k];
        }
        for (int k = 0; k < axes[c].length; k++) {
          axes[c][k] -= dot * axes[b][k];
        }
      }
      double norm = Math.sqrt(Arrays.stream(axes[c]).map(v -> v * v).sum());
      for (int k = 0; k < axes[c].length; k++) {
        axes[c][k] = norm > 0 ? axes[c][k] / norm : 0;
      }
    }
  }

  /** The layout centred, and its first coordinate of a standard deviation if that is not 0. */
  private static double[][] scaled(double[][] layout, double deviation) {
    double[][] y = Arrays.stream(layout).map(double[]::clone).toArray(double[][]::new);
    centre(y);
    double sum = Arrays.stream(y).mapToDouble(row -> row[0] * row[0]).sum();
    double factor = sum > 0 && deviation > 0 ? deviation / Math.sqrt(sum / y.length) : 1;
    for (double[] row : y) {
      for (int c = 0; c < row.length; c++) {
        row[c] *= factor;
      }
    }
    return y;
  }

  private static void centre(double[][] y) {
    for (int c = 0; c < y[0].length; c++) {
      int column = c;
      double mean = Arrays.stream(y).mapToDouble(row -> row[column]).average().orElse(0);
      for (double[] row : y) {
        row[c] -= mean;
      }
    }
  }

  private static double[][] squaredDistances(float[][] x) {
    double[][] squared = new double[x.length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < i; j++) {
        double sum = 0;
        for (int k = 0; k < x[i].length; k++) {
          double difference = x[i][k] - (double) x[j][k];
          sum += difference * difference;
        }
        squared[i][j] = sum;
        squared[j][i] = sum;
      }
    }
    return squared;
  }

  private static double squaredDistance(double[] a, double[] b) {
    double sum = 0;
    for (int c = 0; c < a.length; c++) {
      sum += (a[c] - b[c]) * (a[c] - b[c]);
    }
    return sum;
  }
}
