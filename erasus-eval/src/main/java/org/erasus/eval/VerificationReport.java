package org.erasus.eval;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.erasus.Json;
import org.erasus.eval.recovery.RecoveryReport;

/**
 * What the attacks and recovery tests of an {@link UnlearningVerificationSuite} found, as plain values; JSON both ways.
 *
 * @param schema of the JSON
 * @param created when
 * @param level of all intervals
 * @param seed of every random choice
 * @param data rows it rests on
 * @param networks the unlearned one, the original, then the retrained ones
 * @param recovery what each test of recovery found
 * @param notes attacks and tests of recovery that were left out, and why
 */
public record VerificationReport(
    String schema,
    Instant created,
    double level,
    long seed,
    BenchmarkReport.DataSummary data,
    List<NetworkReport> networks,
    List<RecoveryReport> recovery,
    List<String> notes) {
  /** The schema this version writes; its number rises with changes from the first release on. */
  public static final String SCHEMA = "erasus-verification/1";

  /** Copies the lists. */
  public VerificationReport {
    networks = List.copyOf(networks);
    recovery = List.copyOf(recovery);
    notes = List.copyOf(notes);
  }

  /**
   * What was found about a network.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public NetworkReport network(String name) {
    return NetworkReport.named(name, networks);
  }

  /**
   * What an attack did to a network.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public AttackReport attack(String network, String attack) {
    List<AttackReport> attacks = network(network).attacks();
    return attacks.stream()
        .filter(a -> a.attack().equals(attack))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no attack named \""
                        + attack
                        + "\"; known: "
                        + String.join(", ", attacks.stream().map(AttackReport::attack).toList())));
  }

  /** Writes the report as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a report. */
  public static VerificationReport load(Path file) throws IOException {
    return Json.load(file, VerificationReport.class);
  }
}
