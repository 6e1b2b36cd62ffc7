package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
  void rowsOfClassesThatRemainGoByUtilityOrTime() {
    AutoStrategy quick = AutoStrategy.DEFAULTS.withUtilityFirst(false);
    assertThat(chosen(AutoStrategy.DEFAULTS)).isEqualTo(NegativeGradient.DEFAULTS);
    assertThat(chosen(quick)).isEqualTo(TaskArithmetic.DEFAULTS);
    assertThat(chosen(quick, UnlearningDataset::withoutValidation))
        .isEqualTo(NegativeGradient.DEFAULTS);
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
    assertThat(
            chosen(
                AutoStrategy.DEFAULTS,
                data -> data.markForget(data.trained().ids()).withoutValidation()))
        .isEqualTo(GradientAscent.DEFAULTS);
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
        Unlearned same = NegativeGradient.DEFAULTS.unlearn(task(network, data));
        Weights found = auto.network().weights();
        Weights expected = same.network().weights()) {
      assertThat(found.fingerprint()).isEqualTo(expected.fingerprint());
      assertThat(auto.record().name()).isEqualTo("auto");
      assertThat(auto.record().reason())
          .contains("negative-gradient ended")
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
    AutoStrategy quick = auto.withUtilityFirst(false);
    AutoStrategy exact = auto.withGuarantee(Guarantee.EXACT);
    AutoStrategy bounded = auto.withGuarantee(Guarantee.CERTIFIED);
    Sisa sisa = Sisa.DEFAULTS.withFolder(Path.of("ensemble"));
    CertifiedRemoval certified = CertifiedRemoval.DEFAULTS.withLedger(Path.of("ledger.json"));
    UnaryOperator<UnlearningDataset> nothingKept = data -> data.markForget(data.trained());

    assertThat(leaves(Files.readString(Path.of("../docs/choosing.md"))))
        .containsExactly(
            names(chosen(auto.withWeightsFixed(true))),
            names(chosen(exact.withTrainedFor(sisa)), chosen(exact)),
            names(
                chosen(bounded.withTrainedFor(certified)),
                chosen(bounded.withTrainedFor(sisa)),
                chosen(bounded)),
            names(chosen(auto, AutoStrategyTest::most)),
            names(
                chosen(auto, nothingKept),
                chosen(auto, data -> nothingKept.apply(data).withoutValidation())),
            names(chosen(auto, AutoStrategyTest::wholeClass)),
            names(chosen(auto)),
            names(chosen(quick), chosen(quick, UnlearningDataset::withoutValidation)));
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
