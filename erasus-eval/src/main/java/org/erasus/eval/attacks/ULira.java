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
 * <p>It knows the traces a method leaves: a row whose confidence was pushed below that of unseen rows is found, too. The paper
 * takes for "without" networks that were trained without the row and unlearned nothing, and judges many networks on one row
 * each. Here one network is judged on many rows, and its non-members are unseen rows of that same, unlearned network: what
 * unlearning does to all rows makes them unlike those of networks that unlearned nothing. {@link Without#UNLEARNED_OTHERS}
 * compares with networks that never had the row and unlearned other rows, and sees what is left of the row alone.
 *
 * @param references in: networks that unlearned the row; out: networks without it
 * @param without which networks those are, for the name
 * @param variance whether each row has its own
 * @see <a href="https://arxiv.org/abs/2403.01218">Hayes et al., 2024</a>
 * @see <a href="https://arxiv.org/abs/2506.13009">Naderloui et al., 2025, on networks that unlearned other rows</a>
 */
public record ULira(References references, Without without, Variance variance) implements Attack {
  /** Networks that never had the row. */
  public enum Without {
    /** Trained without it; nothing was unlearned, as in the paper. */
    TRAINED,
    /** Trained without it, and other rows were unlearned. */
    UNLEARNED_OTHERS
  }

  /**
   * The attack of the paper, one deviation for all rows.
   *
   * @param unlearned networks that were to forget the rows they were trained with
   * @param trained networks before that
   */
  public static ULira of(References unlearned, References trained) {
    return new ULira(unlearned.withoutFrom(trained), Without.TRAINED, Variance.FIXED);
  }

  /** The attack among unlearned networks only, one deviation for all rows. */
  public static ULira heldOut(References unlearned) {
    return new ULira(unlearned, Without.UNLEARNED_OTHERS, Variance.FIXED);
  }

  /** The same with another variance. */
  public ULira withVariance(Variance other) {
    return new ULira(references, without, other);
  }

  @Override
  public String name() {
    return without == Without.TRAINED ? "u-lira" : "u-lira-held-out";
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
