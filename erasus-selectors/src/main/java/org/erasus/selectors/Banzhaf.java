package org.erasus.selectors;

import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.SelectionTask;
import org.erasus.Selector;

/**
 * Prefers the rows that add most to a utility, on average over all sets of the others: Banzhaf values, whose order noise in the
 * utility upsets least. Every sample serves all rows.
 *
 * <pre>{@code
 * φ_i  = 2^{1−N} Σ_{S ⊆ D∖{i}} (v(S ∪ {i}) − v(S))
 * φ̂_i = mean{v(S_t) : i ∈ S_t} − mean{v(S_t) : i ∉ S_t}       rows are in S_t with probability ½ each
 * }</pre>
 *
 * <p>The standard error of a value is that of a difference of two means, √(s²_in/n_in + s²_out/n_out). The paper takes a fixed
 * number of samples; here {@link Sampling} says when to end, and a choice made before that says so in {@link Coreset#madeBy}.
 * Costs a training of the utility's classifier a sample.
 *
 * @param utility v
 * @param sampling when to end, in sets; at least 64, so that every row is in some and out of others
 * @see <a href="https://arxiv.org/abs/2205.15466">Wang and Jia, 2023</a>, the maximum sample reuse estimator
 */
public record Banzhaf(Utility utility, Sampling sampling) implements Selector {
  /** Accuracy of the nearest mean on validation rows, at most twenty thousand sets. */
  public static final Banzhaf DEFAULTS =
      new Banzhaf(TargetAccuracy.DEFAULTS, Sampling.DEFAULTS.withAtMost(20_000));

  /** Checks the range. */
  public Banzhaf {
    Check.atLeast(64, sampling.atLeast(), "sampling.atLeast");
  }

  /** These settings with another utility. */
  public Banzhaf withUtility(Utility utility) {
    return new Banzhaf(utility, sampling);
  }

  /** These settings with another end. */
  public Banzhaf withSampling(Sampling sampling) {
    return new Banzhaf(utility, sampling);
  }

  /** The values of all candidates with their standard errors. */
  public RowValues values(SelectionTask task) {
    return Semivalues.of(
        task, utility, sampling, displayName(), estimate -> estimate.overSubsets(task.seeds()));
  }

  @Override
  public Coreset choose(SelectionTask task) {
    return values(task).best(task, displayName());
  }
}
