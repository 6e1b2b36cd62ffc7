package org.erasus.eval.experiments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.erasus.eval.stats.Holm;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.MeanComparison;
import org.erasus.eval.stats.Means;
import org.erasus.eval.stats.WilcoxonSignedRank;

/**
 * Experiments side by side in one metric: means over seeds with intervals, and how each differs from one of them,
 * paired by seed.
 *
 * @param metric name
 * @param level of the intervals
 * @param rows one an experiment, in their order
 */
public record Comparison(String metric, double level, List<Row> rows) {
  /**
   * One experiment.
   *
   * @param experiment its name
   * @param runs how many have the metric
   * @param mean over runs
   * @param interval by Student's t; absent for a single run
   * @param difference to the experiment to compare with over the seeds that both have; absent with fewer than two
   * @param pairedT p-value of the paired t test, corrected by Holm over the experiments; absent where the differences do not vary
   * @param wilcoxon p-value of the signed-rank test, corrected likewise
   */
  public record Row(
      String experiment,
      int runs,
      double mean,
      Optional<Interval> interval,
      Optional<Double> difference,
      Optional<Double> pairedT,
      Optional<Double> wilcoxon) {}

  /** Copies the list. */
  public Comparison {
    rows = List.copyOf(rows);
  }

  /**
   * Compares results with those of the experiment that comes first.
   *
   * @param results of one or more experiments, the one to compare with first
   * @param metric a name in the results
   * @param level of the intervals, above 0 and below 1
   * @throws IllegalArgumentException when no result has the metric, with those they have, or the first experiment lacks it
   */
  public static Comparison of(List<ExperimentResult> results, String metric, double level) {
    if (results.isEmpty()) {
      throw new IllegalArgumentException("there are no results to compare");
    }
    String leader = results.get(0).experiment();
    if (results.stream()
        .noneMatch(r -> r.experiment().equals(leader) && r.metrics().containsKey(metric))) {
      requireMetric(results, metric);
      throw new IllegalArgumentException(
          "experiment \""
              + leader
              + "\", which the others are compared with, has no metric \""
              + metric
              + "\" in any run: put one first that has it, "
              + String.join(
                  ", ",
                  results.stream()
                      .filter(r -> r.metrics().containsKey(metric))
                      .map(ExperimentResult::experiment)
                      .distinct()
                      .toList()));
    }
    return of(results, leader, metric, level);
  }

  /**
   * Compares results with those of an experiment; where none of its runs has the metric, the others stand without differences.
   *
   * @param results of one or more experiments
   * @param leader name of the experiment to compare with
   * @param metric a name in the results
   * @param level of the intervals, above 0 and below 1
   * @throws IllegalArgumentException when no result has the metric, with those they have
   */
  public static Comparison of(
      List<ExperimentResult> results, String leader, String metric, double level) {
    requireMetric(results, metric);
    Map<String, TreeMap<Long, Double>> bySeed = new LinkedHashMap<>();
    for (ExperimentResult result : results) {
      Double value = result.metrics().get(metric);
      if (value != null) {
        bySeed
            .computeIfAbsent(result.experiment(), name -> new TreeMap<>())
            .put(result.seed(), value);
      }
    }
    List<Row> rows = new ArrayList<>();
    TreeMap<Long, Double> first = bySeed.getOrDefault(leader, new TreeMap<>());
    bySeed.forEach(
        (name, values) -> rows.add(row(name, values, first, name.equals(leader), level)));
    return new Comparison(metric, level, corrected(rows));
  }

  private static void requireMetric(List<ExperimentResult> results, String metric) {
    if (results.stream().noneMatch(r -> r.metrics().containsKey(metric))) {
      throw new IllegalArgumentException(
          "no result has a metric \""
              + metric
              + "\"; known: "
              + String.join(
                  ", ",
                  results.stream()
                      .flatMap(r -> r.metrics().keySet().stream())
                      .distinct()
                      .toList()));
    }
  }

