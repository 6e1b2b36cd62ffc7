package org.erasus.eval;

import java.util.List;
import java.util.Optional;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Equivalence;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.Tost;

/**
 * One question of a verdict: does a network differ, in one number, from retrained networks by more than a margin? Where there
 * is none, {@link #withoutRetraining()} asks what can be asked.
 */
public interface Gate {
  /** What kind of difference does harm. */
  enum Aim {
    /** Rows must be forgotten as by retraining: remembering more is harmful, and so is a telling gap. */
    FORGETTING,
    /** The network must stay of use: only being worse is harmful. */
    UTILITY
  }

  /** The name in reports, in kebab case. */
  String name();

  /** What kind of difference does harm. */
  Aim aim();

  /** The largest harmless difference, unless retrained networks differ more among themselves; above 0. */
  double margin();

  /** Which rows the difference is measured on, in words. */
  String rows();

  /** What the difference is taken from, in words. */
  default String against() {
    return Controls.RETRAINING;
  }

  /** How many rows the difference rests on; of two groups, the forget rows. */
  long count(NetworkOutputs network);

  /** Network − mean of the references, above 0 when the network has the larger number. */
  Estimate difference(NetworkOutputs network, List<NetworkOutputs> references);

  /**
   * Tests a difference.
   *
   * @param allowed the margin in force
   * @param alpha level
   */
  default Equivalence test(Estimate difference, double allowed, double alpha) {
    return Tost.test(difference, allowed, alpha);
  }

  /**
   * The same question where there is no retrained network, asked with the original for the only reference; absent when
   * nothing but a retrained network could answer.
   *
   * <p>By default a gate of utility compares with the original, and one of forgetting is not asked.
   */
  default Optional<Gate> withoutRetraining() {
    return aim() == Aim.UTILITY ? Optional.of(OwnGate.ofUse(this)) : Optional.empty();
  }
}
