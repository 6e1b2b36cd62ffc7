package org.erasus.selectors;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/**
 * GLISTER: chooses rows greedily so that one step of gradient descent on them lowers the loss of validation rows most.
 *
 * <pre>{@code
 * θ_S       = θ − η Σ_{j∈S} g_j,  g_j = ∂CE_j/∂[W, b]                last linear layer
 * gain(i|S) = η ⟨g_i, ∇L(θ_S)⟩                                       first order, g at θ
 * L(θ)      = Σ_v w_v CE_v(θ) / Σ_v w_v                              target rows, w their weights
 * }</pre>
 *
 * <p>In each of r rounds ∇L(θ_S) is taken at the rows chosen so far, exactly, and the rows of the largest gains are chosen:
 * the paper's greedy choice with k/r rows a round, without its terms for diversity; r = k is the plain greedy one. All
 * candidates are looked at, over all classes together. Scores are the gains, the fall of the target's loss that was expected
 * of each row. Time N + V forward and O(r·(N + V)·C·D), memory O((N + V)·(C+D)).
 *
 * @param target the mark of the rows whose loss is to fall
 * @param learningRate η, above 0
 * @param rounds r, 1 or more; more than the rows wanted count as many
 * @see <a href="https://arxiv.org/abs/2012.10630">Killamsetty et al., 2021</a>
 */
public record Glister(Mark target, double learningRate, int rounds) implements Selector {
  /** Validation rows, and the fifteen rounds of the authors' code. */
  public static final Glister DEFAULTS = new Glister(Mark.VALIDATION, 0.01, 15);

  /** Checks the ranges. */
  public Glister {
    Check.positive(learningRate, "learningRate");
    Check.atLeast(1, rounds, "rounds");
  }

  /** With another target. */
  public Glister withTarget(Mark other) {
    return new Glister(other, learningRate, rounds);
  }

  /** With another learning rate. */
  public Glister withLearningRate(double other) {
    return new Glister(target, other, rounds);
  }

  /** With another number of rounds. */
  public Glister withRounds(int other) {
    return new Glister(target, learningRate, other);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    Rows targets = Targets.of(displayName(), task, target);
    double[] shares = Targets.shares(displayName(), targets);
    try (NDManager scope = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      Probe probe = task.probe(targets);
      LastLayer there = LastLayer.of(probe, scope);
      NDArray logits = LastLayer.logits(probe, scope);
      NDArray oneHot = LastLayer.oneHot(probe, scope);
      NDArray weights = Matrices.of(scope, shares);
      LastLayer here = LastLayer.of(task.probe(), scope);
      NDArray step =
          scope.zeros(
              new Shape(task.network().classes(), here.inputs().getShape().get(1)),
              DataType.FLOAT64);
      int[] chosen = new int[task.wanted()];
      double[] scores = new double[chosen.length];
      BitSet taken = new BitSet();
      int done = 0;
      for (int left = Math.min(rounds, chosen.length); left > 0; left--) {
        float[] gains;
        try (NDArray found =
            TorchOps.gainsOfStep(
                here.residuals(), here.inputs(), logits, oneHot, there.inputs(), weights, step)) {
          gains = gains(found.toDoubleArray());
        }
        int[] best = best(gains, taken, (chosen.length - done + left - 1) / left);
        for (int row : best) {
          chosen[done] = row;
          scores[done++] = gains[row];
          taken.set(row);
        }
        move(step, here, best);
        task.progressed("rows", done, chosen.length);
      }
      return Coreset.of(task.candidates().take(chosen).ids(), scores, displayName());
    }
  }

  /** In 32 bits, so that rounding does not order equal rows. */
  private float[] gains(double[] products) {
    float[] gains = new float[products.length];
    for (int i = 0; i < gains.length; i++) {
      gains[i] = (float) (learningRate * products[i]);
    }
    return gains;
  }

  private static int[] best(float[] gains, BitSet taken, int wanted) {
    return IntStream.range(0, gains.length)
        .filter(i -> !taken.get(i))
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -gains[i] + 0.0))
        .limit(wanted)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** step ← step + η Σ_j g_j. */
  private void move(NDArray step, LastLayer gradients, int[] rows) {
    try (NDManager scope = EngineRuntime.newManager()) {
      NDArray index = Matrices.index(scope, rows);
      double[] rates = new double[rows.length];
      Arrays.fill(rates, learningRate);
      step.addi(gradients.take(index, scope).sum(Matrices.of(scope, rates)));
    }
  }
}
