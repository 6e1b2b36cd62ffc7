package org.erasus.eval.metrics;

import java.util.List;
import org.erasus.Check;

/**
 * One attempt to teach a network the forget rows again.
 *
 * @param seed of the order of the rows
 * @param steps taken; 0 when nothing had to be learned
 * @param reached whether the accuracy aimed at was reached; otherwise the steps are the most that were allowed
 * @param looks on the way, the first before any step, the last after all of them
 */
public record Relearned(long seed, long steps, boolean reached, List<Look> looks) {
  /**
   * A look at D_f.
   *
   * @param step steps taken before it
   * @param accuracy on D_f
   */
  public record Look(long step, double accuracy) {}

  /** Checks the range and copies the list. */
  public Relearned {
    Check.nonNegative((double) steps, "steps");
    looks = List.copyOf(looks);
  }

  /** An attempt of which the end alone is known. */
  public Relearned(long seed, long steps, boolean reached) {
    this(seed, steps, reached, List.of());
  }
}
