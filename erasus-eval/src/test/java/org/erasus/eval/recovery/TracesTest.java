package org.erasus.eval.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.erasus.eval.recovery.RecoveryReport.Finding;
import org.erasus.eval.recovery.RecoveryReport.Point;
import org.erasus.eval.recovery.Traces.Trace;
import org.junit.jupiter.api.Test;

/** 398 rows, so that {@code k} rows known more are a difference of k/400, see PairedRows. */
class TracesTest {
  private static final int ROWS = 398;

  private static final Trace RETRAINED = trace("retrained", 40, 40, 40);
  private static final Trace ORIGINAL = trace("original", 398, 398, 398);

  /** A network that knows the first so many rows at each strength. */
  private static Trace trace(String name, int... known) {
    return new Trace(
        name,
        Arrays.stream(known)
            .mapToObj(
                k -> {
                  double[] rows = new double[ROWS];
                  Arrays.fill(rows, 0, k, 1);
                  return rows;
                })
            .toList(),
        Map.of());
  }

  private static RecoveryReport judge(Trace original, Trace... candidates) {
    return new Traces(List.of(0.0, 8.0, 4.0), "bits", 0.05, 0.95)
        .judge("quantise", List.of(candidates), original, List.of(RETRAINED));
  }

  @Test
  void theFourFindings() {
    RecoveryReport report =
        judge(
            ORIGINAL,
            trace("as-retrained", 40, 40, 40),
            trace("hidden", 40, 40, 140),
            trace("kept", 200, 40, 40),
            trace("little", 40, 40, 60));

    assertThat(report.finding("as-retrained")).isEqualTo(Finding.STAYS_AWAY);
    assertThat(report.finding("hidden")).isEqualTo(Finding.COMES_BACK);
    assertThat(report.finding("kept")).isEqualTo(Finding.NEVER_LEFT);
    assertThat(report.finding("little")).isEqualTo(Finding.OPEN);
    assertThat(report.finding("original")).isEqualTo(Finding.NEVER_LEFT);
    assertThat(report.outcome("retrained").finding()).isEmpty();
    assertThat(report.outcome("hidden").reason())
        .startsWith("at 4 bits the difference from retraining is 0.250 [");
    assertThat(report.outcome("little").reason()).startsWith("at 4 bits").contains("0.050 [");
  }

  /** 100 of 398 known more: 100/400, s² = (100 + 1)/400 − 1/16, error √(s²/400), 397 degrees: t(0.95) = 1.64870. */
  @Test
  void theIntervalIsDoneByHand() {
    Point point = judge(ORIGINAL, trace("c", 40, 40, 140)).outcome("c").points().get(2);
    double half = 1.64870 * Math.sqrt((101 / 400.0 - 1 / 16.0) / 400);

    assertThat(point.at()).isEqualTo(4);
    assertThat(point.accuracy().estimate()).isEqualTo(140.0 / 398);
    assertThat(point.difference())
        .hasValueSatisfying(
            d -> {
              assertThat(d.low()).isCloseTo(0.25 - half, within(1e-5));
              assertThat(d.high()).isCloseTo(0.25 + half, within(1e-5));
            });
  }

  /** At 4 bits the original is ruined: whoever is ruined, too, has shown nothing there, but 8 bits still count. */
  @Test
  void strengthsAtWhichTheOriginalIsNotToldDoNotAcquit() {
    RecoveryReport some = judge(trace("original", 398, 398, 40), trace("c", 40, 40, 50));
    RecoveryReport none = judge(trace("original", 398, 40, 40), trace("c", 40, 40, 40));

    assertThat(some.finding("c")).isEqualTo(Finding.STAYS_AWAY);
    assertThat(some.outcome("c").reason()).contains("1 of 2 strengths");
    assertThat(some.outcome("c").points().stream().map(Point::telling))
        .containsExactly(true, true, false);
    assertThat(none.finding("c")).isEqualTo(Finding.OPEN);
    assertThat(none.outcome("c").reason()).contains("nowhere shown to know more");
  }

  @Test
  void knowingLessThanRetrainingIsNoRecovery() {
    assertThat(judge(ORIGINAL, trace("broken", 0, 0, 0)).finding("broken"))
        .isEqualTo(Finding.STAYS_AWAY);
  }

  /** Half known by one reference and none by the other is a quarter known by their mean. */
  @Test
  void severalReferencesCountTheirMean() {
    Traces traces = new Traces(List.of(0.0), "bits", 0.05, 0.95);
    RecoveryReport report =
        traces.judge(
            "t",
            List.of(trace("c", 199)),
            trace("original", 398),
            List.of(trace("a", 199), trace("b", 0)));

    assertThat(report.outcome("c").points().get(0).difference())
        .hasValueSatisfying(d -> assertThat(d.estimate()).isCloseTo(99.5 / 400, within(1e-12)));
  }

  /** The references differ by 60/400 at 4 bits: s² = 61/400 − 0.15², error² = s²/400, twice √(0.15² − error²) is allowed. */
  @Test
  void whereReferencesDifferTheMarginFollowsThem() {
    List<Trace> references = List.of(trace("a", 40, 40, 40), trace("b", 40, 40, 100));
    RecoveryReport report =
        new Traces(List.of(0.0, 8.0, 4.0), "bits", 0.05, 0.95)
            .judge("t", List.of(trace("retrained", 40, 40, 120)), ORIGINAL, references);
    double error = Math.sqrt((61 / 400.0 - 0.0225) / 400);
    List<Point> points = report.outcome("retrained").points();

    assertThat(report.finding("retrained")).isNotEqualTo(Finding.COMES_BACK);
    assertThat(points.get(1).margin()).isEqualTo(0.05);
    assertThat(points.get(2).margin())
        .isCloseTo(2 * Math.sqrt(0.0225 - error * error), within(1e-9));
    assertThat(report.outcome("b").finding()).isEmpty();
  }

