package org.erasus.eval.corrective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.Problem;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.corrective.CorrectiveReport.Cell;
import org.erasus.eval.report.HtmlReport;
import org.erasus.eval.report.MarkdownReport;
import org.erasus.eval.report.ReportSchema;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorrectiveProtocolTest {
  private static final InterclassConfusion HALF = InterclassConfusion.DEFAULTS;

  /** Trains anew on what is kept. */
  private record Anew() implements UnlearningStrategy {
    @Override
    public Set<Need> needs() {
      return EnumSet.of(Need.RETAIN_ROWS);
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      Network fresh = task.network().fresh(task.seed());
      return new Unlearned(fresh, Problem.train(fresh, task.data(), task.seed()));
    }
  }

  /** Takes one step no weight sees. */
  private static final UnlearningStrategy NOTHING =
      UnlearningModule.of(
          "nothing",
          Training.DEFAULTS.withMaxEpochs(1).withLearningRate(1e-30).withBatchSize(600),
          step -> step.student().crossEntropy(),
          step -> step.student().crossEntropy());

  private static Network train(UnlearningDataset data, long seed) {
    Network network = Problem.perceptron(seed);
    Problem.train(network, data, seed);
    return network;
  }

  private static CorrectiveReport run(
      UnlearningDataset data, UnlearningStrategy strategy, CorrectiveProtocol protocol) {
    return protocol.run(data, CorrectiveProtocolTest::train, strategy, 7);
  }

  @Test
  void retrainingCorrectsWhenAllIsFoundAndNotWhenLittleIs(@TempDir Path folder) throws IOException {
    CorrectiveProtocol protocol =
        CorrectiveProtocol.DEFAULTS.withManipulations(List.of(HALF)).withShares(List.of(0.2, 1.0));
    try (UnlearningDataset data = Problem.mislabelled(0, 600, 1200, 1)) {
      CorrectiveReport report = run(data, new Anew(), protocol);
      List<Cell> cells = report.of(HALF);

      assertThat(cells.stream().map(Cell::network))
          .containsExactly("retrained", "original", "corrected", "corrected");
      assertThat(cells.stream().map(Cell::spoilt)).containsOnly(200);
      assertThat(cells.stream().map(Cell::share))
          .containsExactly(Optional.empty(), Optional.empty(), Optional.of(0.2), Optional.of(1.0));
      assertThat(cells.get(0).outcome()).isEmpty();
      assertThat(cells.get(1).outcome()).hasValue(Outcome.FAIL);
      assertThat(cells.get(2).outcome()).hasValue(Outcome.FAIL);
      assertThat(cells.get(3).outcome()).hasValue(Outcome.PASS);
      assertThat(cells.get(0).reasons()).isEmpty();
      assertThat(cells.get(2).reasons().get(0))
          .startsWith("corrected-accuracy is -")
          .endsWith("margin −0.050: harmful");
      assertThat(cells.get(3).reasons()).hasSize(2).allMatch(why -> why.endsWith(": harmless"));
      assertThat(cells.get(3).gates().stream().map(CorrectiveReport.Gate::name))
          .containsExactly("corrected-accuracy", "accuracy-elsewhere");
      assertThat(report.protocol()).isEqualTo("corrective/1");
      assertThat(report.data()).isEqualTo(data.fingerprint());

      report.save(folder.resolve("report.json"));
      assertThat(CorrectiveReport.load(folder.resolve("report.json"))).isEqualTo(report);
      assertThat(ReportSchema.problems(report)).isEmpty();
    }
  }

  @Test
  void doingNothingCorrectsNothing() {
    CorrectiveProtocol protocol =
        CorrectiveProtocol.DEFAULTS
            .withManipulations(List.of(new RandomLabelSwap(0.3)))
            .withShares(List.of(1.0));
    try (UnlearningDataset data = Problem.mislabelled(0, 600, 300, 1)) {
      List<Cell> cells = run(data, NOTHING, protocol).cells();
      assertThat(cells.get(2).outcome()).hasValue(Outcome.FAIL);
      assertThat(cells.get(2).measures()).isEqualTo(cells.get(1).measures());
    }
  }

  /** One row in a hundred of two classes harms nobody: then nobody is said to have corrected it. */
  @Test
  void nobodyPassesWhereNothingWasSpoilt() {
    CorrectiveProtocol protocol =
        CorrectiveProtocol.DEFAULTS
            .withManipulations(List.of(HALF.withShare(0.01)))
            .withShares(List.of(1.0))
            .withMargin(0.2);
    try (UnlearningDataset data = Problem.mislabelled(0, 600, 1200, 1)) {
      List<Cell> cells = run(data, new Anew(), protocol).cells();
      assertThat(cells.get(1).gates()).allMatch(g -> g.pHarmful() > 0.05);
      assertThat(cells.get(2).gates()).allMatch(g -> g.pHarmless() <= 0.05);
      assertThat(cells.get(2).outcome()).hasValue(Outcome.INCONCLUSIVE);
      assertThat(cells.get(2).reasons().get(0)).startsWith("the original network is not shown to");
      assertThat(cells.get(2).gates()).allMatch(g -> g.rowsToDecide().isEmpty());
    }
  }

  @Test
  void tooFewRowsSayHowManyWouldDecide(@TempDir Path folder) throws IOException {
    CorrectiveProtocol protocol =
        CorrectiveProtocol.DEFAULTS.withManipulations(List.of(HALF)).withShares(List.of(1.0));
    try (UnlearningDataset data = Problem.mislabelled(0, 600, 60, 1)) {
      CorrectiveReport report = run(data, new Anew(), protocol);
      Cell corrected = report.cells().get(2);

      assertThat(corrected.outcome()).hasValue(Outcome.INCONCLUSIVE);
      assertThat(corrected.reasons().get(0))
          .containsPattern("not decided by \\d+ rows; about \\d+ would decide$");
      assertThat(corrected.gates())
          .anySatisfy(
              gate -> {
                assertThat(gate.rows()).isEqualTo(20);
                assertThat(gate.rowsToDecide())
                    .hasValueSatisfying(n -> assertThat(n).isBetween(21L, 400L));
              });
      HtmlReport.save(report, folder.resolve("report.html"));
      assertThat(Files.readString(folder.resolve("report.html")))
          .contains(corrected.reasons().get(0));
      assertThat(MarkdownReport.of(report)).contains(corrected.reasons().get(0));
    }
  }

  @Test
  void whatIsMissingIsNamedBeforeAnyTraining() {
    try (UnlearningDataset data = Problem.mislabelled(0, 60, 1, 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  CorrectiveProtocol.DEFAULTS.run(
                      data,
                      (rows, seed) -> {
                        throw new AssertionError("trained");
                      },
                      NOTHING,
                      1))
          .withMessageContaining("split \"unseen\" must have at least 2 rows")
          .withMessageContaining("but they have 1 and 60");
    }
    UnlearningStrategy choosy =
        new UnlearningStrategy() {
          @Override
          public Set<Need> needs() {
            return EnumSet.of(Need.FORGET_ROWS, Need.VALIDATION_ROWS);
          }

          @Override
          public Unlearned unlearn(UnlearningTask task) {
            throw new AssertionError("unlearned");
          }
        };
    try (UnlearningDataset data = Problem.mislabelled(0, 60, 30, 1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  CorrectiveProtocol.DEFAULTS
                      .withManipulations(List.of(HALF, PoisonTrigger.DEFAULTS))
                      .withShares(List.of(0.5))
                      .run(
                          data,
                          (rows, seed) -> {
                            throw new AssertionError("trained");
                          },
                          choosy,
                          1))
          .withMessageContaining("needs validation rows, but there are none")
          .withMessageContaining("PoisonTrigger");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CorrectiveProtocol.DEFAULTS.withShares(List.of(0.0)))
        .withMessageContaining("share must be in");
  }
}
