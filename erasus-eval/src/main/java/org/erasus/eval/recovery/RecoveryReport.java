package org.erasus.eval.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Json;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.stats.Interval;

/**
 * What a recovery test found out, as plain values; JSON both ways.
 *
 * @param test its name
 * @param unit what {@link Point#at} counts, such as {@code steps}
 * @param rows of D_f the accuracies rest on
 * @param margin the test's largest harmless difference; where references differ more, see {@link Point#margin}
 * @param outcomes candidates first, then the original, then references
 */
public record RecoveryReport(
    String test, String unit, int rows, double margin, List<Outcome> outcomes) {
  /** Whether forgotten knowledge came back to a network. */
  public enum Finding {
    /** It is shown that D_f is known no better than to the references, wherever the original is told from them. */
    STAYS_AWAY,
    /** It is shown that D_f is known better than to the references somewhere, though not before the treatment. */
    COMES_BACK,
    /** It is shown that D_f is known better than to the references before any treatment. */
    NEVER_LEFT,
    /** Nothing is shown, or a retrained network is rejected as well. */
    OPEN
  }

  /**
   * One network.
   *
   * @param network its name
   * @param points the first before the treatment
   * @param finding absent for one of fewer than three references; of three or more each is judged against the others
   * @param reason of the finding, in a sentence
   * @param measures further numbers by name
   */
  public record Outcome(
      String network,
      List<Point> points,
      Optional<Finding> finding,
      String reason,
      Map<String, Measure> measures) {
    /** Copies the collections, keeping their order. */
    public Outcome {
      points = List.copyOf(points);
      measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
    }
  }

  /**
   * A network at one strength of the treatment.
   *
   * @param at the strength
   * @param accuracy on D_f
   * @param difference network − mean of the references, row by row; absent where there is no finding
   * @param margin the largest harmless difference here: twice what references differ by among themselves, where that is more
   *     than the test's own
   * @param telling whether the original is shown to differ from the references here; where it is not, the treatment hides
   *     what is looked for
   */
  public record Point(
      double at,
      Interval accuracy,
      Optional<Interval> difference,
      double margin,
      boolean telling) {}

  /** Copies the list. */
  public RecoveryReport {
    outcomes = List.copyOf(outcomes);
  }

  /**
   * The outcome of a network.
   *
   * @throws IllegalArgumentException for an unknown name, with all known ones
   */
  public Outcome outcome(String network) {
    return outcomes.stream()
        .filter(o -> o.network().equals(network))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no network named \""
                        + network
                        + "\"; known: "
                        + String.join(", ", outcomes.stream().map(Outcome::network).toList())));
  }

  /** What was found out about a network that is no reference. */
  public Finding finding(String network) {
    return outcome(network)
        .finding()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\""
                        + network
                        + "\" is one of fewer than three references, so there is no finding"));
  }

  /** Writes the report as JSON; an existing file is replaced whole or not at all. */
  public void save(Path file) throws IOException {
    Json.save(file, this);
  }

  /** Reads a report. */
  public static RecoveryReport load(Path file) throws IOException {
    return Json.load(file, RecoveryReport.class);
  }
}
