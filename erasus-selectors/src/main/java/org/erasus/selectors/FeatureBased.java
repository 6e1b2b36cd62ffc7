package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Objects;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * Chooses rows that together show all features, each the less wanted the more of it there is.
 *
 * <pre>{@code
 * f(A)   = Σ_d φ(u_d),   u_d = Σ_{i ∈ A} h_id          h ≥ 0: input of the last linear layer, (N, D)
 * gain_i = Σ_d φ(u_d + h_id) − φ(u_d)
 * }</pre>
 *
 * <p>Monotone and submodular, since φ is concave and grows. No pairs of rows are compared: time O(D) for a gain, memory O(N·D).
 * Features must be 0 or more, as those behind a ReLU are. Scores are the gains.
 *
 * @param concave φ
 * @param maximizer finds A
 * @see <a href="https://doi.org/10.1109/ICASSP.2014.6854213">Wei, Iyer and Bilmes, 2014</a>
 */
public record FeatureBased(Concave concave, Maximizer maximizer) implements Selector {
  /** Roots, lazily. */
  public static final FeatureBased DEFAULTS = new FeatureBased(Concave.ROOT, new Maximizer.Lazy());

  /** φ. */
  public enum Concave {
    /** √u. */
    ROOT(0),
    /** log(1 + u). */
    LOG(1),
    /** u / (1 + u). */
    RATIO(2);

    private final int kind;

    Concave(int kind) {
      this.kind = kind;
    }
  }

  /** Checks the settings. */
  public FeatureBased {
    Objects.requireNonNull(concave, "concave");
    Objects.requireNonNull(maximizer, "maximizer");
  }

  /** The same with another φ. */
  public FeatureBased withConcave(Concave other) {
    return new FeatureBased(other, maximizer);
  }

  /** The same with another maximizer. */
  public FeatureBased withMaximizer(Maximizer other) {
    return new FeatureBased(concave, other);
  }

  @Override
  public Coreset select(SelectionTask task) {
    float[][] features = Matrices.features(task);
    requireNonNegative(task, features);
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray h;
      try (NDArray narrow = Matrices.of(manager, features)) {
        h = narrow.toType(DataType.FLOAT64, true);
      }
      return maximizer.choose(task, () -> new Growing(manager, h, concave), displayName());
    }
  }

  private void requireNonNegative(SelectionTask task, float[][] features) {
    for (int i = 0; i < features.length; i++) {
      for (float value : features[i]) {
        if (value < 0) {
          throw new IllegalArgumentException(
              displayName()
                  + " needs features of 0 or more, but row "
                  + task.candidates().data().id(task.candidates().position(i))
                  + " has one of "
                  + value
                  + ": take a network with a ReLU before its last layer, or \"facility-location\"");
        }
      }
    }
  }

  /** f along its rows. */
  private static final class Growing implements SubmodularFunction {
    private final NDManager scope;
    private final NDArray h;
    private final NDArray u;
    private final Concave concave;

    Growing(NDManager manager, NDArray h, Concave concave) {
      this.scope = manager.newSubManager();
      this.h = h;
      this.concave = concave;
      u = scope.zeros(new Shape(h.getShape().get(1)), DataType.FLOAT64);
    }

    @Override
    public int size() {
      return (int) h.getShape().get(0);
    }

    @Override
    public double[] gains(int[] rows) {
      try (NDArray index = Matrices.index(scope, rows);
          NDArray gains = TorchOps.concaveGains(h, u, index, concave.kind)) {
        return gains.toDoubleArray();
      }
    }

    @Override
    public void add(int row) {
      try (NDArray index = Matrices.index(scope, row);
          NDArray chosen = TorchOps.rows(scope, h, index);
          NDArray flat = chosen.reshape(u.getShape())) {
        u.addi(flat);
      }
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
