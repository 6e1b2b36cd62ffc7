package org.erasus.eval.metrics;

import org.erasus.Check;

/**
 * One attempt to teach a network the forget rows again.
 *
 * @param seed of the order of the rows
 * @param steps taken; 0 when nothing had to be learned
 * @param reached whether the accuracy aimed at was reached; otherwise the steps are the most that were allowed
 */
public record Relearned(long seed, long steps, boolean reached) {
  /** Checks the range. */
  public Relearned {
    Check.nonNegative((double) steps, "steps");
  }
}
