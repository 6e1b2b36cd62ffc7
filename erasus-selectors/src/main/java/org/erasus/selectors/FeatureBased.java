package org.erasus.selectors;

import java.util.Arrays;
import java.util.Objects;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

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
 * @see <a href="https://aclanthology.org/D14-1014/">Kirchhoff and Bilmes, 2014</a>
 */
public record FeatureBased(Concave concave, Maximizer maximizer) implements Selector {
  /** Roots, lazily. */
  public static final FeatureBased DEFAULTS = new FeatureBased(Concave.ROOT, new Maximizer.Lazy());

  /** φ. */
  public enum Concave {
    /** √u. */
    ROOT,
    /** log(1 + u). */
    LOG,
    /** u / (1 + u). */
    RATIO;

    private double of(double u) {
      return switch (this) {
        case ROOT -> Math.sqrt(u);
        case LOG -> Math.log1p(u);
        case RATIO -> u / (1 + u);
      };
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
  public Coreset choose(SelectionTask task) {
    float[][] features = Matrices.features(task);
    requireNonNegative(task, features);
    return maximizer.choose(task, () -> new Growing(features, concave), displayName());
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
    private final float[][] h;
    private final Concave concave;
    private final double[] sums;
    private final double[] values;

    Growing(float[][] h, Concave concave) {
      this.h = h;
      this.concave = concave;
      sums = new double[h[0].length];
      values = new double[sums.length];
    }

    @Override
    public int size() {
      return h.length;
    }

    @Override
    public double[] gains(int[] rows) {
      return Arrays.stream(rows).mapToDouble(this::gain).toArray();
    }

    private double gain(int row) {
      double gain = 0;
      for (int d = 0; d < sums.length; d++) {
        gain += concave.of(sums[d] + h[row][d]) - values[d];
      }
      return gain;
    }

    @Override
    public void add(int row) {
      for (int d = 0; d < sums.length; d++) {
        sums[d] += h[row][d];
        values[d] = concave.of(sums[d]);
      }
    }
  }
}
