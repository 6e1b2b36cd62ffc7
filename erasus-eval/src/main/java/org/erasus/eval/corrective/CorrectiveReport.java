package org.erasus.eval.corrective;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Json;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Interval;

/**
 * What the protocol {@code corrective} found, as plain values; JSON both ways.
 *
 * @param schema of the JSON
 * @param protocol name and version
 * @param strategy that was judged
 * @param seed of every random choice
 * @param margin the largest harmless difference
 * @param data fingerprint of the data before they were spoilt
 * @param cells for each manipulation the retrained network, the original, then one a share
 */
public record CorrectiveReport(
    String schema,
    String protocol,
    String strategy,
    long seed,
    double margin,
    String data,
    List<Cell> cells) {
  /** The schema this version writes; its number rises with changes from the first release on. */
  public static final String SCHEMA = "erasus-corrective/1";

  /** Trained without any spoilt row. */
  public static final String RETRAINED = "retrained";

  /** Trained on all rows. */
  public static final String ORIGINAL = "original";

  /** The original after unlearning. */
  public static final String CORRECTED = "corrected";

  /**
   * One network.
   *
   * @param manipulation how rows were spoilt
   * @param spoilt how many rows were
   * @param network {@link #RETRAINED}, {@link #ORIGINAL} or {@link #CORRECTED}
   * @param share of the spoilt rows that were found
   * @param measures by name
   * @param gates comparisons with the retrained network; empty for itself
   * @param outcome absent for the retrained network
   * @param reasons why, in sentences, the decisive ones first; empty for the retrained network
   */
  public record Cell(
      Manipulation manipulation,
      int spoilt,
      String network,
      Optional<Double> share,
      Map<String, Measure> measures,
      List<Gate> gates,
      Optional<Outcome> outcome,
      List<String> reasons) {
    /** Copies the collections, keeping their order. */
    public Cell {
      measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
      gates = List.copyOf(gates);
      reasons = List.copyOf(reasons);
    }
  }

  /**
   * A comparison with the retrained network on the same rows.
   *
   * @param name of what is compared
   * @param difference network − retrained, of level 1 − 2α
   * @param pHarmless small when it is shown that the difference does no harm
   * @param pHarmful small when it is shown that it does, corrected by Holm
   * @param rows the difference rests on
   * @param rowsToDecide rows of that kind that would decide four times out of five, see {@link
   *     org.erasus.eval.stats.SampleSize#toDecide}; absent when decided, and when no number would
   */
  public record Gate(
      String name,
      Interval difference,
      double pHarmless,
      double pHarmful,
      long rows,
      Optional<Long> rowsToDecide) {}

  /** Copies the list. */
  public CorrectiveReport {
    cells = List.copyOf(cells);
  }

  /** The cells of one manipulation. */
  public List<Cell> of(Manipulation manipulation) {
    return cells.stream().filter(c -> c.manipulation().equals(manipulation)).toList();
  }

  /** Writes the report as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a report. */
  public static CorrectiveReport load(Path file) throws IOException {
    return Json.load(file, CorrectiveReport.class);
  }
}
