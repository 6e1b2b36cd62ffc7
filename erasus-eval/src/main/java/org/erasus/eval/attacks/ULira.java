package org.erasus.eval.attacks;

import org.erasus.eval.attacks.Lira.Deviations;
import org.erasus.eval.attacks.Lira.Mode;
import org.erasus.eval.attacks.Lira.Variance;

/**
 * The likelihood-ratio attack on unlearning: compares the confidence in a row with what networks say that were trained with
 * it and unlearned it by the same method, and networks that never had it.
 *
 * <pre>{@code
 * log N(φ; μ_unlearned, σ_unlearned²) − log N(φ; μ_without, σ_without²)
 * }</pre>
 *
 * <p>It knows the traces a method leaves: a row whose confidence was pushed below that of unseen rows is found, too. Unlike
 * the paper, which judges many networks on one row each, it judges one network on many rows, and the non-members are
 * unseen rows, not the same rows put to retrained networks; a verdict compares its AUC with that of retrained networks.
 *
 * @param references {@link References#withoutFrom unlearned networks, and networks trained without each row}
 * @param variance whether each row has its own
 * @see <a href="https://arxiv.org/abs/2403.01218">Hayes et al., 2024</a>
 */
public record ULira(References references, Variance variance) implements Attack {
  /** One deviation for all rows. */
  public static ULira of(References references) {
    return new ULira(references, Variance.FIXED);
  }

  /** The same with another variance. */
  public ULira withVariance(Variance other) {
    return new ULira(references, other);
  }

  @Override
  public String name() {
    return "u-lira";
  }

  @Override
  public boolean isFitted() {
    return false;
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    Lira ratio = new Lira(references, Mode.ONLINE, variance);
    Deviations deviations = Deviations.of(ratio, name());
    return rows -> ratio.scores(rows, name(), deviations);
  }
}
