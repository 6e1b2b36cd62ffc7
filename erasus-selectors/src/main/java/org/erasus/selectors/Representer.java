package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;

/**
 * Representer points: what each row contributes, through the last layer, to the network's belief in the classes of target
 * rows.
 *
 * <pre>{@code
 * α_i     = −1/(2λn) ∂CE_i/∂z = (onehot(y_i) − p(x_i)) / (2λn)       (C), n trained rows
 * k(t, i) = α_i f_iᵀ f_t                                             (C), z(x_t) = Σ_i k(t, i)
 * score_i = mean over target rows t of k(t, i) at the class y_t      (N)
 * f       = s·(h, 1), what goes into the last layer z = s·(W h + b), without the 1 where it has no bias
 * }</pre>
 *
 * <p>High: the row excites the targets' own classes, with features like theirs and a class the network was not sure of. Below
 * 0: it inhibits them. The sum over all trained rows is the logits exactly where W and b minimise mean CE + λ(‖W‖² + ‖b‖²) on
 * what the other layers make of the rows. The paper brings a last layer that does not there by training it, to the answers of
 * the network; here it is taken as it is, with the rows' own classes, and λ scales all scores alike. Rows count once, whatever
 * their weights.
 *
 * @param l2 λ, above 0: half the weight decay of the training
 * @param target the rows whose classes are meant
 * @see <a href="https://arxiv.org/abs/1811.09720">Yeh et al., 2018</a>
 */
public record Representer(double l2, Mark target) implements Selector {
  /** λ 0.003 as in the authors' code; validation rows. */
  public static final Representer DEFAULTS = new Representer(0.003, Mark.VALIDATION);

  /** Checks the range. */
  public Representer {
    Check.positive(l2, "l2");
  }

  /** This selector with another λ. */
  public Representer withL2(double l2) {
    return new Representer(l2, target);
  }

  /** This selector for the classes of other rows. */
  public Representer withTarget(Mark target) {
    return new Representer(l2, target);
  }

  /**
   * Scores all candidates and chooses those of the highest scores.
   *
   * @throws IllegalArgumentException when there are no target rows or no trained rows
   * @throws UnsupportedOperationException when the network does not end in a linear layer
   */
  @Override
  public Coreset choose(SelectionTask task) {
    Rows targets = Targets.of(displayName(), task, target);
    int n = task.candidates().data().trained().size();
    if (n == 0) {
      throw new IllegalArgumentException(
          displayName()
              + " needs the number of trained rows, but the data set has none: mark some rows retain");
    }
    Head head = Head.of(task.network(), task.candidates());
    float[][] ofTargets = ofTargets(task.probe(targets), head);
    Probe probe = task.probe();
    double[] scores = scores(probe, ofTargets, head);
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= 2 * l2 * n * targets.size();
    }
    return Coreset.of(task.candidates().ids(), scores, displayName()).top(task.wanted());
  }

  /** Σ_t f_t of the target rows of each class, (C, D) or (C, D + 1). */
  private static float[][] ofTargets(Probe probe, Head head) {
    float[][] f = features(probe, head);
    int[] y = probe.labels();
    double[][] sums = new double[probe.rows().data().classes()][f[0].length];
    for (int t = 0; t < f.length; t++) {
      for (int d = 0; d < f[t].length; d++) {
        sums[y[t]][d] += f[t][d];
      }
    }
    float[][] rounded = new float[sums.length][f[0].length];
    for (int c = 0; c < sums.length; c++) {
      for (int d = 0; d < sums[c].length; d++) {
        rounded[c][d] = (float) sums[c][d];
      }
    }
    return rounded;
  }

  private static float[][] features(Probe probe, Head head) {
    return Arrays.stream(probe.features())
        .map(
            h -> {
              float[] f = Arrays.copyOf(h, h.length + (head.hasBias() ? 1 : 0));
              Arrays.fill(f, h.length, f.length, 1);
              for (int d = 0; d < f.length; d++) {
                f[d] *= (float) head.scale();
              }
              return f;
            })
        .toArray(float[][]::new);
  }

  /** (onehot(y_i) − p(x_i))ᵀ M f_i with M (C, D) the sums over target rows. */
  private static double[] scores(Probe probe, float[][] ofTargets, Head head) {
    float[][] f = features(probe, head); // first, so that the same pass gives the logits
    double[][] p = probe.probabilities();
    int[] y = probe.labels();
    double[] scores = new double[y.length];
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray transposed = Matrices.of(manager, ofTargets).transpose();
      float[] alike = Matrices.of(manager, f).matMul(transposed).toFloatArray();
      for (int i = 0; i < scores.length; i++) {
        for (int c = 0; c < p[i].length; c++) {
          scores[i] += ((c == y[i] ? 1 : 0) - p[i][c]) * alike[i * p[i].length + c];
        }
      }
    }
    return scores;
  }
}
