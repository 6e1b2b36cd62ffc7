package org.erasus.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Pictures;
import org.erasus.eval.Problem;
import org.erasus.eval.Protocol;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.UnlearningVerificationSuite;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.VerificationReport;
import org.erasus.eval.corrective.CorrectiveReport;
import org.erasus.eval.corrective.CorrectiveReport.Cell;
import org.erasus.eval.corrective.InterclassConfusion;
import org.erasus.eval.corrective.Manipulation;
import org.erasus.eval.corrective.PoisonTrigger;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.Relearned;
import org.erasus.eval.metrics.Relearning;
import org.erasus.eval.recovery.LinearProbe;
import org.erasus.eval.recovery.Prune;
import org.erasus.eval.recovery.Quantise;
import org.erasus.eval.recovery.RecoveryReport;
import org.erasus.eval.recovery.Relearn;
import org.erasus.eval.stats.Proportions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands in the pages is what stands in the reports; leaves the pages in target/ for people to look at. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PagesTest {
  private static final String HOSTILE = "</script><b>\"half'";

  private static final Relearning RELEARNING =
      Relearning.DEFAULTS.withTraining(
          Relearning.DEFAULTS.training().withMaxEpochs(30).withLearningRate(0.02));

  @SuppressWarnings("NullAway.Init")
  private BenchmarkReport benchmark;

  @SuppressWarnings("NullAway.Init")
  private VerificationReport verification;

  private final CorrectiveReport corrective = corrective();

  @BeforeAll
  void run() throws IOException {
    try (UnlearningDataset data = Problem.mislabelled(60, 240, 60, 1);
        Network original = Problem.perceptron(1);
        Network retrained = Problem.perceptron(2);
        Network half = Problem.perceptron(1)) {
      Problem.train(original, data.markRetain(data.trained()), 1, 200);
      Problem.train(retrained, data, 2, 200);
      Problem.train(half, data.markRetain(data.forget().first(30)), 1, 200);
      benchmark =
          UnlearningBenchmark.of(data, original)
              .withProtocol(Protocol.GENERAL)
              .withReference("retrained", retrained)
              .withCandidate(HOSTILE, half)
              .withOptions(
                  BenchmarkOptions.DEFAULTS
                      .withReplicates(100)
                      .withPicturedRows(60)
                      .withRelearning(RELEARNING))
              .run();
      verification =
          UnlearningVerificationSuite.of(data, original, HOSTILE, half)
              .withRetrained("retrained", retrained)
              .withRecovery(Relearn.DEFAULTS.withRelearning(RELEARNING))
              .withRecovery(Quantise.DEFAULTS)
              .withRecovery(Prune.DEFAULTS)
              .withRecovery(LinearProbe.DEFAULTS)
              .run();
    }
    HtmlReport.save(benchmark, Path.of("target", "page-benchmark.html"));
    HtmlReport.save(verification, Path.of("target", "page-verification.html"));
    HtmlReport.save(corrective, Path.of("target", "page-corrective.html"));
  }

  /** Two manipulations, of which one has no backdoor, and ten shares each. */
  private static CorrectiveReport corrective() {
    List<Cell> cells = new ArrayList<>();
    for (Manipulation manipulation :
        List.of(InterclassConfusion.DEFAULTS, PoisonTrigger.DEFAULTS)) {
      boolean backdoor = manipulation instanceof PoisonTrigger;
      cells.add(cell(manipulation, "retrained", Optional.empty(), 190, backdoor));
      cells.add(cell(manipulation, "original", Optional.empty(), 90, backdoor));
      for (int tenth = 1; tenth <= 10; tenth++) {
        cells.add(
            cell(manipulation, "corrected", Optional.of(tenth / 10.0), 90 + 10 * tenth, backdoor));
      }
    }
    return new CorrectiveReport(
        CorrectiveReport.SCHEMA, "corrective/1", "salun <b>", 3, 0.05, "fingerprint", cells);
  }

  private static Cell cell(
      Manipulation manipulation, String network, Optional<Double> share, int right, boolean door) {
    Measure accuracy = new Measure.Estimated(Proportions.wilson(right, 200, 0.95));
    Measure elsewhere = new Measure.Estimated(Proportions.wilson(700 + right, 900, 0.95));
    Measure opened =
        door
            ? new Measure.Estimated(Proportions.wilson(200 - right, 200, 0.95))
            : new Measure.Unavailable("no trigger");
    boolean reference = network.equals("retrained");
    return new Cell(
        manipulation,
        200,
        network,
        share,
        Map.of(
            "corrected-accuracy",
            accuracy,
            "accuracy-elsewhere",
            elsewhere,
            "backdoor-success",
            opened),
        reference
            ? List.of()
            : List.of(
                new CorrectiveReport.Gate(
                    "corrected-accuracy",
                    Proportions.wilson(right, 200, 0.9),
                    0.25,
                    0.75,
                    200,
                    Optional.of(900L))),
        reference ? Optional.empty() : Optional.of(Outcome.INCONCLUSIVE),
        reference ? List.of() : List.of("not decided by 200 rows; about 900 would decide"));
  }

  @Test
  void everyReportFollowsThePublishedSchema() {
    assertThat(List.of(benchmark, verification, corrective))
        .allSatisfy(report -> assertThat(ReportSchema.problems(report)).isEmpty());
  }

  @Test
  void everyLookOfRelearningStandsInThePage() {
    String page = HtmlReport.of(benchmark);
    NetworkReport half = benchmark.network(HOSTILE);

    assertThat(half.relearned()).hasSize(3).allMatch(run -> run.looks().size() >= 1);
    assertThat(benchmark.network("retrained").relearned())
        .allSatisfy(
            run -> {
              List<Relearned.Look> looks = run.looks();
              assertThat(looks.get(0).step()).isZero();
              assertThat(looks.get(looks.size() - 1).step()).isEqualTo(run.steps());
              assertThat(looks.get(looks.size() - 1).accuracy())
                  .isGreaterThan(looks.get(0).accuracy());
            });
    assertThat(page).contains("data-chart=\"relearning\"", "<summary>Numbers</summary>");
    List<String> table = table(page, "Accuracy on forget rows after so many steps");
    int row = 1;
    for (NetworkReport network : benchmark.networks()) {
      for (Relearned run : network.relearned()) {
        List<String> expected =
            run.looks().stream().map(look -> decimals(look.accuracy(), 3)).toList();
        assertThat(numbers(table.get(row)).subList(1, 1 + expected.size())).isEqualTo(expected);
        row++;
      }
    }
    assertThat(table).as("the control copies are not taught").hasSize(row);
  }

  /** The same classes under the same network are nowhere; those of a trained one have moved. */
  @Test
  void distancesOfTheCandidateStandBesideThoseOfTheOriginal() {
    Pictures.Moved self = moved("original");
    Pictures.Moved half = moved(HOSTILE);

    for (int c : self.forget().classes()) {
      assertThat(self.forget().distance(c, c)).isZero();
      assertThat(half.forget().distance(c, c)).isPositive();
    }
    assertThat(picture("retrained").moved()).as("trained from other weights").isEmpty();
    assertThat(picture("random-weights").moved()).isEmpty();

    String page = HtmlReport.of(benchmark);
    List<String> table = table(page, "original → " + Html.escape(HOSTILE) + ", unseen rows, W₁");
    List<Integer> classes = half.unseen().classes();
    double most =
        Stream.of(self.forget(), self.unseen(), half.forget(), half.unseen())
            .flatMap(m -> m.distances().stream().flatMap(List::stream))
            .mapToDouble(d -> d)
            .max()
            .orElseThrow();
    assertThat(table).hasSize(1 + classes.size());
    for (int i = 0; i < classes.size(); i++) {
      List<Double> shown = numbers(table.get(i + 1)).stream().map(Double::valueOf).toList();
      List<Double> distances = half.unseen().distances().get(i);
      assertThat(shown).hasSize(1 + distances.size());
      for (int j = 0; j < distances.size(); j++) {
        assertThat(Math.abs(shown.get(j + 1) - distances.get(j))).isLessThan(most / 100);
      }
    }
  }

  private Pictures.Picture picture(String network) {
    return Objects.requireNonNull(benchmark.pictures().networks().get(network));
  }

  private Pictures.Moved moved(String network) {
    return picture(network).moved().orElseThrow();
  }

  @Test
  void whatWasNotMeasuredLeavesNoEmptyFigure() {
    List<NetworkReport> bare =
        benchmark.networks().stream()
            .map(
                n ->
                    new NetworkReport(
                        n.name(), n.role(), n.verdict(), Map.of(), List.of(), List.of()))
            .toList();
    String page =
        HtmlReport.of(
            new BenchmarkReport(
                benchmark.schema(),
                benchmark.created(),
                benchmark.protocol(),
                benchmark.reference(),
                benchmark.options(),
                benchmark.data(),
                benchmark.margins(),
                bare,
                new Pictures(List.of(), Map.of()),
                benchmark.warnings()));
    assertThat(page)
        .doesNotContain("<canvas", "<figure", ">Relearning<", ">Distances<", ">Confusion<")
        .doesNotContain(">Charts<", ">Attacks<", "<div class=\"cards\"></div>");

    String suite =
        HtmlReport.of(
            new VerificationReport(
                verification.schema(),
                verification.created(),
                verification.level(),
                verification.seed(),
                verification.data(),
                bare,
                List.of(),
                verification.notes()));
    assertThat(suite).doesNotContain("<canvas", "<figure", ">Recovery<", ">Attacks<");
  }

  @Test
  void thePageOfTheSuiteHoldsEveryAttackAndEveryFinding() {
    String page = HtmlReport.of(verification);

    verification.notes().forEach(note -> assertThat(page).contains(Html.escape(note)));
    for (NetworkReport network : verification.networks()) {
      for (var attack : network.attacks()) {
        assertThat(page)
            .contains(decimals(attack.auc().estimate(), 3))
            .contains("data-attack=\"" + attack.attack() + "\"");
      }
    }
    assertThat(verification.recovery()).hasSize(4);
    for (RecoveryReport test : verification.recovery()) {
      for (RecoveryReport.Outcome outcome : test.outcomes()) {
        outcome.finding().ifPresent(f -> assertThat(page).contains(f.name(), outcome.reason()));
        for (RecoveryReport.Point point : outcome.points()) {
          assertThat(page).contains(decimals(point.accuracy().estimate(), 3));
        }
      }
    }
    assertThat(page).contains("data-chart=\"recovery\"", "default-src 'none'");
  }

  @Test
  void theCorrectivePageHoldsEveryShareAndAFigureForWhatWasMeasured() {
    String page = HtmlReport.of(corrective);
    List<String> table = table(page, "Every number");

    assertThat(table).hasSize(13);
    assertThat(table.get(5)).contains("corrected, 30 % found", "INCONCLUSIVE", "0.600");
    assertThat(count(page, "data-chart=\"corrective\"")).isEqualTo(5);
    assertThat(page)
        .contains("1. Confusion of classes 0 and 1, 50 % of their rows")
        .contains("2. Poison trigger towards class 0 on 1 % of the rows");
  }

  @Test
  void namesCannotBreakOutOfAnyPage() {
    for (String page :
        List.of(HtmlReport.of(benchmark), HtmlReport.of(verification), HtmlReport.of(corrective))) {
      assertThat(page).doesNotContain(HOSTILE).doesNotContain("<b>");
      assertThat(count(page, "<script")).isEqualTo(count(page, "</script>"));
    }
  }

  /** What is named once can be linked to, and drawn. */
  @Test
  void everyIdIsUsedOnce() {
    for (String page :
        List.of(HtmlReport.of(benchmark), HtmlReport.of(verification), HtmlReport.of(corrective))) {
      String body = page.substring(page.indexOf("<main>"), page.indexOf("</main>"));
      Matcher id = Pattern.compile(" id=\"([^\"]*)\"").matcher(body);
      Set<String> seen = new HashSet<>();
      while (id.find()) {
        assertThat(seen.add(id.group(1))).as(id.group(1)).isTrue();
      }
    }
  }

  @Test
  void markdownTablesOfAllReportsAreWhole() {
    for (String text : List.of(MarkdownReport.of(verification), MarkdownReport.of(corrective))) {
      for (String block : text.split("\n\n", -1)) {
        if (block.startsWith("|")) {
          assertThat(
                  Arrays.stream(block.strip().split("\n", -1))
                      .map(line -> count(line.replace("\\|", ""), "|"))
                      .distinct())
              .as(block)
              .hasSize(1);
        }
      }
      assertThat(text).doesNotContain("<b>");
    }
    assertThat(MarkdownReport.of(corrective)).contains("| 30 % | INCONCLUSIVE | ", "0.600 [");
    for (RecoveryReport test : verification.recovery()) {
      assertThat(MarkdownReport.of(verification))
          .contains("## " + test.test(), test.outcomes().get(0).reason());
    }
  }

  /** Each network is judged by margins of its own, which the references that it is compared with make. */
  @Test
  void everyMarginOfATestOfRecoveryIsInTheTables() {
    String markdown = MarkdownReport.of(verification);
    String page = HtmlReport.of(verification);
    for (RecoveryReport test : verification.recovery()) {
      for (RecoveryReport.Outcome outcome : test.outcomes()) {
        if (outcome.finding().isPresent()) {
          StringBuilder line = new StringBuilder("| " + outcome.network() + " − retrained |");
          for (RecoveryReport.Point point : outcome.points()) {
            String margin = String.format(Locale.ROOT, "margin %.3f", point.margin());
            String difference = new Measure.Estimated(point.difference().orElseThrow()).format(3);
            line.append(' ').append(difference).append(", ").append(margin).append(" |");
            assertThat(page).contains("<small>" + margin + "</small>");
          }
          assertThat(markdown).contains(line.substring(line.indexOf(" − retrained |")));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 1400})
  void aBrowserDrawsWhatTheBenchmarkHolds(int width, @TempDir Path folder) throws Exception {
    JsonNode figures = Browser.open(HtmlReport.of(benchmark), folder, width);

    JsonNode sets = figure(figures, "relearning-curves").get("sets");
    assertThat(sets).hasSize(1 + 3);
    List<Relearned> runs = benchmark.network("retrained").relearned();
    List<Double> drawn = numbers(set(sets, "retrained"), "y");
    List<Double> looks =
        runs.stream().flatMap(run -> run.looks().stream()).map(Relearned.Look::accuracy).toList();
    assertThat(drawn).isEqualTo(looks);
    assertThat(figure(figures, "move-0").get("sets")).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 1400})
  void aBrowserDrawsWhatTheSuiteHolds(int width, @TempDir Path folder) throws Exception {
    JsonNode figures = Browser.open(HtmlReport.of(verification), folder, width);

    for (int i = 0; i < verification.recovery().size(); i++) {
      JsonNode sets = figure(figures, "recovery-" + i).get("sets");
      for (RecoveryReport.Outcome outcome : verification.recovery().get(i).outcomes()) {
        assertThat(numbers(set(sets, outcome.network()), "y"))
            .isEqualTo(outcome.points().stream().map(p -> p.accuracy().estimate()).toList());
      }
    }
    assertThat(figure(figures, "recovery-1").at("/sets/0/data/0/x").asText()).isEqualTo("before");
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 1400})
  void aBrowserDrawsWhatTheCorrectiveReportHolds(int width, @TempDir Path folder) throws Exception {
    JsonNode figures = Browser.open(HtmlReport.of(corrective), folder, width);

    JsonNode sets = figure(figures, "backdoor-success-12").get("sets");
    assertThat(numbers(set(sets, "corrected"), "x"))
        .isEqualTo(List.of(10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0));
    assertThat(numbers(set(sets, "corrected"), "y").get(0)).isEqualTo(0.5);
    assertThat(numbers(set(sets, "retrained"), "y")).isEqualTo(List.of(0.05, 0.05));
    assertThat(numbers(set(sets, "original"), "y")).isEqualTo(List.of(0.55, 0.55));
  }

  private static JsonNode figure(JsonNode figures, String id) {
    return one(figures, "id", id);
  }

  private static JsonNode set(JsonNode sets, String label) {
    return one(sets, "label", label).get("data");
  }

  private static JsonNode one(JsonNode nodes, String field, String value) {
    return StreamSupport.stream(nodes.spliterator(), false)
        .filter(node -> node.get(field).asText().equals(value))
        .findFirst()
        .orElseThrow();
  }

  private static List<Double> numbers(JsonNode data, String axis) {
    return StreamSupport.stream(data.spliterator(), false)
        .map(point -> point.get(axis))
        .filter(JsonNode::isNumber)
        .map(JsonNode::asDouble)
        .toList();
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  private static String decimals(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  /** The lines of the first table with a caption; the first is its header. */
  private static List<String> table(String page, String caption) {
    int at = page.indexOf("<caption>" + caption);
    assertThat(at).as(caption).isPositive();
    String table = page.substring(at, page.indexOf("</table>", at));
    return Arrays.stream(table.split("<tr>", -1)).skip(1).toList();
  }

  /** What stands in the cells after the header of a row and is a number. */
  private static List<String> numbers(String row) {
    Matcher cell = Pattern.compile(">([0-9]+(?:\\.[0-9]+)?)<").matcher(row);
    List<String> numbers = new ArrayList<>();
    while (cell.find()) {
      numbers.add(cell.group(1));
    }
    return numbers;
  }
}
