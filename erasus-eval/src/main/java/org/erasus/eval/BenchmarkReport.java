package org.erasus.eval;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.UnlearningDataset;

/**
 * The whole result of a benchmark, as plain values; JSON both ways. All numbers are finite: what cannot be told is absent or
 * says so.
 *
 * @param schema of the JSON
 * @param created when
 * @param protocol name and version, such as {@code general/1}
 * @param reference what the verdicts compare with
 * @param options settings
 * @param data rows it rests on
 * @param margins in force, one a gate
 * @param networks candidates first, then references, then controls
 * @param pictures what the page draws beyond the numbers
 * @param warnings what a reader must know before believing the verdicts
 */
public record BenchmarkReport(
    String schema,
    Instant created,
    String protocol,
    Reference reference,
    BenchmarkOptions options,
    DataSummary data,
    List<Margin> margins,
    List<NetworkReport> networks,
    Pictures pictures,
    List<String> warnings) {
  /** The schema this version writes; its number rises with changes from the first release on. */
  public static final String SCHEMA = "erasus-benchmark/1";

  /**
   * What verdicts compare with.
   *
   * @param kind of reference
   * @param networks how many retrained networks, 0 without
   */
  public record Reference(Kind kind, int networks) {
    /** The two kinds. */
    public enum Kind {
      /** Networks trained on the retain rows alone. */
      RETRAINED_NETWORKS,
      /** Unseen rows of the forget classes, and the original for its use. */
      UNSEEN_ROWS
    }

    static Reference of(int networks) {
      return new Reference(networks > 0 ? Kind.RETRAINED_NETWORKS : Kind.UNSEEN_ROWS, networks);
    }

    /** For people. */
    public String words() {
      return kind == Kind.UNSEEN_ROWS ? "unseen rows only" : "retrained networks: " + networks;
    }
  }

  /**
   * The rows a report rests on.
   *
   * @param rows of each mark
   * @param classes number of classes
   * @param forgetClasses classes that occur among the forget rows
   * @param fingerprint of ids, classes and values
   * @param marks fingerprint of the marks
   */
  public record DataSummary(
      Map<String, Integer> rows,
      int classes,
      List<Integer> forgetClasses,
      String fingerprint,
      String marks) {
    /** Copies the collections. */
    public DataSummary {
      rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
      forgetClasses = List.copyOf(forgetClasses);
    }

    static DataSummary of(UnlearningDataset data) {
      Map<String, Integer> rows = new LinkedHashMap<>();
      for (Mark mark : Mark.values()) {
        rows.put(mark.name().toLowerCase(Locale.ROOT), data.marked(mark).size());
      }
      return new DataSummary(
          rows,
          data.classes(),
          List.copyOf(data.forget().classes()),
          data.fingerprint(),
          data.marksFingerprint());
    }
  }

  /** Copies the lists. */
  public BenchmarkReport {
    margins = List.copyOf(margins);
    networks = List.copyOf(networks);
    warnings = List.copyOf(warnings);
  }

  /**
   * The report of a network.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public NetworkReport network(String name) {
    return NetworkReport.named(name, networks);
  }

  /** The verdict on a network that has one. */
  public Verdict verdict(String name) {
    return network(name)
        .verdict()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\""
                        + name
                        + "\" is one of fewer than three references, so there is no verdict on it"));
  }

  /** Writes the report as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a report. */
  public static BenchmarkReport load(Path file) throws IOException {
    return Json.load(file, BenchmarkReport.class);
  }
}
