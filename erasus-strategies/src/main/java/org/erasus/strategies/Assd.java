package org.erasus.strategies;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Fisher;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.Weights;

/**
 * Adaptive selective synaptic dampening (ASSD): {@link Ssd} that derives how many weights to shrink from how many rows are to be
 * forgotten.
 *
 * <pre>{@code
 * I_f, I_D = diagonal Fisher information on D_f and on D = D_f ∪ D_r      (P)
 * p = 100 − log(1 + 100 n_f/n)                                            natural log
 * α = the p-th percentile of I_f / I_D over all parameters
 * θ ← θ · min(λ I_D / I_f, 1)   where I_f > α I_D;   elsewhere θ stays
 * }</pre>
 *
 * <p>The percentile lies between neighbours on the line through both; parameters without any gradient (I_D = 0) have no
 * quotient and are left out of it. Per-row gradients are squared before they are averaged, while the published code squares
 * the mean gradient of a batch. I_D is over the whole of D; with a retain coreset it is over D_f and the coreset, and a forget coreset
 * with weights stands for D_f. n_f and n count the rows of the data set, or of coresets where the task has them, by their weights.
 * Running statistics stay.
 *
 * @param dampening λ, above 0: how much of a weight is left
 * @see <a href="https://arxiv.org/abs/2402.10098">Schoepf et al., 2024</a>
 */
public record Assd(double dampening) implements WeightEdit {
  /** λ 1, as in the paper. */
  public static final Assd DEFAULTS = new Assd(1);

  /** Checks the range. */
  public Assd {
    Check.positive(dampening, "dampening");
  }

  /** This strategy with another λ. */
  public Assd withDampening(double dampening) {
    return new Assd(dampening);
  }

  @Override
  public Set<Need> needs() {
    return EnumSet.of(Need.FORGET_ROWS, Need.RETAIN_ROWS);
  }

  @Override
  public Weights edit(UnlearningTask task, RunLog log) {
    double percentile = Dampening.percentile(Dampening.share(task));
    return Dampening.edit(
        task,
        log,
        Fisher::diagonal,
        (original, importance) -> {
          double selection = Dampening.quantile(Dampening.sortedRatios(importance), percentile);
          log.remark(
              String.format(Locale.ROOT, "selection %.4g, percentile %.3f", selection, percentile));
          return Dampening.dampened(original, importance, selection, dampening, log);
        });
  }
}
