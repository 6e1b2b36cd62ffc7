package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;

/** What the family of selective synaptic dampening shares: two importances of every parameter, and the shrinking by them. */
final class Dampening {
  private Dampening() {}

  /** How much each parameter matters for some rows, (P), at one forward and backward pass over them. */
  interface Importance {
    NDArray of(Network network, Rows rows, NDManager scope);
  }

  /**
   * How much each parameter matters.
   *
   * @param ofForget I_f, (P)
   * @param ofAll I_D of all rows trained on, (P)
   */
  record Pair(NDArray ofForget, NDArray ofAll) {}

  /** Makes new weights from the original and the importances, outside the recording of gradients. */
  interface Rule {
    Weights apply(Weights original, Pair importance);
  }

  /** Measures the importances on the forget rows and on D, which is D_f and the retain rows, and applies a rule. */
  static Weights edit(UnlearningTask task, RunLog log, Importance importance, Rule rule) {
    Rows forget = task.forgetRows();
    Rows all = WholeRows.forget(task).and(task.retainRows());
    try (NDManager scope = EngineRuntime.newManager(task.network().device());
        Weights original = task.network().weights()) {
      Pair pair =
          new Pair(
              importance.of(task.network(), forget, scope),
              importance.of(task.network(), all, scope));
      log.forwardBackward(forget.size() + all.size());
      try (GradMode off = GradMode.off()) {
        return rule.apply(original, pair);
      }
    }
  }

  /** n_f/n by the weights of the rows, their numbers unless a coreset sets weights. */
  static double share(UnlearningTask task) {
    double forget = task.forgetRows().totalWeight();
    return forget / (forget + task.retainRows().totalWeight());
  }

  /** θ · min(λ I_D/I_f, 1) where I_f > α I_D, θ elsewhere; says how many that are. */
  static Weights dampened(
      Weights original, Pair importance, double selection, double dampening, RunLog log) {
    try (NDArray chosen = chosen(importance, selection);
        NDArray count = chosen.sum()) {
      log.remark(count.toLongArray()[0] + " parameters were dampened");
    }
    return dampened(original, importance, selection, dampening);
  }

  /** θ · min(λ I_D/I_f, 1) where I_f > α I_D, θ elsewhere. */
  static Weights dampened(Weights original, Pair importance, double selection, double dampening) {
    try (NDArray chosen = chosen(importance, selection);
        NDArray scaled = importance.ofAll().mul((float) dampening);
        NDArray quotient = scaled.div(importance.ofForget());
        NDArray bounded = quotient.minimum(1f);
        // not chosen: 1, also where I_f is 0 and the quotient is no number
        NDArray factor = TorchOps.where(chosen, bounded, 1)) {
      return original.with(factor.mul(original.parameters()));
    }
  }

  private static NDArray chosen(Pair importance, double selection) {
    try (NDArray threshold = importance.ofAll().mul((float) selection)) {
      return importance.ofForget().gt(threshold);
    }
  }

  /** The finite I_f/I_D, smallest first; where I_D is 0 no row has a gradient and there is no quotient. */
  static float[] sortedRatios(Pair importance) {
    try (NDArray quotient = importance.ofForget().div(importance.ofAll())) {
      float[] ratios = quotient.toFloatArray();
      int finite = 0;
      for (float ratio : ratios) {
        if (Float.isFinite(ratio)) {
          ratios[finite++] = ratio;
        }
      }
      if (finite == 0) {
        throw new IllegalArgumentException(
            "no parameter matters for any row: all gradients are 0, so there is nothing to dampen");
      }
      float[] sorted = Arrays.copyOf(ratios, finite);
      Arrays.sort(sorted);
      return sorted;
    }
  }

  /** 100 − log(1 + 100 s), between 0 and 100, for a share s. */
  static double percentile(double share) {
    return Math.max(0, 100 - Math.log1p(100 * share));
  }

  /** The value below which a percentage of sorted values lies, between neighbours on the line through both. */
  static double quantile(float[] sorted, double percentile) {
    double position = percentile / 100 * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
