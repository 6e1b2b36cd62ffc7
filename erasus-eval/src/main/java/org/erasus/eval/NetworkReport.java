package org.erasus.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Relearned;

/**
 * Everything found out about one network.
 *
 * @param name in the report
 * @param role why it is there
 * @param verdict absent for one of fewer than three references: with two, their difference makes the margins
 * @param metrics by name
 * @param attacks all attacks of the protocol
 * @param relearned how it learned the forget rows again, once an order of the rows; empty when that was not tried
 */
public record NetworkReport(
    String name,
    Role role,
    Optional<Verdict> verdict,
    Map<String, Measure> metrics,
    List<AttackReport> attacks,
    List<Relearned> relearned) {
  /** Why a network is in the report, and what verdict a sound verifier gives it. */
  public enum Role {
    /** To be judged. */
    CANDIDATE("candidate"),
    /** Before unlearning: must not pass. */
    ORIGINAL("control"),
    /** A copy of the original: must come out exactly as it does. */
    NO_OP("control"),
    /** Random weights: must not pass. */
    RANDOM("control"),
    /** Trained without the forget rows: what the others are compared with. */
    REFERENCE("reference"),
    /** Trained without the forget rows, and compared like a candidate: must not fail. */
    RETRAINED("control");

    private final String kind;

    Role(String kind) {
      this.kind = kind;
    }

    /** Candidate, control or reference. */
    public String kind() {
      return kind;
    }
  }

  /** Copies the collections, keeping their order. */
  public NetworkReport {
    metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    attacks = List.copyOf(attacks);
    relearned = List.copyOf(relearned);
  }

  /** The one of a name among those of a report. */
  static NetworkReport named(String name, List<NetworkReport> networks) {
    return networks.stream()
        .filter(n -> n.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no network named \""
                        + name
                        + "\"; known: "
                        + String.join(", ", networks.stream().map(NetworkReport::name).toList())));
  }
}
