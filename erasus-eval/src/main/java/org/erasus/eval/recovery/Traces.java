package org.erasus.eval.recovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.erasus.eval.metrics.Differences;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.recovery.RecoveryReport.Finding;
import org.erasus.eval.recovery.RecoveryReport.Outcome;
import org.erasus.eval.recovery.RecoveryReport.Point;
import org.erasus.eval.stats.Estimate;
import org.erasus.eval.stats.Holm;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Proportions;
import org.erasus.eval.stats.Tost;

/**
 * Judges what networks know of D_f under a treatment of growing strength.
 *
 * <pre>{@code
 * dᵢ         = knownᵢ(network) − mean of knownᵢ(references)              row i of D_f, at each strength
 * NEVER_LEFT   mean d > margin shown before the treatment
 * COMES_BACK   mean d > margin shown at some strength                    Holm over the strengths
 * STAYS_AWAY   mean d < margin shown at every telling strength           all must be shown, so nothing to correct
 * margin       max(own, 2 · spread of the references)                    at each strength, see Estimate.spread
 * }</pre>
 *
 * <p>Of three or more references each is judged against the others, with the margins that those make. A test under which one of
 * them knows more than the others accuses nobody, and acquits only whom the test's own margin acquits, not one that the references
 * widened.
 *
 * <p>Telling is a strength at which {@code mean d > margin} is shown of the original, by Holm over the strengths; there must be
 * one. One-sided: knowing less than retraining is another fault than remembering.
 */
final class Traces {
  /**
   * What one network knows.
   *
   * @param network its name
   * @param known for each strength, the first before the treatment, the share of runs that get each row of D_f right (n)
   * @param measures further numbers by name
   */
  record Trace(String network, List<double[]> known, Map<String, Measure> measures) {}

  /** A margin is at least so many times what references differ by. */
  private static final double SPREADS = 2;

  private final List<Double> at;
  private final String unit;
  private final double margin;
  private final double level;

  Traces(List<Double> at, String unit, double margin, double level) {
    this.at = at;
    this.unit = unit;
    this.margin = margin;
    this.level = level;
  }

  /** A difference at one strength, the largest harmless one and the p-values of the two claims. */
  private record Difference(Estimate estimate, double margin, double pBack, double pAway) {}

  /** Judges one trace of each network, in the order of {@link RecoveryCase#networks}. */
  RecoveryReport judge(String test, RecoveryCase networks, List<Trace> traces) {
    int candidates = networks.candidates().size();
    return judge(
        test,
        traces.subList(0, candidates),
        traces.get(candidates),
        traces.subList(candidates + 1, traces.size()));
  }

  RecoveryReport judge(
      String test, List<Trace> candidates, Trace original, List<Trace> references) {
    List<Difference> ofOriginal = differences(original, references);
    double[] shown = pBack(ofOriginal);
    boolean[] telling = new boolean[at.size()];
    telling[0] = ofOriginal.get(0).pBack() <= alpha();
    for (int k = 1; k < telling.length; k++) {
      telling[k] = shown[k - 1] <= alpha();
    }
    List<Outcome> ofReferences = new ArrayList<>();
    for (Trace trace : references) {
      List<Trace> others =
          references.stream().filter(r -> !r.network().equals(trace.network())).toList();
      ofReferences.add(
          others.size() > 1
              ? judged(trace, differences(trace, others), telling)
              : notJudged(trace, ofOriginal, telling));
    }
    Optional<Outcome> rejected = ofReferences.stream().filter(Traces::isAccused).findFirst();
    List<Outcome> outcomes = new ArrayList<>();
    for (Trace trace : candidates) {
      outcomes.add(cleared(judged(trace, differences(trace, references), telling), rejected));
    }
    outcomes.add(cleared(judged(original, ofOriginal, telling), rejected));
    outcomes.addAll(ofReferences);
    return new RecoveryReport(test, unit, original.known().get(0).length, margin, outcomes);
  }

  private static boolean isAccused(Outcome outcome) {
    return outcome
        .finding()
        .filter(f -> f == Finding.COMES_BACK || f == Finding.NEVER_LEFT)
        .isPresent();
  }

  /** A test that rejects retraining says nothing by rejecting someone, nor by a margin that the rejected network widened alone. */
  private Outcome cleared(Outcome outcome, Optional<Outcome> rejected) {
    boolean isByWidening =
        outcome.finding().filter(f -> f == Finding.STAYS_AWAY).isPresent()
            && outcome.points().stream()
                .skip(1)
                .filter(Point::telling)
                .flatMap(point -> point.difference().stream())
                .anyMatch(difference -> difference.high() >= margin);
    if (rejected.isEmpty() || !(isAccused(outcome) || isByWidening)) {
      return outcome;
    }
    return new Outcome(
        outcome.network(),
        outcome.points(),
        Optional.of(Finding.OPEN),
        outcome.reason()
            + ", but the retrained network \""
            + rejected.get().network()
            + (isByWidening
                ? "\", which widened the margin, is rejected itself, so it is no evidence here"
                : "\" is rejected, too, so this test accuses nobody here"),
        outcome.measures());
  }

