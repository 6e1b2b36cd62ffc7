package org.erasus.eval.recovery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * Logistic regression on several classes, with features brought to mean 0 and deviation 1.
 *
 * <pre>{@code
 * min  mean CE(W x + b, y) + (λ/2) ‖W‖²                  W (C, D); b (C) is not held back
 * }</pre>
 *
 * <p>Minimised by L-BFGS; the two matrix products of a step run on the engine in 32 bits, everything else in 64. A feature
 * that does not vary is passed over.
 */
final class SoftmaxRegression {
  private static final int MEMORY = 10;
  private static final int MAX_STEPS = 500;
  private static final double TOLERANCE = 1e-6;
  private static final double SUFFICIENT = 1e-4;
  private static final int MAX_HALVINGS = 30;

  private final double[] centre;
  private final double[] scale;
  private final double[] weights;
  private final int classes;

  private SoftmaxRegression(double[] centre, double[] scale, double[] weights, int classes) {
    this.centre = centre;
    this.scale = scale;
    this.weights = weights;
    this.classes = classes;
  }

  /**
   * Fits it.
   *
   * @param x features (N, D)
   * @param y classes (N)
   * @param lambda above 0, so that there is one best W
   */
  static SoftmaxRegression fit(float[][] x, int[] y, int classes, double lambda) {
    int width = x[0].length;
    double[] centre = new double[width];
    double[] scale = new double[width];
    for (float[] row : x) {
      for (int d = 0; d < width; d++) {
        if (!Float.isFinite(row[d])) {
          throw new IllegalArgumentException(
              "features must be finite, but feature " + d + " is " + row[d]);
        }
        centre[d] += row[d] / (double) x.length;
      }
    }
    for (float[] row : x) {
      for (int d = 0; d < width; d++) {
        scale[d] += (row[d] - centre[d]) * (row[d] - centre[d]) / x.length;
      }
    }
    for (int d = 0; d < width; d++) {
      // Rounding leaves a constant a tiny deviation.
      scale[d] = scale[d] > 1e-12 * centre[d] * centre[d] ? 1 / Math.sqrt(scale[d]) : 0;
    }
    try (GradMode off = GradMode.off();
        NDManager scope = EngineRuntime.newManager()) {
      Objective objective =
          new Objective(
              matrix(scope, standard(x, centre, scale), x.length, width),
              y,
              classes,
              width,
              lambda);
      return new SoftmaxRegression(
          centre, scale, minimise(objective, new double[classes * (width + 1)]), classes);
    }
  }

  /** The most likely class of each row. */
  int[] predict(float[][] x) {
    return Arrays.stream(x).mapToInt(this::predict).toArray();
  }

  private int predict(float[] row) {
    double[] z = logits(row);
    int top = 0;
    for (int c = 1; c < classes; c++) {
      top = z[c] > z[top] ? c : top;
    }
    return top;
  }

  /** W x + b of a row (C). */
  double[] logits(float[] row) {
    double[] z = new double[classes];
    int width = row.length;
    for (int c = 0; c < classes; c++) {
      z[c] = weights[classes * width + c];
      for (int d = 0; d < width; d++) {
        z[c] += weights[c * width + d] * (row[d] - centre[d]) * scale[d];
      }
    }
    return z;
  }

  private static float[] standard(float[][] x, double[] centre, double[] scale) {
    int width = centre.length;
    float[] flat = new float[Math.multiplyExact(x.length, width)];
    for (int i = 0; i < x.length; i++) {
      for (int d = 0; d < width; d++) {
        flat[i * width + d] = (float) ((x[i][d] - centre[d]) * scale[d]);
      }
    }
    return flat;
  }

  private static NDArray matrix(NDManager manager, float[] flat, int rows, int width) {
    try (NDArray window = manager.create(FloatBuffer.wrap(flat), new Shape(rows, width))) {
      return window.duplicate();
    }
  }

  /** What is minimised, over W row after row and then b. */
  private static final class Objective {
    private final NDArray x;
    private final int[] y;
    private final int classes;
    private final int width;
    private final double lambda;

    Objective(NDArray x, int[] y, int classes, int width, double lambda) {
      this.x = x;
      this.y = y;
      this.classes = classes;
      this.width = width;
      this.lambda = lambda;
    }

