package org.erasus.eval.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.erasus.eval.Golden;
import org.erasus.eval.Verdict;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  @Test
  void meansAndTestsAreThoseOfSciPy() {
    JsonNode golden = Golden.cases("comparison").get(0);
    List<ExperimentResult> results = new ArrayList<>();
    add(results, "first", golden.get("first"));
    add(results, "a", golden.get("others").get(0));
    add(results, "b", golden.get("others").get(1));
    Comparison comparison = Comparison.of(results, "gap", 0.95);
    for (int i = 0; i < 3; i++) {
      Comparison.Row row = comparison.rows().get(i);
      assertThat(row.mean()).isCloseTo(golden.get("means").get(i).asDouble(), within(1e-12));
      assertThat(row.interval().orElseThrow().high() - row.mean())
          .isCloseTo(golden.get("halves").get(i).asDouble(), within(1e-10));
      if (i > 0) {
        assertThat(row.difference().orElseThrow())
            .isCloseTo(golden.get("differences").get(i - 1).asDouble(), within(1e-12));
        assertThat(row.pairedT().orElseThrow())
            .isCloseTo(golden.get("t").get(i - 1).asDouble(), within(1e-10));
        assertThat(row.wilcoxon().orElseThrow())
            .isCloseTo(golden.get("wilcoxon").get(i - 1).asDouble(), within(1e-10));
      }
    }
    assertThat(comparison.rows().get(0).difference()).isEmpty();
  }

  @Test
  void tablesHoldOneLineAnExperimentAndEscapeNames() {
    List<ExperimentResult> results =
        List.of(
            result("a_b|c", 1, 0.5),
            result("a_b|c", 2, 0.7),
            result("once", 1, 0.25),
            result("same", 1, 0.5),
            result("same", 2, 0.7));
    Comparison comparison = Comparison.of(results, "gap", 0.95);
    assertThat(comparison.toMarkdown())
        .contains("| a_b\\|c | 2 | 0.6000 ± 1.2706 | – | – | – |")
        .contains("| once | 1 | 0.2500 | – | – | – |")
        .contains("| same | 2 | 0.6000 ± 1.2706 | 0.0000 | – | – |");
    assertThat(comparison.toLatex())
        .contains("a\\_b|c & 2 & 0.6000 $\\pm$ 1.2706 & –")
        .startsWith("\\begin{tabular}{lrrrrr}")
        .endsWith("\\end{tabular}\n");
  }

  /** 0.2 − 0.1, 0.3 − 0.2 and 0.4 − 0.3 differ in floating point, by nothing but rounding. */
  @Test
  void differencesThatVaryByRoundingAloneAreNotTested() {
    List<ExperimentResult> results = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      results.add(result("first", i, i * 0.1));
      results.add(result("more", i, new double[] {0.2, 0.3, 0.4}[i - 1]));
      results.add(result("same", i, new double[] {0.1, 0.2, 0.3}[i - 1]));
    }
    List<Comparison.Row> rows = Comparison.of(results, "gap", 0.95).rows();

    assertThat(rows.get(1).difference().orElseThrow()).isCloseTo(0.1, within(1e-12));
    assertThat(rows.get(1).pairedT()).isEmpty();
    assertThat(rows.get(2).pairedT()).isEmpty();
    assertThat(rows.get(2).wilcoxon()).isEmpty();
  }

  @Test
  void anUnknownMetricIsAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> Comparison.of(List.of(result("a", 1, 1)), "gpa", 0.95))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"gpa\"")
        .hasMessageContaining("known: gap");
  }

  @Test
  void theFirstExperimentIsNotReplacedByOneThatHasTheMetric() {
    ExperimentResult without =
        new ExperimentResult("base", "x", 1, Verdict.Outcome.PASS, Map.of(), Instant.EPOCH);
    assertThatThrownBy(
            () ->
                Comparison.of(List.of(without, result("a", 1, 1), result("b", 1, 2)), "gap", 0.95))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("experiment \"base\"")
        .hasMessageContaining("put one first that has it, a, b");
  }

  /** All runs of the first failed: nobody takes its place. */
  @Test
  void withoutTheExperimentToCompareWithThereAreNoDifferences() {
    List<ExperimentResult> left =
        List.of(result("a", 1, 1), result("a", 2, 2), result("b", 1, 2), result("b", 2, 4));
    Comparison comparison = Comparison.of(left, "failed", "gap", 0.95);

    assertThat(comparison.rows()).extracting(Comparison.Row::experiment).containsExactly("a", "b");
    assertThat(comparison.rows()).allMatch(row -> row.difference().isEmpty());
    assertThat(Comparison.of(left, "a", "gap", 0.95).rows().get(1).difference()).hasValue(1.5);
  }

  private static void add(List<ExperimentResult> results, String name, JsonNode values) {
    for (int i = 0; i < values.size(); i++) {
      results.add(result(name, i, values.get(i).asDouble()));
    }
  }

  private static ExperimentResult result(String name, long seed, double gap) {
    return new ExperimentResult(
        name, "x", seed, Verdict.Outcome.PASS, Map.of("gap", gap), Instant.EPOCH);
  }
}
