package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.Seeds;

/**
 * How much it takes to carry one cloud of features over to another, class by class and between two networks.
 *
 * <pre>{@code
 * W₁(A, B)  = min over plans π of Σ π_ij ‖a_i − b_j‖₂          π_ij ≥ 0, rows of A weigh 1/n, rows of B 1/m
 * sliced    = mean over directions u of W₁(⟨A, u⟩, ⟨B, u⟩)      u uniform on the sphere; never above W₁
 * }</pre>
 *
 * <p>Exact by successive shortest paths, O(n m) a path and in practice about n + m paths; on a line by sorting. A matrix is
 * of one kind: exact when no class has more than {@code exactUpTo} rows, else sliced, since the two cannot be compared.
 *
 * <p>Features of networks that were trained from other initial weights lie in other directions, so their distance says
 * nothing about forgetting: compare networks of one origin, such as the original and the unlearned one, or feed
 * probabilities. Distances of few rows are too large, of the same distribution, too: compare cells, not with 0. Nothing is
 * averaged over rows, so there is no interval.
 *
 * @param exactUpTo rows of a class, 1 or more
 * @param directions of the sliced distance, 1 or more
 * @param seed of the directions
 * @see <a href="https://doi.org/10.1007/s10851-014-0506-3">Bonneel et al., 2015, on slices</a>
 */
public record Wasserstein(int exactUpTo, int directions, long seed) {
  /** Exact up to 200 rows, 200 directions, seed 0. */
  public static final Wasserstein DEFAULTS = new Wasserstein(200, 200, 0);

  /** How distances were computed. */
  public enum Method {
    /** W₁. */
    EXACT,
    /** Its mean on lines. */
    SLICED
  }

  /**
   * Distances between the classes of two networks.
   *
   * @param method of all cells
   * @param classes that have rows, ascending
   * @param distances [class of the first][class of the second], in the order of {@code classes}
   */
  public record Matrix(Method method, List<Integer> classes, List<List<Double>> distances) {
    /** Copies the lists. */
    public Matrix {
      classes = List.copyOf(classes);
      distances = distances.stream().map(List::copyOf).toList();
    }

    /**
     * The distance from a class of the first network to a class of the second.
     *
     * @throws IllegalArgumentException for a class without rows
     */
    public double distance(int first, int second) {
      return distances.get(place(first)).get(place(second));
    }

    private int place(int label) {
      int place = classes.indexOf(label);
      if (place < 0) {
        throw new IllegalArgumentException(
            "class " + label + " has no rows; there are some of " + classes);
      }
      return place;
    }
  }

  /** Checks the ranges. */
  public Wasserstein {
    Check.atLeast(1, exactUpTo, "exactUpTo");
    Check.atLeast(1, directions, "directions");
  }

  /** The same with another limit of the exact distance. */
  public Wasserstein withExactUpTo(int exactUpTo) {
    return new Wasserstein(exactUpTo, directions, seed);
  }

  /** The same with another number of directions. */
  public Wasserstein withDirections(int directions) {
    return new Wasserstein(exactUpTo, directions, seed);
  }

  /** The same with other directions. */
  public Wasserstein withSeed(long seed) {
    return new Wasserstein(exactUpTo, directions, seed);
  }

  /** Of what goes into the last linear layers of two networks, on some rows. */
  public Matrix between(Network a, Network b, Rows rows) {
    return between(Probe.of(a, rows).features(), Probe.of(b, rows).features(), rows.labels());
  }