  /** The largest margin in force where the original is told from retraining. */
  private static double widest(List<Point> points) {
    return points.stream()
        .skip(1)
        .filter(Point::telling)
        .mapToDouble(Point::margin)
        .max()
        .orElse(0);
  }

  private List<Point> points(
      Trace trace,
      List<Difference> differences,
      boolean[] telling,
      Function<Difference, Optional<Interval>> fromRetraining) {
    List<Point> points = new ArrayList<>();
    for (int k = 0; k < at.size(); k++) {
      points.add(
          new Point(
              at.get(k),
              accuracy(trace.known().get(k)),
              fromRetraining.apply(differences.get(k)),
              differences.get(k).margin(),
              telling[k]));
    }
    return points;
  }

  private Outcome notJudged(Trace trace, List<Difference> ofOriginal, boolean[] telling) {
    return new Outcome(
        trace.network(),
        points(trace, ofOriginal, telling, difference -> Optional.empty()),
        Optional.empty(),
        "what the others are compared with",
        trace.measures());
  }

  private Outcome judged(Trace trace, List<Difference> differences, boolean[] telling) {
    List<Point> points =
        points(trace, differences, telling, difference -> Optional.of(interval(difference)));
    if (differences.get(0).pBack() <= alpha()) {
      return outcome(
          trace,
          points,
          Finding.NEVER_LEFT,
          "before any treatment the difference from retraining is " + words(differences.get(0)));
    }
    double[] back = pBack(differences);
    int first = -1;
    int open = -1;
    int told = 0;
    for (int k = 1; k < at.size(); k++) {
      if (back[k - 1] <= alpha() && first < 0) {
        first = k;
      }
      told += telling[k] ? 1 : 0;
      if (telling[k]
          && differences.get(k).pAway() > alpha()
          && (open < 0 || differences.get(k).pAway() > differences.get(open).pAway())) {
        open = k;
      }
    }
    if (first > 0) {
      return outcome(
          trace,
          points,
          Finding.COMES_BACK,
          "at "
              + strength(first)
              + " the difference from retraining is "
              + words(differences, first));
    }
    if (told == 0) {
      return outcome(
          trace,
          points,
          Finding.OPEN,
          "under this treatment the original is nowhere shown to know more than retraining, so staying below it"
              + " shows nothing");
    }
    if (open > 0) {
      return outcome(
          trace,
          points,
          Finding.OPEN,
          "at "
              + strength(open)
              + " the difference from retraining is "
              + words(differences, open)
              + ", which does not decide about "
              + number(differences.get(open).margin()));
    }
    return outcome(
        trace,
        points,
        Finding.STAYS_AWAY,
        "the difference from retraining is below the margin of "
            + (widest(points) > margin ? "at most " : "")
            + number(widest(points))
            + " wherever the original is told from it, "
            + told
            + " of "
            + (at.size() - 1)
            + " strengths");
  }

  /** Of each strength after the first, corrected for how many there are. */
  private static double[] pBack(List<Difference> differences) {
    return Holm.adjust(differences.stream().skip(1).mapToDouble(Difference::pBack).toArray());
  }

  private static Outcome outcome(Trace trace, List<Point> points, Finding finding, String reason) {
    return new Outcome(trace.network(), points, Optional.of(finding), reason, trace.measures());
  }

  private List<Difference> differences(Trace trace, List<Trace> references) {
    List<Difference> found = new ArrayList<>();
    for (int k = 0; k < at.size(); k++) {
      Estimate estimate = difference(trace, references, k);
      double allowed = margin(references, k);
      double away = Tost.test(estimate, allowed, alpha()).pAbove();
      found.add(new Difference(estimate, allowed, 1 - away, away));
    }
    return found;
  }

  private double margin(List<Trace> references, int k) {
    List<Estimate> pairs = new ArrayList<>();
    for (int i = 0; i < references.size(); i++) {
      for (int j = i + 1; j < references.size(); j++) {
        pairs.add(difference(references.get(i), List.of(references.get(j)), k));
      }
    }
    return pairs.isEmpty() ? margin : Math.max(margin, SPREADS * Estimate.spread(pairs));
  }

  private static Estimate difference(Trace trace, List<Trace> references, int k) {
    return Differences.ofRows(
        trace.known().get(k), references.stream().map(r -> r.known().get(k)).toList());
  }

  /** Wilson's for the mean share, rounded to a whole row: rows that runs disagree on vary less than it says. */
  private Interval accuracy(double[] known) {
    double sum = Arrays.stream(known).sum();
    Interval whole = Proportions.wilson(Math.round(sum), known.length, level);
    double mean = sum / known.length;
    return new Interval(
        Math.min(whole.low(), mean), mean, Math.max(whole.high(), mean), level, whole.method());
  }

  private Interval interval(Difference difference) {
    return difference.estimate().interval(1 - 2 * alpha(), "tost");
  }

  private double alpha() {
    return 1 - level;
  }

  private String strength(int k) {
    double value = at.get(k);
    String number = value == Math.rint(value) ? Long.toString((long) value) : number(value);
    return number + " " + unit;
  }

  private String words(List<Difference> differences, int k) {
    return words(differences.get(k));
  }

  private String words(Difference difference) {
    Interval d = interval(difference);
    return number(d.estimate()) + " [" + number(d.low()) + ", " + number(d.high()) + "]";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
