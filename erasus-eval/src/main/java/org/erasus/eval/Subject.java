package org.erasus.eval;

import java.util.Optional;
import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.Unlearned;

/**
 * A network put to the benchmark.
 *
 * @param name in reports
 * @param network borrowed; stays as it is
 * @param record how it was made, for its cost
 */
public record Subject(String name, Network network, Optional<RunRecord> record) {
  /** A network of which nothing else is known. */
  public static Subject of(String name, Network network) {
    return new Subject(name, network, Optional.empty());
  }

  /** A network and how it was made. */
  public static Subject of(String name, Network network, RunRecord record) {
    return new Subject(name, network, Optional.of(record));
  }

  /** The outcome of a strategy. */
  public static Subject of(String name, Unlearned unlearned) {
    return of(name, unlearned.network(), unlearned.record());
  }
}