    /** The value; its gradient is written to {@code gradient}. */
    double at(double[] parameters, double[] gradient) {
      try (NDManager scope = x.getManager().newSubManager()) {
        float[] w = new float[classes * width];
        for (int i = 0; i < w.length; i++) {
          w[i] = (float) parameters[i];
        }
        NDArray weights = matrix(scope, w, classes, width);
        NDArray product = x.matMul(weights.transpose());
        product.attach(scope);
        float[] z = product.toFloatArray();
        Arrays.fill(gradient, 0);
        double value = 0;
        for (int i = 0; i < y.length; i++) {
          value += residual(z, i, parameters, gradient) / y.length;
        }
        NDArray residuals = matrix(scope, z, y.length, classes);
        NDArray back = residuals.transpose().matMul(x);
        float[] g = back.toFloatArray();
        for (int i = 0; i < g.length; i++) {
          gradient[i] = g[i] / y.length + lambda * parameters[i];
          value += lambda / 2 * parameters[i] * parameters[i];
        }
        return value;
      }
    }

    /** The loss of a row, whose logits become p − onehot(y); its share in the gradient of b is added. */
    private double residual(float[] z, int row, double[] parameters, double[] gradient) {
      int at = row * classes;
      double largest = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < classes; c++) {
        largest = Math.max(largest, z[at + c] + parameters[classes * width + c]);
      }
      double[] p = new double[classes];
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        p[c] = Math.exp(z[at + c] + parameters[classes * width + c] - largest);
        sum += p[c];
      }
      double right = p[y[row]] / sum;
      for (int c = 0; c < classes; c++) {
        double r = p[c] / sum - (c == y[row] ? 1 : 0);
        z[at + c] = (float) r;
        gradient[classes * width + c] += r / y.length;
      }
      return -Math.log(Math.max(Double.MIN_VALUE, right));
    }
  }

  /** A step of L-BFGS: how far the point and the gradient moved. */
  private static final class Move {
    private final double[] point;
    private final double[] gradient;
    private final double curvature;

    Move(double[] point, double[] gradient, double curvature) {
      this.point = point;
      this.gradient = gradient;
      this.curvature = curvature;
    }
  }

  private static double[] minimise(Objective objective, double[] start) {
    double[] x = start;
    double[] g = new double[x.length];
    double value = objective.at(x, g);
    Deque<Move> moves = new ArrayDeque<>();
    for (int step = 0; step < MAX_STEPS && largest(g) > TOLERANCE; step++) {
      double[] direction = direction(g, moves);
      double slope = dot(direction, g);
      double length = moves.isEmpty() ? Math.min(1, 1 / Math.sqrt(dot(g, g))) : 1;
      double[] next = new double[x.length];
      double[] gradient = new double[x.length];
      double found = Double.POSITIVE_INFINITY;
      int halvings = 0;
      while (halvings++ < MAX_HALVINGS) {
        for (int i = 0; i < x.length; i++) {
          next[i] = x[i] + length * direction[i];
        }
        found = objective.at(next, gradient);
        if (found <= value + SUFFICIENT * length * slope) {
          break;
        }
        length /= 2;
      }
      if (found >= value) {
        return x; // as far as 32 bits can tell, this is the bottom
      }
      double[] moved = minus(next, x);
      double[] turned = minus(gradient, g);
      double curvature = dot(moved, turned);
      if (curvature > 0) {
        moves.addFirst(new Move(moved, turned, curvature));
        if (moves.size() > MEMORY) {
          moves.removeLast();
        }
      }
      x = next;
      g = gradient;
      value = found;
    }
    return x;
  }

  private static double[] direction(double[] g, Deque<Move> moves) {
    double[] d = Arrays.stream(g).map(v -> -v).toArray();
    double[] a = new double[moves.size()];
    int k = 0;
    for (Move move : moves) {
      a[k] = dot(move.point, d) / move.curvature;
      add(d, move.gradient, -a[k++]);
    }
    if (!moves.isEmpty()) {
      Move last = moves.getFirst();
      double scale = last.curvature / dot(last.gradient, last.gradient);
      for (int i = 0; i < d.length; i++) {
        d[i] *= scale;
      }
    }
    for (Iterator<Move> i = moves.descendingIterator(); i.hasNext(); ) {
      Move move = i.next();
      double b = dot(move.gradient, d) / move.curvature;
      add(d, move.point, a[--k] - b);
    }
    return d;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void add(double[] a, double[] b, double factor) {
    for (int i = 0; i < a.length; i++) {
      a[i] += factor * b[i];
    }
  }

  private static double[] minus(double[] a, double[] b) {
    double[] d = a.clone();
    add(d, b, -1);
    return d;
  }

  private static double largest(double[] a) {
    return Arrays.stream(a).map(Math::abs).max().orElse(0);
  }
}
