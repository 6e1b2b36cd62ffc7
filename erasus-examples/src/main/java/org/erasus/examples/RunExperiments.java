package org.erasus.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.experiments.Comparison;
import org.erasus.eval.experiments.Experiment;
import org.erasus.eval.experiments.ExperimentResult;
import org.erasus.eval.experiments.ExperimentRunner;
import org.erasus.eval.experiments.Experiments;
import org.erasus.eval.experiments.FailedRunsException;
import org.erasus.eval.experiments.Laboratory;
import org.erasus.eval.metrics.InsideMetric;
import org.erasus.eval.metrics.Metrics;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.zoo.Zoo;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a JSON file of experiments on the data sets and networks of the examples, and prints how they compare. */
@Command(name = "run-experiments", mixinStandardHelpOptions = true)
public final class RunExperiments implements Callable<Integer> {
  @Parameters(description = "JSON file, see org.erasus.eval.experiments.Experiments")
  private Path file = Path.of(".");

  @Option(names = "--out", required = true, description = "folder of results; goes on where it was")
  private Path out = Path.of(".");

  @Option(names = "--data-dir", description = "folder of the original files of real data sets")
  private Optional<Path> dataDir = Optional.empty();

  @Option(names = "--rows", description = "only so many of the training rows, from the first")
  private int rows = Integer.MAX_VALUE;

  @Option(
      names = "--metrics",
      split = ",",
      defaultValue = "gap-to-retrain,forget-accuracy,test-accuracy,auc-loss",
      description = "one table each")
  private List<String> metrics = List.of();

  @Option(names = "--latex", description = "tables in LaTeX, not Markdown")
  private boolean latex;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    Program.run(new RunExperiments(), args);
  }

  @Override
  public Integer call() throws IOException {
    Check.atLeast(1, rows, "--rows");
    metrics.forEach(RunExperiments::requireKnown);
    if (!Files.isRegularFile(file)) {
      throw new IOException("no file " + file + " of experiments");
    }
    List<Experiment> experiments = Experiments.read(file);
    Program.makeFolder(out);
    try {
      print(experiments, new ExperimentRunner(new Known(), out).run(experiments));
      return 0;
    } catch (FailedRunsException failed) {
      System.err.println(failed.getMessage());
      if (!failed.results().isEmpty()) {
        print(experiments, failed.results());
      }
      return 1;
    }
  }

  /** Numbers that results may hold: those of the metrics, by the names they come under, and the attacks'. */
  static Set<String> numbers() {
    Set<String> names = new TreeSet<>(Metrics.all().keySet());
    names.remove("efficiency");
    names.addAll(List.of("wall-seconds", "wall-ratio", "rows-forward-backward", "rows-ratio"));
    names.add("tug-of-war");
    for (InsideMetric inside : InsideMetric.values()) {
      names.add(inside.id());
    }
    names.add("relative-layer-distance");
    ThresholdAttacks.ALL.forEach(attack -> names.add("auc-" + attack.name()));
    return names;
  }

  private static void requireKnown(String metric) {
    if (!numbers().contains(metric)) {
      throw new IllegalArgumentException(
          "--metrics: no result has a metric \""
              + metric
              + "\"; known: "
              + String.join(", ", numbers()));
    }
  }

  /** Compares with the first experiment, whether or not its runs went well. */
  private void print(List<Experiment> experiments, List<ExperimentResult> results) {
    for (String metric : metrics) {
      Comparison comparison = Comparison.of(results, experiments.get(0).name(), metric, 0.95);
      System.out.println(latex ? comparison.toLatex() : comparison.toMarkdown());
    }
  }

  private final class Known implements Laboratory {
    @Override
    public UnlearningDataset data(String name, long seed) throws IOException {
      return Problems.rows(Problems.load(name, dataDir, rows), 0.25, seed);
    }

    @Override
    public Network network(String name, UnlearningDataset data, long seed) {
      return Network.of(Zoo.networks().get(name).block(data.classes()), data.rowShape(), seed)
          .compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
    }
  }
}
