package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Objects;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Chooses rows that tell different things: the determinant of their similarities is the squared volume they span.
 *
 * <pre>{@code
 * f(A)   = log det(I + K_A / σ²)                     K: similarities of the network's features
 * gain_i = log d_i,   d_i = 1 + K_ii/σ² − ‖c_i‖²
 * c_i    = L⁻¹ K_{A,i}/σ²,   L Lᵀ = I + K_A / σ²
 * }</pre>
 *
 * <p>Monotone and submodular: twice what the rows tell of a Gaussian process seen through noise σ². Without the identity f is
 * that of a determinantal point process, whose greedy maximisation by growing Cholesky factors this is; it is neither monotone
 * nor finite for rows that coincide. Every choice brings the gains of all rows up to date, so {@link Maximizer.Lazy} spares
 * nothing here. {@link Similarity#EUCLIDEAN} has no such volume. Scores are the gains. Time O(k·N·(D + k)), memory O(N·(D + k)),
 * and no pairs are kept.
 *
 * @param similarity K
 * @param noise σ², above 0, in units of K; the smaller, the less a row is taken that resembles another
 * @param maximizer finds A
 * @see <a href="https://arxiv.org/abs/1709.05135">Chen, Zhang and Zhou, 2018</a>
 * @see <a href="https://arxiv.org/abs/0912.3995">Srinivas, Krause, Kakade and Seeger, 2010</a>
 */
public record LogDeterminant(Similarity similarity, double noise, Maximizer maximizer)
    implements Selector {
  /** 1.6 GB. */
  private static final long MOST_NUMBERS = 400_000_000;

  /** Gaussian similarities, σ² = 0.1, lazily. */
  public static final LogDeterminant DEFAULTS =
      new LogDeterminant(Similarity.RBF, 0.1, new Maximizer.Lazy());

  /** Checks the settings. */
  public LogDeterminant {
    if (similarity == Similarity.EUCLIDEAN) {
      throw new IllegalArgumentException(
          "similarity must be COSINE, DOT or RBF, whose matrices are positive semidefinite, but was"
              + " EUCLIDEAN");
    }
    Objects.requireNonNull(similarity, "similarity");
    Check.positive(noise, "noise");
    Objects.requireNonNull(maximizer, "maximizer");
  }

  /** The same with another similarity. */
  public LogDeterminant withSimilarity(Similarity other) {
    return new LogDeterminant(other, noise, maximizer);
  }

  /** The same with another noise. */
  public LogDeterminant withNoise(double variance) {
    return new LogDeterminant(similarity, variance, maximizer);
  }

  /** The same with another maximizer. */
  public LogDeterminant withMaximizer(Maximizer other) {
    return new LogDeterminant(similarity, noise, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    long numbers = (long) task.wanted() * task.candidates().size();
    if (numbers > MOST_NUMBERS) {
      throw new IllegalArgumentException(
          displayName()
              + " keeps a number for each of k·N pairs, at most "
              + MOST_NUMBERS
              + ", but k = "
              + task.wanted()
              + " of N = "
              + task.candidates().size()
              + " rows make "
              + numbers
              + ": choose fewer, or from fewer");
    }
    float[][] features = Matrices.features(task);
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      Kernel kernel = Kernel.of(manager, features, similarity);
      return maximizer.choose(
          task, () -> new Growing(manager, kernel, noise, task.wanted()), displayName());
    }
  }

  /** f along its rows, with a line of c for each of at most k. */
  static final class Growing implements SubmodularFunction {
    private final NDManager scope;
    private final Kernel kernel;
    private final double noise;
    private final NDArray c;
    private final NDArray d;
    private float[] left;
    private int chosen;

    Growing(NDManager manager, Kernel kernel, double noise, int k) {
      this.scope = manager.newSubManager();
      this.kernel = kernel;
      this.noise = noise;
      c = scope.zeros(new Shape(k, kernel.size()));
      left = new float[kernel.size()];
      for (int i = 0; i < left.length; i++) {
        left[i] = (float) (1 + kernel.self(i) / noise);
      }
      try (NDArray window = scope.create(left)) {
        d = window.duplicate();
      }
    }

    @Override
    public int size() {
      return kernel.size();
    }

    @Override
    public double[] gains(int[] rows) {
      return Arrays.stream(rows).mapToDouble(i -> Math.log(Math.max(left[i], 1))).toArray();
    }

    @Override
    public void add(int row) {
      try (NDManager step = scope.newSubManager()) {
        NDArray column = kernel.block(step, row, row + 1L).reshape(kernel.size());
        TorchOps.choleskyInPlace(column.div((float) noise), c, d, chosen++, row);
        left = d.toFloatArray();
      }
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
