package org.erasus.strategies;

import java.util.EnumSet;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Fisher;
import org.erasus.Need;
import org.erasus.RunLog;
import org.erasus.UnlearningTask;
import org.erasus.WeightEdit;
import org.erasus.Weights;

/**
 * Selective synaptic dampening (SSD): shrinks the weights that matter much more for the forget rows than for all rows.
 *
 * <pre>{@code
 * I_f, I_D = diagonal Fisher information on D_f and on D = D_f ∪ D_r      (P)
 * θ ← θ · min(λ I_D / I_f, 1)   where I_f > α I_D;   elsewhere θ stays
 * }</pre>
 *
 * <p>I_D is over the whole of D, as in the paper; with a retain coreset it is over D_f and the coreset, and a forget coreset with
 * weights stands for D_f. Per-row gradients are squared before they are averaged, while the published code squares the mean gradient
 * of a batch. Running statistics stay.
 *
 * @param selection α, above 0: how much more a weight must matter for D_f to be changed
 * @param dampening λ, above 0: how much of it is left
 * @see <a href="https://arxiv.org/abs/2308.07707">Foster et al., 2024</a>
 */
public record Ssd(double selection, double dampening) implements WeightEdit {
  /** α 3, λ 1; the paper takes α 10 for a ResNet-18, which in small networks leaves nearly every weight as it is. */
  public static final Ssd DEFAULTS = new Ssd(3, 1);

  /** Checks the ranges. */
  public Ssd {
    Check.positive(selection, "selection");
    Check.positive(dampening, "dampening");
  }

  /** This strategy with another α. */
  public Ssd withSelection(double selection) {
    return new Ssd(selection, dampening);
  }

  /** This strategy with another λ. */
  public Ssd withDampening(double dampening) {
    return new Ssd(selection, dampening);
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
        Fisher::diagonal,
        (original, importance) ->
            Dampening.dampened(original, importance, selection, dampening, log));
  }
}