  /** The third of them was trained on some of the rows, or the test does not suit: either way nobody is accused by it. */
  @Test
  void aTestThatRejectsARetrainedNetworkAccusesNobody() {
    List<Trace> references =
        List.of(trace("a", 40, 40, 40), trace("b", 40, 40, 40), trace("forged", 40, 40, 300));
    Trace hidden = trace("hidden", 40, 40, 398);
    RecoveryReport report =
        new Traces(List.of(0.0, 8.0, 4.0), "bits", 0.05, 0.95)
            .judge("t", List.of(hidden), ORIGINAL, references);
    RecoveryReport alike =
        new Traces(List.of(0.0, 8.0, 4.0), "bits", 0.05, 0.95)
            .judge(
                "t",
                List.of(hidden),
                ORIGINAL,
                List.of(trace("a", 40, 40, 40), trace("b", 40, 40, 40), trace("c", 40, 40, 40)));

    assertThat(report.finding("forged")).isEqualTo(Finding.COMES_BACK);
    assertThat(report.finding("a")).isEqualTo(Finding.STAYS_AWAY);
    assertThat(report.finding("original")).isEqualTo(Finding.OPEN);
    assertThat(report.outcome("original").reason())
        .endsWith(
            "the retrained network \"forged\" is rejected, too, so this test accuses nobody here");
    assertThat(alike.finding("hidden")).isEqualTo(Finding.COMES_BACK);
    assertThat(alike.finding("c")).isEqualTo(Finding.STAYS_AWAY);
  }

  /** References of .1, .1 and .3 are .2, .2 and 0 apart, so .33 does no harm to their mean .17; among the first two .43 is far. */
  @Test
  void aMarginThatARejectedReferenceWidenedIsNoEvidence() {
    List<Trace> references = List.of(trace("a", 40, 40), trace("b", 40, 40), trace("c", 40, 120));
    RecoveryReport report =
        new Traces(List.of(0.0, 8.0), "bits", 0.05, 0.95)
            .judge(
                "t",
                List.of(trace("as-their-mean", 40, 66), trace("n", 40, 170)),
                trace("original", 398, 398),
                references);

    assertThat(report.finding("as-their-mean")).isEqualTo(Finding.STAYS_AWAY);
    assertThat(report.finding("c")).isEqualTo(Finding.COMES_BACK);
    assertThat(report.outcome("n").points().get(1).margin()).isCloseTo(0.327, within(0.003));
    assertThat(report.finding("n")).isEqualTo(Finding.OPEN);
    assertThat(report.outcome("n").reason())
        .startsWith("the difference from retraining is below the margin of at most 0.32")
        .endsWith("is rejected itself, so it is no evidence here");
  }

  /** 32 rows more are 0.08, t = 0.03 / 0.0138 and p = 0.015: enough once, not at every one of twenty strengths. */
  @Test
  void manyStrengthsAreCorrectedFor() {
    int[] slightly = new int[21];
    Arrays.fill(slightly, 72);
    slightly[0] = 40;
    int[] all = new int[21];
    Arrays.fill(all, 398);
    int[] little = new int[21];
    Arrays.fill(little, 40);
    List<Double> at = Stream.iterate(0.0, k -> k + 1).limit(21).toList();
    RecoveryReport many =
        new Traces(at, "steps", 0.05, 0.95)
            .judge(
                "t",
                List.of(trace("c", slightly)),
                trace("original", all),
                List.of(trace("r", little)));
    RecoveryReport one =
        new Traces(at.subList(0, 2), "steps", 0.05, 0.95)
            .judge(
                "t",
                List.of(trace("c", 40, 72)),
                trace("original", 398, 398),
                List.of(trace("r", 40, 40)));

    assertThat(one.finding("c")).isEqualTo(Finding.COMES_BACK);
    assertThat(many.outcome("c").points().get(1).difference())
        .hasValueSatisfying(d -> assertThat(d.low()).isGreaterThan(0.05));
    assertThat(many.finding("c")).isEqualTo(Finding.OPEN);
  }

  /** The same 32 rows of the original: told from retraining at one strength, at none of twenty. */
  @Test
  void anOriginalThatIsToldByChanceAcquitsNobody() {
    int[] slightly = new int[21];
    Arrays.fill(slightly, 72);
    slightly[0] = 40;
    int[] little = new int[21];
    Arrays.fill(little, 40);
    List<Double> at = Stream.iterate(0.0, k -> k + 1).limit(21).toList();
    RecoveryReport many =
        new Traces(at, "steps", 0.05, 0.95)
            .judge(
                "t",
                List.of(trace("c", little)),
                trace("original", slightly),
                List.of(trace("r", little)));
    RecoveryReport one =
        new Traces(at.subList(0, 2), "steps", 0.05, 0.95)
            .judge(
                "t",
                List.of(trace("c", 40, 40)),
                trace("original", 40, 72),
                List.of(trace("r", 40, 40)));

    assertThat(one.finding("c")).isEqualTo(Finding.STAYS_AWAY);
    assertThat(many.finding("c")).isEqualTo(Finding.OPEN);
    assertThat(many.outcome("c").points()).noneMatch(Point::telling);
  }
}