  /**
   * Of two sets of features of the same rows.
   *
   * @param a (N, D), finite
   * @param b (N, D)
   * @param labels classes (N)
   */
  public Matrix between(float[][] a, float[][] b, int[] labels) {
    if (a.length != labels.length || b.length != labels.length || labels.length == 0) {
      throw new IllegalArgumentException(
          "features and classes must be of the same rows, at least one, but there are "
              + a.length
              + ", "
              + b.length
              + " and "
              + labels.length);
    }
    check(a, b);
    List<Integer> classes = Arrays.stream(labels).distinct().sorted().boxed().toList();
    List<int[]> rows =
        classes.stream()
            .map(c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
            .toList();
    Method method =
        rows.stream().allMatch(r -> r.length <= exactUpTo) ? Method.EXACT : Method.SLICED;
    List<float[][]> ofA = rows.stream().map(r -> take(a, r)).toList();
    List<float[][]> ofB = rows.stream().map(r -> take(b, r)).toList();
    return new Matrix(
        method,
        classes,
        ofA.stream()
            .map(
                from ->
                    ofB.stream()
                        .map(to -> method == Method.EXACT ? exact(from, to) : sliced(from, to))
                        .toList())
            .toList());
  }

  private static float[][] take(float[][] x, int[] rows) {
    return IntStream.of(rows).mapToObj(i -> x[i]).toArray(float[][]::new);
  }

  private static void check(float[][] a, float[][] b) {
    if (a.length == 0 || b.length == 0) {
      throw new IllegalArgumentException(
          "both sides must have rows, but have " + a.length + " and " + b.length);
    }
    int width = a[0].length;
    for (float[][] side : List.of(a, b)) {
      for (float[] row : side) {
        if (row.length != width) {
          throw new IllegalArgumentException(
              "features must be of one width, but there are " + width + " and " + row.length);
        }
        for (float v : row) {
          Check.finite(v, "feature");
        }
      }
    }
  }

  /** W₁ of two clouds, (n, D) and (m, D). */
  public static double exact(float[][] a, float[][] b) {
    check(a, b);
    double[][] cost = new double[a.length][b.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < b.length; j++) {
        double squares = 0;
        for (int d = 0; d < a[i].length; d++) {
          double gap = (double) a[i][d] - b[j][d];
          squares += gap * gap;
        }
        cost[i][j] = Math.sqrt(squares);
      }
    }
    return new Transport(cost).cost();
  }

  /** Sliced W₁ of two clouds, (n, D) and (m, D). */
  public double sliced(float[][] a, float[][] b) {
    check(a, b);
    SplittableRandom random = new Seeds(seed).stream("slices");
    double sum = 0;
    for (int k = 0; k < directions; k++) {
      double[] u = direction(a[0].length, random);
      sum += onLine(projected(a, u), projected(b, u));
    }
    return sum / directions;
  }

  private static double[] direction(int width, SplittableRandom random) {
    double[] u = new double[width];
    double squares = 0;
    while (squares == 0) {
      for (int d = 0; d < width; d++) {
        u[d] = random.nextGaussian();
        squares += u[d] * u[d];
      }
    }
    double norm = Math.sqrt(squares);
    return Arrays.stream(u).map(v -> v / norm).toArray();
  }

  static double[] projected(float[][] x, double[] u) {
    return Arrays.stream(x)
        .mapToDouble(row -> IntStream.range(0, u.length).mapToDouble(d -> row[d] * u[d]).sum())
        .toArray();
  }

  /** W₁ on a line, ∫ |F_a − F_b|. */
  static double onLine(double[] a, double[] b) {
    double[] x = a.clone();
    double[] y = b.clone();
    Arrays.sort(x);
    Arrays.sort(y);
    double sum = 0;
    int i = 0;
    int j = 0;
    double at = Math.min(x[0], y[0]);
    while (i < x.length || j < y.length) {
      double next =
          Math.min(
              i < x.length ? x[i] : Double.POSITIVE_INFINITY,
              j < y.length ? y[j] : Double.POSITIVE_INFINITY);
      sum += (next - at) * Math.abs((double) i / x.length - (double) j / y.length);
      at = next;
      while (i < x.length && x[i] == next) {
        i++;
      }
      while (j < y.length && y[j] == next) {
        j++;
      }
    }
    return sum;
  }
}
