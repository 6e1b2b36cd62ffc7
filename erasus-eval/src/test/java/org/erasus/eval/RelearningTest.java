package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.eval.metrics.Lesson;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.RelearnCurve;
import org.erasus.eval.metrics.Relearned;
import org.erasus.eval.metrics.Relearning;
import org.erasus.train.EarlyStopping;
import org.erasus.train.Monitor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RelearningTest {
  private static final Relearning RELEARNING =
      Relearning.DEFAULTS.withTraining(
          Relearning.DEFAULTS.training().withMaxEpochs(40).withLearningRate(0.02));

  private final UnlearningDataset data = Problem.mislabelled(60, 240, 60, 1);
  private final Network original = Problem.perceptron(1);
  private final Network retrained = Problem.perceptron(2);
  private final Network half = Problem.perceptron(3);

  @BeforeAll
  void train() {
    Problem.train(original, data.markRetain(data.trained()), 1, 200);
    Problem.train(retrained, data, 2, 200);
    Problem.train(half, data.markRetain(data.forget().first(30)), 3, 200);
  }

  @AfterAll
  void close() {
    List.of(original, retrained, half).forEach(Network::close);
    data.close();
  }

  /** What the networks must reach: far above what retraining knows. */
  private static final double KNOWN = 0.9;

  @Test
  void aNetworkThatKnowsTheRowsTakesNoStep() {
    double known = original.accuracy(data.forget());
    assertThat(known).isGreaterThan(KNOWN);
    assertThat(RELEARNING.measure(original, data, known, 1))
        .hasSize(3)
        .allSatisfy(r -> assertThat(r.steps()).isZero())
        .allMatch(Relearned::reached);
  }

  @Test
  void retrainingTakesStepsAndTheNetworkStaysAsItIs() {
    double before = retrained.accuracy(data.forget());
    List<Relearned> runs = RELEARNING.measure(retrained, data, KNOWN, 1);

    assertThat(runs).allMatch(Relearned::reached).allMatch(r -> r.steps() > 0);
    assertThat(runs.stream().map(Relearned::seed)).doesNotHaveDuplicates();
    assertThat(retrained.accuracy(data.forget())).isEqualTo(before);
    assertThat(RELEARNING.measure(retrained, data, KNOWN, 1)).isEqualTo(runs);
  }

  /** 60 rows in batches of 32 are 2 steps an epoch. */
  @Test
  void aRunThatDoesNotGetThereSaysSoAndGivesItsBudget() {
    Relearning tight =
        RELEARNING.withTraining(RELEARNING.training().withMaxEpochs(2).withLearningRate(1e-6));
    assertThat(tight.measure(retrained, data, KNOWN, 1))
        .allMatch(r -> r.steps() == 4 && !r.reached());
  }

  @Test
  void theIndexIsBelowOneWhereRowsAreRemembered() {
    BenchmarkReport report =
        UnlearningBenchmark.of(data, original)
            .withReference("retrained", retrained)
            .withCandidate("half", half)
            .withOptions(BenchmarkOptions.DEFAULTS.withReplicates(100).withRelearning(RELEARNING))
            .run();

    assertThat(report.network("half").metrics().get("anamnesis-index"))
        .isInstanceOfSatisfying(
            Measure.Estimated.class,
            m -> assertThat(m.interval().estimate()).isGreaterThanOrEqualTo(0).isLessThan(0.9));
  }

  /** 60 rows in batches of 4 are 15 steps an epoch, 120 in all: a look every third. */
  @Test
  void looksAreSpreadOverTheBudget() {
    Relearning longer =
        RELEARNING.withTraining(RELEARNING.training().withMaxEpochs(8).withBatchSize(4));
    assertThat(longer.curves(retrained, data, Lesson.FORGET_ROWS, 1))
        .allSatisfy(
            curve ->
                assertThat(curve.steps())
                    .isEqualTo(LongStream.rangeClosed(0, 40).map(k -> 3 * k).boxed().toList()));
  }

  /** 1, 2 and 4 rows of 4 are known. */
  @Test
  void aCurveIsKeptUpToTheLookThatEndsIt() {
    RelearnCurve curve =
        new RelearnCurve(
            7, List.of(0L, 2L, 4L), List.of(firstRows(1), firstRows(2), firstRows(4)), 4);
    List<Relearned.Look> looks =
        List.of(new Relearned.Look(0, 0.25), new Relearned.Look(2, 0.5), new Relearned.Look(4, 1));

    assertThat(curve.to(0.5)).isEqualTo(new Relearned(7, 2, true, looks.subList(0, 2)));
    assertThat(curve.to(1.01)).isEqualTo(new Relearned(7, 4, false, looks));
  }

  private static BitSet firstRows(int rows) {
    BitSet known = new BitSet();
    known.set(0, rows);
    return known;
  }

  /** The same rows, orders and steps, seen to the end or until enough is known. */
  @Test
  void curvesAndMeasuresOfRowsWithWeightsAgree() {
    Rows forget = data.forget();
    double[] weights =
        IntStream.range(0, forget.size()).mapToDouble(i -> i % 3 == 0 ? 4 : 0.1).toArray();
    UnlearningDataset weighted = data.withWeights(forget, weights);
    List<RelearnCurve> curves = RELEARNING.curves(retrained, weighted, Lesson.FORGET_ROWS, 1);

    assertThat(curves.stream().map(curve -> curve.to(KNOWN - RELEARNING.alpha())))
        .containsExactlyElementsOf(RELEARNING.measure(retrained, weighted, KNOWN, 1));
    assertThat(curves).isNotEqualTo(RELEARNING.curves(retrained, data, Lesson.FORGET_ROWS, 1));
  }

  @Test
  void rangesAreChecked() {
    EarlyStopping rule = new EarlyStopping(Monitor.FORGET_ACCURACY, EarlyStopping.Mode.MAX, 2);
    assertThatThrownBy(() -> RELEARNING.withTraining(RELEARNING.training().withEarlyStopping(rule)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("training must not stop early")
        .hasMessageContaining("FORGET_ACCURACY");
    assertThatThrownBy(() -> new Relearning(RELEARNING.training(), 1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("alpha");
  }
}
