package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.erasus.eval.BenchmarkReport;
import org.erasus.train.Supervised;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.TrainTest;
import org.erasus.eval.corrective.CorrectiveProtocol;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.corrective.RandomLabelSwap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every example, small: that it runs, and says what it should. */
class ExamplesTest {
  private static TrainTest digits(int rows) {
    return new TrainTest(DrawnDigits.DEFAULTS.train(rows), DrawnDigits.DEFAULTS.test(rows));
  }

  @Test
  void firstStepsGiveAVerdictAndWriteTheReport(@TempDir Path folder) throws IOException {
    BenchmarkReport report = FirstSteps.run(800, Supervised.DEFAULTS.withEpochs(2), folder);
    assertThat(report.verdict("salun").reasons()).isNotEmpty();
    assertThat(folder.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void customModuleForgetsTheSevensAndKeepsTheRest() {
    String line = CustomModule.run(1_500, 6);
    String[] numbers = line.replaceAll("[^0-9. ]", "").strip().split(" +", -1);
    assertThat(Double.parseDouble(numbers[1]))
        .as(line)
        .isLessThan(Double.parseDouble(numbers[0]) / 2);
    assertThat(Double.parseDouble(numbers[3])).as(line).isGreaterThan(0.8);
  }

  @Test
  void djlModelGoesOnWithTheNewWeights() throws Exception {
    assertThat(UseWithDjlModel.run(600, 3)).contains("the model answers");
  }

  @Test
  void compareStrategiesJudgesEachNextToTheControls() {
    String table =
        CompareStrategies.run(
            digits(400), List.of("fine-tune", "unsir", "dexperts", "activation-steering"), 3);
    assertThat(table)
        .contains("fine-tune", "dexperts", "activation-steering")
        .contains("original", "random-weights", "retrained", "unsir forgets whole classes");
  }

  @Test
  void classForgettingShowsTheClassGoneFromTheRetrainedNetwork() {
    String[] lines = ClassForgetting.run(digits(1_500), 7, 4).split("\n", -1);
    assertThat(lines).hasSize(3);
    assertThat(lines[2]).startsWith("retrained").contains("7:0.00");
  }

  @Test
  void undoManipulationComparesWithANetworkThatNeverSawASpoiltRow() {
    CorrectiveProtocol swap =
        CorrectiveProtocol.DEFAULTS
            .withManipulations(List.of(RandomLabelSwap.DEFAULTS))
            .withShares(List.of(1.0));
    CorrectiveReport report = UndoManipulation.run(digits(600), swap, "random-label", 3, 1);
    assertThat(report.cells())
        .extracting(CorrectiveReport.Cell::network)
        .containsExactly(
            CorrectiveReport.RETRAINED, CorrectiveReport.ORIGINAL, CorrectiveReport.CORRECTED);
  }

  private static int quickstart(StringWriter errors, String... args) {
    return new CommandLine(new Quickstart())
        .setErr(new PrintWriter(errors, true))
        .setExecutionExceptionHandler(Quickstart::explain)
        .execute(args);
  }

  @Test
  void quickstartAnswersAWrongNameWithTheKnownOnes(@TempDir Path folder) {
    StringWriter errors = new StringWriter();
    assertThat(quickstart(errors, "--strategy", "nop", "--out", folder.toString())).isEqualTo(2);
    assertThat(errors.toString()).contains("did you mean \"npo\"?");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void quickstartSaysWhatAMissingFolderOfDataLacks(@TempDir Path folder) {
    StringWriter errors = new StringWriter();
    int code =
        quickstart(
            errors,
            "--data",
            "fashion-mnist",
            "--data-dir",
            folder.toString(),
            "--out",
            folder.toString());
    assertThat(code).isEqualTo(2);
    assertThat(errors.toString()).contains("train-images").doesNotContain("\tat ");
  }
}
