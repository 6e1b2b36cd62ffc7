package org.erasus.eval.metrics;

import java.time.Duration;
import org.erasus.RunRecord;

/**
 * What making a network took.
 *
 * @param wall time
 * @param rowsForwardBackward rows that went forward and backward
 */
public record Cost(Duration wall, long rowsForwardBackward) {
  /** The cost of a run. */
  public static Cost of(RunRecord run) {
    return new Cost(run.wall(), run.rowsForwardBackward());
  }
}
