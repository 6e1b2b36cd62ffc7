package org.erasus.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.erasus.Catalog;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.corrective.CorrectiveProtocol;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.corrective.RandomLabelSwap;
import org.erasus.train.Supervised;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.TrainTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    double[] numbers = numbers(line);
    assertThat(numbers[1]).as(line).isLessThan(numbers[0] / 2);
    assertThat(numbers[3]).as(line).isGreaterThan(0.8);
  }

  private static double[] numbers(String line) {
    return Stream.of(line.replaceAll("[^0-9. ]", "").strip().split(" +", -1))
        .mapToDouble(Double::parseDouble)
        .toArray();
  }

  @Test
  void djlModelGoesOnWithTheNewWeights() throws Exception {
    String line = UseWithDjlModel.run(600, 3);
    double[] numbers = numbers(line);
    assertThat(numbers[1]).as("fewer sevens: " + line).isLessThan(numbers[0]);
    assertThat(new double[] {numbers[4], numbers[5]})
        .as("the model as the network: " + line)
        .isEqualTo(new double[] {numbers[1], numbers[3]});
  }

  @Test
  void compareStrategiesJudgesEachNextToTheControls() {
    String table =
        CompareStrategies.run(
            digits(400), List.of("fine-tune", "unsir", "dexperts", "activation-steering"), 3);
    assertThat(table)
        .contains("fine-tune", "dexperts", "activation-steering")
        .contains(
            "original", "random-weights", "retrained", "unsir needs forget rows of whole classes");
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
    CorrectiveReport report =
        UndoManipulation.run(digits(600), swap, Catalog.strategies().get("random-label"), 3, 1);
    assertThat(report.cells())
        .extracting(CorrectiveReport.Cell::network)
        .containsExactly(
            CorrectiveReport.RETRAINED, CorrectiveReport.ORIGINAL, CorrectiveReport.CORRECTED);
  }

  @Test
  void quickstartGoesTheWholeWay(@TempDir Path folder) {
    StringWriter answer = new StringWriter();
    int code =
        quickstart(
            answer,
            "--rows",
            "600",
            "--network",
            "mlp",
            "--epochs",
            "1",
            "--out",
            folder.toString());
    assertThat(code).isZero();
    assertThat(answer.toString())
        .containsPattern("(?m)^network +verdict +retain +forget +test +attack +seconds$")
        .containsPattern("(?m)^salun +(PASS|FAIL|INCONCLUSIVE) +0\\.[0-9]{3} ")
        .containsPattern("(?m)^retrained +\\(reference\\) ")
        .contains("original", "random-weights", "retrained-again")
        .containsPattern("(?m)^salun: (PASS|FAIL|INCONCLUSIVE)$")
        .contains("report: " + folder.resolve("report.html").toAbsolutePath().normalize());
    assertThat(folder.resolve("report.json")).content().contains("\"salun\"", "\"retrained\"");
    assertThat(folder.resolve("report.html")).content().contains("<html", "salun");
  }

  /** There are no files in the folder of the data, which would be said if it were looked for first. */
  @ParameterizedTest
  @CsvSource({
    "--coreset,0",
    "--coreset,2",
    "--forget,0",
    "--forget,1",
    "--mislabelled,0",
    "--epochs,0",
    "--rows,0",
    "--selector,forgetting-events"
  })
  void quickstartRefusesWhatCannotBeBeforeAnyWork(
      String option, String value, @TempDir Path folder) {
    StringWriter errors = new StringWriter();
    int code =
        quickstart(
            errors,
            "--data",
            "mnist",
            "--data-dir",
            folder.toString(),
            "--out",
            folder.toString(),
            option,
            value);
    assertThat(code).isEqualTo(2);
    assertThat(errors.toString()).contains(option).doesNotContain("train-images");
  }

  /** The training would take days. */
  @ParameterizedTest
  @CsvSource({"sisa,what its own training left in files", "unsir,forget rows of whole classes"})
  @Timeout(100)
  void quickstartNamesWhatAStrategyLacksBeforeTheTraining(
      String strategy, String lacking, @TempDir Path folder) {
    StringWriter errors = new StringWriter();
    int code =
        quickstart(
            errors,
            "--strategy",
            strategy,
            "--rows",
            "300",
            "--epochs",
            "1000000",
            "--out",
            folder.toString());
    assertThat(code).isEqualTo(2);
    assertThat(errors.toString()).contains(strategy + " needs " + lacking);
  }

  @Test
  void quickstartRefusesAFolderItMayNotWriteTo(@TempDir Path folder) {
    File locked = folder.resolve("locked").toFile();
    assertThat(locked.mkdir() && locked.setReadOnly()).isTrue();
    assumeThat(locked.canWrite()).as("for root every folder is one to write to").isFalse();
    StringWriter errors = new StringWriter();
    assertThat(quickstart(errors, "--out", locked.toString())).isEqualTo(2);
    assertThat(errors.toString()).contains("is not a folder to write to");
  }

  private static int quickstart(StringWriter said, String... args) {
    return run(new Quickstart(), said, args);
  }

  private static int run(Callable<Integer> program, StringWriter said, String... args) {
    PrintWriter writer = new PrintWriter(said, true);
    return Program.of(program).setOut(writer).setErr(writer).execute(args);
  }

  /** There are no files in the folder of the data; that would be said if it were looked for first. */
  @ParameterizedTest
  @CsvSource({
    "--rows,0,--rows must be at least 1",
    "--epochs,0,--epochs must be at least 1",
    "--shares,2,--shares must be in",
    "--strategy,nop,did you mean \"npo\"?",
    "--out,pom.xml,--out pom.xml is not a folder to write to"
  })
  void undoManipulationRefusesWhatCannotBeBeforeAnyWork(
      String option, String value, String answer, @TempDir Path folder) {
    StringWriter errors = new StringWriter();
    String[] args = {"--data", "mnist", "--data-dir", folder.toString(), option, value};
    assertThat(run(new UndoManipulation(), errors, args)).isEqualTo(2);
    assertThat(errors.toString()).contains(answer).doesNotContain("train-images", "\tat ");
  }

  @ParameterizedTest
  @CsvSource({"--rows,0,--rows must be at least 1", "--data-dir,none,no folder none"})
  void compareStrategiesRefusesWhatCannotBeBeforeAnyWork(
      String option, String value, String answer) {
    StringWriter errors = new StringWriter();
    assertThat(run(new CompareStrategies(), errors, "--data", "mnist", option, value)).isEqualTo(2);
    assertThat(errors.toString()).contains(answer).doesNotContain("\tat ");
  }

  /** The count would take days. */
  @ParameterizedTest
  @CsvSource({
    "--runs,0,--runs must be at least 1",
    "--rows,9,--rows must be at least 10",
    "--unseen,9,--unseen must be at least 10",
    "--epochs,0,--epochs must be at least 1",
    "--out,pom.xml,pom.xml must hold the lines <!-- counted -->",
    "--out,none/page.md,none is not a folder to write to"
  })
  @Timeout(100)
  void calibrateVerifierRefusesWhatCannotBeBeforeTheCount(
      String option, String value, String answer) {
    StringWriter errors = new StringWriter();
    String[] args = {"--first-seed", "1", option, value};
    assertThat(run(new CalibrateVerifier(), errors, args)).isEqualTo(2);
    assertThat(errors.toString()).contains(answer).doesNotContain("\tat ");
  }

  /** There are no files in the folder of the data; that would be said if it were looked for first. */
  @ParameterizedTest
  @CsvSource({
    "--rows,0,--rows must be at least 1",
    "--metrics,auc-los,'no result has a metric \"auc-los\"; known: activation-distance, '",
    "--out,pom.xml,--out pom.xml is not a folder to write to"
  })
  void runExperimentsRefusesWhatCannotBeBeforeAnyRun(
      String option, String value, String answer, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("experiments.json");
    Files.writeString(
        file, Files.readString(Path.of("experiments.json")).replace("drawn-digits", "mnist"));
    List<String> args = new ArrayList<>(List.of(file.toString()));
    args.addAll(List.of("--data-dir", folder.toString(), option, value));
    if (!option.equals("--out")) {
      args.addAll(List.of("--out", folder.resolve("out").toString()));
    }
    StringWriter errors = new StringWriter();
    assertThat(run(new RunExperiments(), errors, args.toArray(String[]::new))).isEqualTo(2);
    assertThat(errors.toString()).contains(answer).doesNotContain("train-images", "\tat ");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void quickstartAnswersAWrongNameWithTheKnownOnes(@TempDir Path folder) {
    StringWriter errors = new StringWriter();
    assertThat(quickstart(errors, "--strategy", "nop", "--out", folder.toString())).isEqualTo(2);
    assertThat(errors.toString()).contains("did you mean \"npo\"?");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void quickstartSaysThatThereIsNoSuchFolderOfData(@TempDir Path folder) {
    StringWriter errors = new StringWriter();
    String none = folder.resolve("none").toString();
    assertThat(quickstart(errors, "--data", "cifar10", "--data-dir", none)).isEqualTo(2);
    assertThat(errors.toString()).contains("no folder " + none, "original files of cifar10");
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
