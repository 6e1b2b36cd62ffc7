package org.erasus.eval;

import java.util.Map;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Measure;

/**
 * Something to find out about a network besides the attacks on its outputs, such as whether forgotten rows come back when it
 * is trained a little. A suite asks about every network alike, so what it found is compared with the original and with
 * retrained networks.
 */
@FunctionalInterface
public interface NetworkCheck {
  /**
   * Looks at a network; it stays as it is.
   *
   * @param network borrowed
   * @param data rows with their marks; borrowed
   * @param seed of every random choice, the same for all networks
   * @return numbers by name, in the order of reports
   */
  Map<String, Measure> check(Network network, UnlearningDataset data, long seed);
}