  private static Row row(
      String name,
      TreeMap<Long, Double> values,
      TreeMap<Long, Double> first,
      boolean leads,
      double level) {
    double[] all = values.values().stream().mapToDouble(Double::doubleValue).toArray();
    double mean = Arrays.stream(all).average().orElseThrow();
    List<Long> shared = values.keySet().stream().filter(first::containsKey).toList();
    double[] a = shared.stream().mapToDouble(values::get).toArray();
    double[] b = shared.stream().mapToDouble(first::get).toArray();
    Optional<Double> difference = Optional.empty();
    Optional<Double> t = Optional.empty();
    Optional<Double> w = Optional.empty();
    if (!leads && shared.size() > 1) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += (a[i] - b[i]) / a.length;
      }
      difference = Optional.of(sum);
      t = tested(() -> Means.paired(a, b, level)).map(MeanComparison::pValue);
      w = tested(() -> WilcoxonSignedRank.test(a, b).pValue());
    }
    Optional<Interval> interval =
        all.length > 1 ? Optional.of(Means.interval(all, level)) : Optional.empty();
    return new Row(name, all.length, mean, interval, difference, t, w);
  }

  /** Differences that do not vary, or are all 0, but for rounding, allow no test. */
  private static <T> Optional<T> tested(Supplier<T> test) {
    try {
      return Optional.of(test.get());
    } catch (IllegalArgumentException noSpread) {
      return Optional.empty();
    }
  }

  private static List<Row> corrected(List<Row> rows) {
    List<Optional<Double>> t = holm(rows.stream().map(Row::pairedT).toList());
    List<Optional<Double>> w = holm(rows.stream().map(Row::wilcoxon).toList());
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Row r = rows.get(i);
      all.add(new Row(r.experiment, r.runs, r.mean, r.interval, r.difference, t.get(i), w.get(i)));
    }
    return all;
  }

  private static List<Optional<Double>> holm(List<Optional<Double>> values) {
    double[] adjusted =
        Holm.adjust(
            values.stream().flatMap(Optional::stream).mapToDouble(Double::doubleValue).toArray());
    List<Optional<Double>> all = new ArrayList<>();
    int at = 0;
    for (Optional<Double> value : values) {
      all.add(value.isPresent() ? Optional.of(adjusted[at++]) : value);
    }
    return all;
  }

  /** A table in Markdown. */
  public String toMarkdown() {
    StringBuilder out =
        new StringBuilder("| experiment | runs | ")
            .append(metric)
            .append(" | difference | paired t, p | Wilcoxon, p |\n|---|---|---|---|---|---|\n");
    for (Row row : rows) {
      out.append("| ")
          .append(String.join(" | ", cells(row, row.experiment.replace("|", "\\|"), " ± ")))
          .append(" |\n");
    }
    return out.toString();
  }

  /** A table in LaTeX, for the package booktabs. */
  public String toLatex() {
    StringBuilder out =
        new StringBuilder("\\begin{tabular}{lrrrrr}\n\\toprule\nexperiment & runs & ")
            .append(escaped(metric))
            .append(" & difference & paired $t$, $p$ & Wilcoxon, $p$ \\\\\n\\midrule\n");
    for (Row row : rows) {
      out.append(String.join(" & ", cells(row, escaped(row.experiment), " $\\pm$ ")))
          .append(" \\\\\n");
    }
    return out.append("\\bottomrule\n\\end{tabular}\n").toString();
  }

  private static List<String> cells(Row row, String name, String plusMinus) {
    String dash = "–";
    return List.of(
        name,
        Integer.toString(row.runs),
        number(row.mean)
            + row.interval.map(i -> plusMinus + number((i.high() - i.low()) / 2)).orElse(""),
        row.difference.map(Comparison::number).orElse(dash),
        row.pairedT.map(Comparison::number).orElse(dash),
        row.wilcoxon.map(Comparison::number).orElse(dash));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static String escaped(String text) {
    return text.replaceAll("([&%$#_{}])", "\\\\$1").replace("^", "\\^{}").replace("~", "\\~{}");
  }
}
