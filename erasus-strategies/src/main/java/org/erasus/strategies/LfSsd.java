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
 * Label-free selective synaptic dampening (LFSSD): shrinks the weights that move the outputs of the forget rows much more than
 * those of all rows, without asking for classes.
 *
 * <pre>{@code
 * Ω_S = (1/n_S) Σ_{i∈S} |∂‖z(x_i)‖₂²/∂θ|                       (P), z logits, S = D_f or D = D_f ∪ D_r
 * θ ← θ · min(λ Ω_D / Ω_f, 1)   where Ω_f > α Ω_D;   elsewhere θ stays
 * }</pre>
 *
 * <p>The absolute value is of every row's gradient, as in the paper and in the sensitivity it takes from memory aware synapses
 * (<a href="https://arxiv.org/abs/1711.09601">Aljundi et al., 2018</a>); the published code takes that of a batch's mean
 * gradient. Ω_D is over the whole of D; with a retain coreset it is over D_f and the coreset, and a forget coreset with weights
 * stands for D_f. Running statistics stay.
 *
 * @param selection α, above 0: how much more a weight must matter for D_f to be changed
 * @param dampening λ, above 0: how much of it is left
 * @see <a href="https://arxiv.org/abs/2402.19308">Foster et al., 2024</a>
 * @see Ssd with Fisher information in place of Ω
 */
public record LfSsd(double selection, double dampening) implements WeightEdit {
  /** α 1.7, λ 1: Ω is of gradients and not of their squares, so this α is about the root of that of {@link Ssd}. */
  public static final LfSsd DEFAULTS = new LfSsd(1.7, 1);

  /** Checks the ranges. */
  public LfSsd {
    Check.positive(selection, "selection");
    Check.positive(dampening, "dampening");
  }

  /** This strategy with another α. */
  public LfSsd withSelection(double selection) {
    return new LfSsd(selection, dampening);
  }

  /** This strategy with another λ. */
  public LfSsd withDampening(double dampening) {
    return new LfSsd(selection, dampening);
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
        (network, rows, scope) ->
            Fisher.sensitivity(network, rows, Fisher.Output.SQUARED_NORM, scope),
        (original, importance) ->
            Dampening.dampened(original, importance, selection, dampening, log));
  }
}
