package org.erasus.examples;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.erasus.Catalog;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.strategies.Retrain;
import org.erasus.train.DivergedException;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.SmallCnn;
import org.erasus.zoo.data.TrainTest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Puts every strategy of the catalogue that takes any network to the same deletion request and judges them side by side. */
@Command(name = "compare-strategies", mixinStandardHelpOptions = true)
public final class CompareStrategies implements Callable<Integer> {
  @Option(names = "--data", defaultValue = Problems.DRAWN_DIGITS, description = "a data set")
  private String data = Problems.DRAWN_DIGITS;

  @Option(names = "--data-dir", description = "folder of its original files")
  private Optional<Path> dataDir = Optional.empty();

  @Option(names = "--rows", defaultValue = "3000", description = "to train on, from the first")
  private int rows;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    Program.run(new CompareStrategies(), args);
  }

  @Override
  public Integer call() throws IOException {
    Check.atLeast(1, rows, "--rows");
    System.out.println(run(Problems.load(data, dataDir, rows), withoutHistory(), 10));
    return 0;
  }

  /** The strategies that take a network as it is, however it was trained. */
  private static List<String> withoutHistory() {
    return Catalog.strategies().entries().entrySet().stream()
        .filter(entry -> !entry.getValue().needs().contains(Need.TRAINING_HISTORY))
        .map(Map.Entry::getKey)
        .toList();
  }

  static String run(TrainTest images, List<String> strategies, int epochs) {
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.05, 0));
    List<Unlearned> results = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    try (UnlearningDataset rows = Request.mislabelled(images, 0.1, 0.3, 1);
        Network original =
            Network.of(SmallCnn.DEFAULTS.block(rows.classes()), rows.rowShape(), 1)) {
      new Supervised(recipe).train(original, rows.markRetain(rows.trained()), 1);
      UnlearningTask task = UnlearningTask.of(original, rows).withSeed(2);
      Unlearned reference = new Retrain(recipe).unlearn(task);
      results.add(reference);
      UnlearningBenchmark benchmark =
          UnlearningBenchmark.of(rows, original).withReference("retrained", reference);
      for (String name : strategies) {
        try {
          Unlearned result = Catalog.strategies().get(name).unlearn(task.withSeed(3));
          results.add(result);
          NetworkOutputs.of(
              name, result.network(), rows); // one that diverged spoils no other's report
          benchmark = benchmark.withCandidate(name, result);
        } catch (DivergedException | IllegalArgumentException refused) {
          notes.add(refused.getMessage()); // such as a strategy for whole classes
        }
      }
      BenchmarkReport report = benchmark.run();
      return Summary.of(report) + "\n" + String.join("\n", notes);
    } finally {
      results.forEach(Unlearned::close);
    }
  }
}
