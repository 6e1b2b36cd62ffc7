package org.erasus.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.nn.Activation;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.MeanGate;
import org.erasus.eval.NetworkReport;
import org.erasus.eval.Pictures;
import org.erasus.eval.Protocol;
import org.erasus.eval.Subject;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.Supervised;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportTest {
  private static final String HOSTILE = "</script><b>|x\"'";

  @SuppressWarnings("NullAway.Init")
  private BenchmarkReport report;

  @BeforeAll
  void run() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network original = Toys.train(Toys.perceptron(1), data, 1);
        Network one = Toys.perceptron(2);
        Network two = Toys.perceptron(3)) {
      var cost = new Supervised(Toys.training()).train(one, data, 2);
      new Supervised(Toys.training()).train(two, data, 3);
      report =
          UnlearningBenchmark.of(data, original)
              .withReference(Subject.of("retrained", one, cost))
              .withCandidate(HOSTILE, two)
              .withProtocol(Protocol.GENERAL)
              .withOptions(BenchmarkOptions.DEFAULTS.withReplicates(200))
              .run();
    }
  }

  @Test
  void jsonComesBackAsItWas(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.json");
    report.save(file);

    assertThat(BenchmarkReport.load(file)).isEqualTo(report);
    assertThat(Files.readString(file))
        .contains("\"schema\" : \"erasus-benchmark/1\"", "\"protocol\" : \"general/1\"");
  }

  /** A field more, less or of another kind does not. */
  @Test
  void jsonFollowsThePublishedSchema() {
    assertThat(ReportSchema.problems(report)).isEmpty();

    for (Consumer<ObjectNode> change :
        List.<Consumer<ObjectNode>>of(
            json -> json.put("more", 1),
            json -> json.remove("margins"),
            json -> json.put("warnings", "none"),
            json -> ((ObjectNode) json.at("/networks/0")).put("more", 1),
            json -> ((ObjectNode) json.at("/networks/0/metrics/forget-accuracy")).put("number", 1),
            json -> ((ObjectNode) json.at("/networks/0/verdict")).put("outcome", "PERHAPS"))) {
      ObjectNode json = (ObjectNode) ReportSchema.tree(report);
      change.accept(json);
      assertThat(ReportSchema.problems(json)).isNotEmpty();
    }
  }

  /** JSON has no such numbers, and what reads them elsewhere would fail. */
  @Test
  void jsonHoldsNoNumberThatIsNone() {
    assertThat(Json.write(report)).doesNotContain("NaN").doesNotContain("Infinity");
  }

  @Test
  void moreRowsThanAPageCanShowAreRefused() {
    assertThatThrownBy(() -> BenchmarkOptions.DEFAULTS.withPicturedRows(2001))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("picturedRows must be at most 2000, but was 2001");
  }

  @Test
  void unknownNamesAreAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> report.verdict("scurb"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scurb")
        .hasMessageContaining("random-weights");
    assertThatThrownBy(() -> report.verdict("retrained"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one of fewer than three references");
  }

  /** Every row of a table has as many cells as its header, whatever the names hold. */
  @Test
  void markdownTablesAreWhole() {
    String text = MarkdownReport.of(report);
    for (String block : text.split("\n\n", -1)) {
      if (block.startsWith("|")) {
        List<Long> cells =
            Arrays.stream(block.strip().split("\n", -1)).map(ReportTest::bars).distinct().toList();
        assertThat(cells).as(block).hasSize(1);
      }
    }
    for (NetworkReport network : report.networks()) {
      network.verdict().ifPresent(v -> assertThat(text).contains(v.outcome().name()));
    }
    assertThat(text).contains("retain-accuracy", "## Margins", "0.050").doesNotContain("<b>");
  }

  private static long bars(String line) {
    return line.replace("\\|", "").chars().filter(c -> c == '|').count();
  }

  @Test
  void thePageFetchesNothing() {
    String page = HtmlReport.of(report);

    assertThat(page).contains("default-src 'none'");
    assertThat(page)
        .doesNotContain(
            "src=\"http", "href=\"http", "@import", "sourceMappingURL", "${body}", "${script}");
  }

  @Test
  void thePageHoldsVerdictsNumbersAndCharts() {
    String page = HtmlReport.of(report);

    for (NetworkReport network : report.networks()) {
      for (var attack : network.attacks()) {
        assertThat(page).contains(String.format(Locale.ROOT, "%.3f", attack.auc().estimate()));
      }
      network.verdict().ifPresent(v -> v.reasons().forEach(r -> assertThat(page).contains(r)));
    }
    assertThat(page)
        .contains("data-chart=\"roc-log\"", "data-chart=\"histogram\"", "data-chart=\"accuracies\"")
        .contains("data-metric=\"wall-seconds\"")
        .contains("<caption>", "scope=\"col\"", "scope=\"row\"", "role=\"img\" aria-label=");
  }

  /** Two features are too few to be laid out, as those of a network without layers would be. */
  @Test
  void anOriginalWithoutLayoutAndAProtocolWithoutAttacksLeaveTheirPicturesOut() {
    Protocol general = Protocol.GENERAL;
    Protocol accuracies =
        new Protocol(
            "accuracies",
            1,
            general.request(),
            general.gates().stream().filter(MeanGate.class::isInstance).toList(),
            List.of(),
            List.of("forget-accuracy", "retain-accuracy", "test-accuracy"),
            2,
            general.membership());
    try (UnlearningDataset data = Toys.clouds(1);
        Network original =
            Network.of(
                new Sequential()
                    .add("hidden", new Linear(2))
                    .apply(Activation::relu)
                    .add("head", new Linear(data.classes())),
                data.rowShape(),
                1);
        Network one = Toys.perceptron(2);
        Network two = Toys.perceptron(3)) {
      UnlearningBenchmark benchmark =
          UnlearningBenchmark.of(data, original)
              .withReference("retrained", one)
              .withCandidate("two", two)
              .withProtocol(accuracies)
              .withOptions(BenchmarkOptions.DEFAULTS.withReplicates(100).withoutRelearning());
      BenchmarkReport both = benchmark.run();
      BenchmarkReport other = benchmark.withCandidate("three", one).run();
      String page = HtmlReport.of(both);

      assertThat(page)
          .contains("data-chart=\"plane\"", "on its own")
          .doesNotContain("data-chart=\"move\"", "data-chart=\"histogram\"", ">Attacks<");
      assertThat(layout(both, "two"))
          .as("whatever was laid out before it")
          .isEqualTo(layout(other, "two"));
      assertThat(layout(other, "three")).isEqualTo(layout(other, "retrained"));
      assertThat(layout(both, "original")).isEmpty();
    }
  }

  private static Optional<Pictures.Layout> layout(BenchmarkReport of, String network) {
    return Objects.requireNonNull(of.pictures().networks().get(network)).layout();
  }

  /** A name must not end the script that holds the data, nor open an element. */
  @Test
  void namesCannotBreakOutOfThePage() {
    String page = HtmlReport.of(report);

    assertThat(page).doesNotContain(HOSTILE).doesNotContain("<b>");
    assertThat(page.split("<script", -1)).hasSameSizeAs(page.split("</script>", -1));
  }
}
