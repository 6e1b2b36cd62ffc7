package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.erasus.Catalog;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.strategies.AutoStrategy.Guarantee;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AutoStrategyTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return AutoStrategy.DEFAULTS;
  }

  private static UnlearningStrategy chosen(AutoStrategy auto) {
    return chosen(auto, rows -> rows);
  }

  private static UnlearningStrategy chosen(
      AutoStrategy auto, UnaryOperator<UnlearningDataset> request) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      return auto.choose(UnlearningTask.of(network, request.apply(data))).strategy();
    }
  }

  private static UnlearningDataset wholeClass(UnlearningDataset data) {
    return data.markRetain(data.trained()).markForgetClasses(1);
  }

  private static UnlearningDataset most(UnlearningDataset data) {
    int n = data.trained().size();
    return data.markForget(LongStream.of(data.trained().ids()).limit(n * 2 / 3).toArray());
  }

  @Test
  void rowsOfClassesThatRemainGoByUtilityOrForgetting() {
    assertThat(chosen(AutoStrategy.DEFAULTS)).isEqualTo(SimNpo.DEFAULTS);
    assertThat(chosen(AutoStrategy.DEFAULTS.withUtilityFirst(false))).isEqualTo(Wga.DEFAULTS);
  }

  /** A whole class and a row of another, or a class but for one row: for such requests nothing is chosen that serves one kind. */
  @Test
  void mixedRequestsGoToWhatServesRowsAndClasses() {
    UnaryOperator<UnlearningDataset> andARow = data -> wholeClass(data).markForget(0);
    UnaryOperator<UnlearningDataset> butOne = data -> wholeClass(data).markRetain(1);
    assertThat(chosen(AutoStrategy.DEFAULTS, andARow)).isEqualTo(SimNpo.DEFAULTS);
    assertThat(chosen(AutoStrategy.DEFAULTS, butOne)).isEqualTo(SimNpo.DEFAULTS);
    SimNpo small = SimNpo.DEFAULTS.withTraining(SimNpo.DEFAULTS.training().withBatchSize(6));
    for (UnaryOperator<UnlearningDataset> request : List.of(andARow, butOne)) {
      assertThat(Runs.after(small, request, (n, data) -> n.accuracy(data.forget())))
          .isLessThan(0.3);
      assertThat(Runs.after(small, request, (n, data) -> n.accuracy(data.retain())))
          .isGreaterThan(0.8);
    }
  }

  @Test
  void wholeClassesGoByWrongLabels() {
    assertThat(chosen(AutoStrategy.DEFAULTS, AutoStrategyTest::wholeClass))
        .isEqualTo(RandomLabel.DEFAULTS);
  }

  @Test
  void whenMoreGoThanStayItRetrains() {
    AutoStrategy auto = AutoStrategy.DEFAULTS.withRecipe(FineTune.DEFAULTS.training());
    assertThat(chosen(auto, AutoStrategyTest::most))
        .isEqualTo(new Retrain(FineTune.DEFAULTS.training()));
  }

  @Test
  void withoutRowsToKeepOnlyForgetRowsAreTrainedOn() {
    assertThat(chosen(AutoStrategy.DEFAULTS, data -> data.markForget(data.trained().ids())))
        .isEqualTo(TaskArithmetic.DEFAULTS);
  }

  /**
   * Forget rows alone do not tell whether rows of their classes are kept: boundary-expand, which trains on no others, left 0.395
   * of the kept rows right where they were (docs/results.md). What gives a guarantee, or leaves the weights, needs no such rows.
   */
  @Test
  void forgetRowsAloneAreRefusedBeforeAnyWork() {
    UnaryOperator<UnlearningDataset> alone =
        data -> data.markForget(data.trained()).withoutValidation();
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> AutoStrategy.DEFAULTS.unlearn(task(network, alone.apply(data))))
          .withMessageStartingWith(
              "auto needs rows to keep, or validation rows to choose on, but has 180 forget rows alone")
          .withMessageContaining("mark some of the rows that stay retain");
    }
    assertThat(chosen(AutoStrategy.DEFAULTS.withGuarantee(Guarantee.EXACT), alone))
        .isEqualTo(Retrain.DEFAULTS);
    assertThat(chosen(AutoStrategy.DEFAULTS.withWeightsFixed(true), alone))
        .isEqualTo(Dexperts.DEFAULTS);
  }

  /** Every end of the tree that needs no training of its own runs on a request that leads there. */
  @Test
  void everyLeafRuns() {
    AutoStrategy auto = AutoStrategy.DEFAULTS;
    UnaryOperator<UnlearningDataset> nothingKept = data -> data.markForget(data.trained());
    runs(auto.withWeightsFixed(true), data -> data, "dexperts");
    runs(auto.withGuarantee(Guarantee.EXACT), data -> data, "retrain");
    runs(auto, AutoStrategyTest::most, "retrain");
    runs(auto, nothingKept, "task-arithmetic");
    runs(auto, AutoStrategyTest::wholeClass, "random-label");
    runs(auto, data -> data.withoutValidation(), "simnpo");
    runs(auto.withUtilityFirst(false), data -> data.withoutValidation(), "wga");
  }

  @Test
  void aNetworkTrainedForDeletionGoesToWhatTrainedIt(@TempDir Path folder) {
    Sisa sisa =
        new Sisa(2, 1, Sisa.Vote.SOFT, Runs.fewEpochs(), Optional.empty()).withFolder(folder);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      sisa.train(network, data.markRetain(data.trained()), 4).close();
      try (Unlearned unlearned =
          AutoStrategy.DEFAULTS.withTrainedFor(sisa).unlearn(task(network, data))) {
        assertThat(unlearned.record().reason()).contains("sisa ended").contains("deleted 18 rows");
      }
    }
  }

  private static void runs(
      AutoStrategy auto, UnaryOperator<UnlearningDataset> request, String name) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned unlearned =
            auto.withRecipe(Runs.fewEpochs()).unlearn(task(network, request.apply(data)))) {
      assertThat(unlearned.record().reason()).contains(name + " ended");
    }
  }

  @Test
  void fixedWeightsAreCorrectedBesideThem() {
    AutoStrategy auto = AutoStrategy.DEFAULTS.withWeightsFixed(true);
    assertThat(chosen(auto)).isEqualTo(Dexperts.DEFAULTS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> auto.withGuarantee(Guarantee.EXACT))
        .withMessageContaining("weights that saw the rows still hold them");
  }

  @Test
  void aGuaranteeComesFromWhatTheNetworkWasTrainedForOrFromRetraining() {
    Sisa sisa = Sisa.DEFAULTS.withFolder(Path.of("ensemble"));
    CertifiedRemoval certified = CertifiedRemoval.DEFAULTS.withLedger(Path.of("ledger.json"));
    AutoStrategy exact = AutoStrategy.DEFAULTS.withGuarantee(Guarantee.EXACT);
    AutoStrategy bounded = AutoStrategy.DEFAULTS.withGuarantee(Guarantee.CERTIFIED);

    Amnesiac amnesiac = Amnesiac.DEFAULTS.withFolder(Path.of("log"));
    assertThat(chosen(AutoStrategy.DEFAULTS.withTrainedFor(sisa))).isEqualTo(sisa);
    assertThat(chosen(AutoStrategy.DEFAULTS.withTrainedFor(certified))).isEqualTo(certified);
    assertThat(chosen(AutoStrategy.DEFAULTS.withTrainedFor(amnesiac))).isEqualTo(amnesiac);
    assertThat(chosen(bounded.withTrainedFor(amnesiac))).isEqualTo(Retrain.DEFAULTS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AutoStrategy.DEFAULTS.withTrainedFor(Npo.DEFAULTS))
        .withMessageContaining("a training of its own")
        .withMessageContaining("but was npo");
    assertThat(chosen(exact)).isEqualTo(Retrain.DEFAULTS);
    assertThat(chosen(exact.withTrainedFor(sisa))).isEqualTo(sisa);
    assertThat(chosen(exact.withTrainedFor(certified))).isEqualTo(Retrain.DEFAULTS);
    assertThat(chosen(bounded)).isEqualTo(Retrain.DEFAULTS);
    assertThat(chosen(bounded.withTrainedFor(sisa))).isEqualTo(sisa);
    assertThat(chosen(bounded.withTrainedFor(certified))).isEqualTo(certified);
  }

  @Test
  void runsWhatItChoseAndSaysWhy() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned auto = AutoStrategy.DEFAULTS.unlearn(task(network, data));
        Unlearned same = SimNpo.DEFAULTS.unlearn(task(network, data));
        Weights found = auto.network().weights();
        Weights expected = same.network().weights()) {
      assertThat(found.fingerprint()).isEqualTo(expected.fingerprint());
      assertThat(auto.record().name()).isEqualTo("auto");
      assertThat(auto.record().reason())
          .contains("simnpo ended")
          .contains("% of the rows go")
          .contains("utility comes first");
      assertThat(auto.record().rowsForwardBackward())
          .isEqualTo(same.record().rowsForwardBackward());
    }
  }

  private static UnlearningTask task(Network network, UnlearningDataset data) {
    return UnlearningTask.of(network, data).withSeed(4);
  }

  /** Leaf by leaf, from top to bottom: the names after each arrow are those of the strategies that are chosen there. */
  @Test
  void theTreeIsThatOfTheDocumentation() throws IOException {
    AutoStrategy auto = AutoStrategy.DEFAULTS;
    Amnesiac amnesiac = Amnesiac.DEFAULTS.withFolder(Path.of("log"));
    Sisa sisa = Sisa.DEFAULTS.withFolder(Path.of("ensemble"));
    CertifiedRemoval certified = CertifiedRemoval.DEFAULTS.withLedger(Path.of("ledger.json"));
    UnaryOperator<UnlearningDataset> nothingKept = data -> data.markForget(data.trained());

    assertThat(leaves(Files.readString(Path.of("../docs/choosing.md"))))
        .containsExactly(
            names(chosen(auto.withWeightsFixed(true))),
            names(chosen(auto.withTrainedFor(sisa))),
            names(chosen(auto.withTrainedFor(certified))),
            names(chosen(auto.withTrainedFor(amnesiac))),
            names(chosen(auto.withGuarantee(Guarantee.EXACT))),
            names(chosen(auto, nothingKept)),
            names(chosen(auto, AutoStrategyTest::most)),
            names(chosen(auto, AutoStrategyTest::wholeClass)),
            names(chosen(auto)),
            names(chosen(auto.withUtilityFirst(false))));
  }

  private static List<String> names(UnlearningStrategy... chosen) {
    return Arrays.stream(chosen).map(UnlearningStrategy::displayName).toList();
  }

  /** The strategies named after each arrow of the tree and on the lines below it. */
  private static List<List<String>> leaves(String page) {
    String tree = page.split("```", -1)[1];
    return Arrays.stream(tree.split("►", -1))
        .skip(1)
        .map(leaf -> leaf.replaceAll("(?m)^.*[├└].*$", ""))
        .map(AutoStrategyTest::strategiesIn)
        .toList();
  }

  private static List<String> strategiesIn(String text) {
    return Pattern.compile("[a-z]+(-[a-z]+)*")
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .filter(Catalog.strategies().names()::contains)
        .toList();
  }
}
