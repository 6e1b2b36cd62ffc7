package org.erasus.strategies;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Fisher;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.Weights;

/**
 * Potion: dampens ever more weights until the forget rows are recognised no better than a share of what they were, for poison of
 * which only some rows are known.
 *
 * <pre>{@code
 * Ω_S = (1/n_S) Σ_{i∈S} |∂‖z(x_i)‖₂/∂θ|        (P), z logits, S = D_f or D = D_f ∪ D_r
 * s_t = s_0 · step^t,  s_0 = (n_f/n) / 25
 * α_t = the (100 − log(1 + 100 s_t))-th percentile of Ω_f / Ω_D
 * θ_t = θ₀ · min(Ω_D / Ω_f, 1)   where Ω_f > α_t Ω_D;   elsewhere θ₀
 * θ   = the first θ_t with accuracy(D_f; θ_t) ≤ ρ · accuracy(D_f; θ₀), or the last that is tried
 * }</pre>
 *
 * <p>‖z‖ is not squared, unlike in {@link LfSsd}, so that rows with large outputs do not drown the others. What is counted on
 * D_f is the search of the paper (its PTN search), no choice on validation rows. The absolute value is of every row's
 * gradient, Ω_D of the whole of D (with a retain coreset of D_f and the coreset; a forget coreset with weights stands for D_f);
 * the published code takes those of a batch's mean gradient and of D_r. Running statistics stay.
 *
 * @param share ρ in [0, 1): of the accuracy on D_f that may be left
 * @param step above 1: growth of s between tries
 * @param start s_0 as a part of n_f/n, above 0
 * @param tries how often at most, 1 or more
 * @see <a href="https://arxiv.org/abs/2406.09173">Schoepf et al., 2024</a>
 */
public record Potion(double share, double step, double start, int tries) implements WeightEdit {
  /** ρ 0.2, s from a 25th of n_f/n on by steps of a tenth, 500 tries at most. */
  public static final Potion DEFAULTS = new Potion(0.2, 1.1, 1 / 25.0, 500);

  /** Checks the ranges. */
  public Potion {
    Check.inClosed(share, 0, Math.nextDown(1.0), "share");
    Check.inOpen(step, 1, Double.POSITIVE_INFINITY, "step");
    Check.positive(start, "start");
    Check.atLeast(1, tries, "tries");
  }

  /** This strategy with another ρ. */
  public Potion withShare(double share) {
    return new Potion(share, step, start, tries);
  }

  /** This strategy with another growth. */
  public Potion withStep(double step) {
    return new Potion(share, step, start, tries);
  }

  /** This strategy with another first share of parameters. */
  public Potion withStart(double start) {
    return new Potion(share, step, start, tries);
  }

  /** This strategy with another limit on tries. */
  public Potion withTries(int tries) {
    return new Potion(share, step, start, tries);
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
  }

  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    return Dampening.edit(
        task,
        log,
        (network, rows, scope) -> Fisher.sensitivity(network, rows, Fisher.Output.NORM, scope),
        (original, importance) -> search(task, original, importance, log));
  }

  private Weights search(
      UnlearningTask task, Weights original, Dampening.Pair importance, RunLog log) {
    Rows forget = task.forgetRows();
    float[] ratios = Dampening.sortedRatios(importance);
    double s = start * Dampening.share(task);
    double before = task.network().accuracy(forget);
    log.forward(forget.size());
    try (Network network = task.network().copy()) {
      for (int t = 1; ; t++, s *= step) {
        double percentile = Dampening.percentile(s);
        double selection = Dampening.quantile(ratios, percentile);
        try (Weights dampened = Dampening.dampened(original, importance, selection, 1)) {
          Choice.restore(network, dampened, task);
        }
        double accuracy = network.accuracy(forget);
        log.forward(forget.size());
        if (accuracy <= share * before || t == tries) {
          log.remark(
              String.format(
                  Locale.ROOT,
                  "try %d, percentile %.4g: accuracy on forget rows %.4f after %.4f%s",
                  t,
                  percentile,
                  accuracy,
                  before,
                  accuracy <= share * before ? "" : ", more than the share asked for"));
          return Dampening.dampened(original, importance, selection, 1, log);
        }
      }
    }
  }
}
