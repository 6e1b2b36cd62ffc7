package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.erasus.Catalog;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.tuning.Tuning;
import org.erasus.eval.tuning.TuningResult;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.strategies.Retrain;
import org.erasus.train.Checkpoints;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Searches the settings of every strategy for those nearest to retraining on validation rows, over two kinds of request, and
 * leaves one file a strategy. A file that is there already is not made again, so an interrupted search goes on where it was.
 */
@Command(name = "tune", mixinStandardHelpOptions = true)
public final class Tune implements Callable<Integer> {
  /**
   * What is written for a strategy; a file of other settings or candidates is not taken for it.
   *
   * @param settings of the search
   * @param candidates the defaults first
   * @param result what was found
   */
  record Found(String settings, List<UnlearningStrategy> candidates, TuningResult result) {}

  @Option(names = "--data", defaultValue = "fashion-mnist", description = "a data set by name")
  private String data = "fashion-mnist";

  @Option(names = "--data-dir", required = true, description = "folder of its original files")
  private Path dataDir = Path.of(".");

  @Option(names = "--out", required = true, description = "folder of what is found")
  private Path out = Path.of(".");

  @Option(names = "--network", defaultValue = "small-cnn", description = "a network of the zoo")
  private String network = "small-cnn";

  @Option(names = "--rows", defaultValue = "12000", description = "to train on, from the first")
  private int rows;

  @Option(
      names = "--test-rows",
      defaultValue = "10000",
      description = "from the first; a quarter of them is validation")
  private int testRows;

  @Option(names = "--epochs", defaultValue = "20", description = "of training")
  private int epochs;

  @Option(names = "--seed", defaultValue = "11", description = "of everything")
  private long seed;

  @Option(names = "--eta", defaultValue = "4", description = "of successive halving")
  private int eta;

  @Option(
      names = "--first",
      defaultValue = "1000",
      description = "most candidates of a strategy; 1 for the defaults alone")
  private int first;

  @Option(
      names = "--precision",
      defaultValue = "FP32",
      description = "of products and activations: ${COMPLETION-CANDIDATES}")
  private Precision precision = Precision.FP32;

  @Option(names = "--strategies", split = ",", description = "of the catalogue; all when not given")
  private List<String> strategies = List.of();

  @Option(
      names = "--requests",
      split = ",",
      description = "one or more of ${COMPLETION-CANDIDATES}")
  private List<Request> requests = List.of(Request.values());

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(
        new CommandLine(new Tune()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    StudyNetwork design = new StudyNetwork(network, 0, epochs);
    Training recipe = design.recipe();
    try (UnlearningDataset all = RealData.of(data, dataDir, rows, testRows, seed);
        Network original = design.fresh(all, seed)) {
      original.compute(new Compute(precision, MemoryLayout.CHANNELS_LAST));
      new Supervised(recipe).train(original, all, seed, kept("original"));
      search(tuning(original, all, recipe));
    }
    return 0;
  }

  private Tuning tuning(Network original, UnlearningDataset all, Training recipe) {
    Tuning tuning = null;
    for (Request request : requests) {
      UnlearningTask task = UnlearningTask.of(original, request.of(all, seed)).withSeed(seed);
      try (Unlearned retrained =
          new Retrain(recipe)
              .unlearn(task.withSeed(seed + 100).withOptions(kept(request.toString())))) {
        tuning =
            tuning == null
                ? Tuning.of(task, retrained.network())
                : tuning.and(task, retrained.network());
      }
    }
    return Objects.requireNonNull(tuning);
  }

  /** Trainings leave their result beside what is found, and are not done again. */
  private RunOptions kept(String what) {
    return RunOptions.DEFAULTS.withCheckpoints(
        Checkpoints.in(out.resolve("trained").resolve(settings().replaceAll("\\W+", "-") + what)));
  }

  private String settings() {
    return String.join(
        ", ",
        List.of(
            data,
            network,
            rows + " rows",
            testRows + " test rows",
            epochs + " epochs",
            "seed " + seed,
            precision.toString().toLowerCase(Locale.ROOT)));
  }

  private void search(Tuning tuning) throws IOException {
    String settings = settings() + ", eta " + eta + ", " + requests;
    for (String name : strategies.isEmpty() ? Catalog.strategies().names() : strategies) {
      Path file = out.resolve(name + ".json");
      List<UnlearningStrategy> candidates = SearchSpaces.of(name).stream().limit(first).toList();
      if (Files.exists(file) && isOf(Json.load(file, Found.class), settings, candidates)) {
        continue;
      }
      try {
        TuningResult result = tuning.halving(candidates, eta);
        Json.save(file, new Found(settings, candidates, result));
        System.out.println(name + "\n" + result);
      } catch (IllegalArgumentException | UnsupportedOperationException refused) {
        System.out.println(name + ": " + refused.getMessage());
      }
    }
  }

  private static boolean isOf(Found found, String settings, List<UnlearningStrategy> candidates) {
    return found.settings.equals(settings) && found.candidates.equals(candidates);
  }
}
