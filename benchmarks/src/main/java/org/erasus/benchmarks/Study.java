package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.erasus.Catalog;
import org.erasus.Json;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.Protocol;
import org.erasus.eval.Subject;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.metrics.Relearning;
import org.erasus.strategies.Retrain;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Puts every strategy of the catalogue, in its defaults, to deletion requests on Fashion-MNIST, and leaves one report a
 * request and seed. A report that is there already is not made again, so an interrupted study goes on where it was.
 *
 * <p>Retraining is in every report twice, as the reference and as a control, so it is not once more among the strategies; a
 * saliency mask over random labels is SalUn. Certified removal is of linear layers alone.
 */
@Command(name = "study", mixinStandardHelpOptions = true)
public final class Study implements Callable<Integer> {
  private static final Set<String> NOT_ALONE = Set.of("retrain", "saliency-mask");

  /** One order of the rows, as the seeds of the study give the spread, and at most three epochs. */
  private static final Relearning RELEARNING =
      new Relearning(Relearning.DEFAULTS.training().withMaxEpochs(3), 0.02, 10, 1);

  @Option(names = "--data-dir", required = true, description = "folder of the Fashion-MNIST files")
  private Path dataDir = Path.of(".");

  @Option(names = "--out", required = true, description = "folder of the reports")
  private Path out = Path.of(".");

  @Option(names = "--network", defaultValue = "small-cnn", description = "a network of the zoo")
  private String network = "small-cnn";

  @Option(names = "--epochs", defaultValue = "20", description = "of training")
  private int epochs;

  @Option(names = "--seeds", split = ",", defaultValue = "1,2,3", description = "one report each")
  private long[] seeds = {};

  @Option(names = "--strategies", split = ",", description = "of the catalogue; all when not given")
  private List<String> strategies = List.of();

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(new CommandLine(new Study()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    for (long seed : seeds) {
      for (Request request : Request.values()) {
        String name = request + "-" + seed;
        Path file = out.resolve(name + ".json");
        if (Files.notExists(file)) {
          run(request, seed, name).save(file);
        }
      }
    }
    return 0;
  }

  private BenchmarkReport run(Request request, long seed, String name) throws IOException {
    StudyNetwork design = new StudyNetwork(network, 0, epochs);
    Training recipe = design.recipe();
    List<Unlearned> open = new ArrayList<>();
    Map<String, String> failures = new LinkedHashMap<>();
    try (UnlearningDataset rows =
            request.of(RealData.of("fashion-mnist", dataDir, 60_000, seed), seed);
        Network original = design.fresh(rows, seed)) {
      new Supervised(recipe).train(original, rows.markRetain(rows.trained()), seed);
      say(name, "original", 0);
      UnlearningTask task = UnlearningTask.of(original, rows).withSeed(seed);
      UnlearningBenchmark benchmark =
          UnlearningBenchmark.of(rows, original)
              .withProtocol(Protocol.GENERAL)
              .withOptions(BenchmarkOptions.DEFAULTS.withSeed(seed).withRelearning(RELEARNING))
              .withReference(
                  Subject.of(
                      "retrained", run(new Retrain(recipe), task.withSeed(seed + 100), open)))
              .withControl(
                  Subject.of(
                      "retrained again",
                      run(new Retrain(recipe), task.withSeed(seed + 200), open)));
      for (String strategy : strategies()) {
        UnlearningStrategy defaults = Catalog.strategies().get(strategy);
        long start = System.nanoTime();
        try {
          benchmark = benchmark.withCandidate(strategy, run(defaults, task, open));
        } catch (RuntimeException failure) {
          failures.put(strategy, String.valueOf(failure.getMessage()));
        }
        say(name, strategy, (System.nanoTime() - start) / 1e9);
      }
      Json.save(out.resolve(name + "-failures.txt"), failures);
      return benchmark.run();
    } finally {
      open.forEach(Unlearned::close);
    }
  }

  private List<String> strategies() {
    return strategies.isEmpty()
        ? Catalog.strategies().entries().entrySet().stream()
            .filter(entry -> !entry.getValue().needs().contains(Need.TRAINING_HISTORY))
            .map(Map.Entry::getKey)
            .filter(name -> !NOT_ALONE.contains(name))
            .toList()
        : strategies;
  }

  private static Unlearned run(
      UnlearningStrategy strategy, UnlearningTask task, List<Unlearned> open) {
    Unlearned result = strategy.unlearn(task);
    open.add(result);
    return result;
  }

  private static void say(String name, String what, double seconds) {
    System.out.printf(Locale.ROOT, "%s: %s %.1f s%n", name, what, seconds);
  }
}
