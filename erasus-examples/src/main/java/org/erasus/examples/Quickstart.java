package org.erasus.examples;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.erasus.Catalog;
import org.erasus.Check;
import org.erasus.ErasusUnlearner;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Selector;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.report.HtmlReport;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.strategies.Retrain;
import org.erasus.strategies.Salun;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Zoo;
import org.erasus.zoo.data.Images;
import org.erasus.zoo.data.TrainTest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * The whole way of a deletion request: train, receive the request, select, unlearn, retrain a reference, verify, report.
 *
 * <p>{@code ./mvnw -q -Pquickstart} runs it on digits drawn by the library itself; {@code --help} lists its options.
 */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains a network, makes it forget a deletion request, and reports whether it did.")
public final class Quickstart implements Callable<Integer> {
  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Option(
      names = "--data",
      defaultValue = Problems.DRAWN_DIGITS,
      description = "drawn-digits, mnist, fashion-mnist or cifar10 (default: ${DEFAULT-VALUE})")
  private String data = Problems.DRAWN_DIGITS;

  @Option(
      names = "--data-dir",
      description =
          "folder of the original IDX or CIFAR files; without it they are downloaded by DJL")
  private Optional<Path> dataDir = Optional.empty();

  @Option(
      names = "--rows",
      description =
          "work on the first so many training rows, and as many test rows at most (default: all)")
  private Optional<Integer> rowsWanted = Optional.empty();

  @Option(
      names = "--network",
      defaultValue = "small-cnn",
      description = "a network of the zoo (default: ${DEFAULT-VALUE})")
  private String network = "small-cnn";

  @Option(
      names = "--strategy",
      defaultValue = "salun",
      description =
          "default: ${DEFAULT-VALUE}, here at the rate of its paper, 0.013; others in their own defaults")
  private String strategy = "salun";

  @Option(
      names = "--selector",
      defaultValue = "gradient-norm",
      description = "default: ${DEFAULT-VALUE}")
  private String selector = "gradient-norm";

  @Option(
      names = "--coreset",
      defaultValue = "0.3",
      description = "share of the forget rows the strategy works on (default: ${DEFAULT-VALUE})")
  private double coreset;

  @Option(
      names = "--forget",
      defaultValue = "0.1",
      description = "share of the rows to forget (default: ${DEFAULT-VALUE})")
  private double forget;

  @Option(
      names = "--mislabelled",
      defaultValue = "0.3",
      description = "part of the forget rows with a wrong label (default: ${DEFAULT-VALUE})")
  private double mislabelled;

  @Option(
      names = "--epochs",
      defaultValue = "16",
      description = "of training (default: ${DEFAULT-VALUE})")
  private int epochs;

  @Option(names = "--relearn", description = "also measure how fast the rows are learned again")
  private boolean relearn;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "of every random choice (default: ${DEFAULT-VALUE})")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = ".",
      description = "folder for report.html and report.json (default: ${DEFAULT-VALUE})")
  private Path out = Path.of(".");

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    Program.run(new Quickstart(), args);
  }

  @Override
  public Integer call() throws IOException {
    ErasusUnlearner unlearner = checked();
    PrintWriter answer = spec.commandLine().getOut();
    answer.println(run(wanted(Problems.load(data, dataDir)), unlearner));
    answer.println();
    answer.println("report: " + out.resolve("report.html").toAbsolutePath().normalize());
    answer.flush();
    return 0;
  }

  private TrainTest wanted(TrainTest all) {
    return rowsWanted
        .map(n -> new TrainTest(first(all.train(), n), first(all.test(), n)))
        .orElse(all);
  }

  private static Images first(Images images, int n) {
    return images.slice(0, Math.min(n, images.count()));
  }

  /**
   * SalUn at the rate of its paper, others in their defaults. The catalogue's 0.001 is for a pass over all forget rows, 47 batches
   * of wrong labels an epoch on Fashion-MNIST, from which a small network does not recover at 0.01 (docs/results.md); the coreset
   * of 360 rows makes three here. The rate was taken over, not searched.
   */
  private UnlearningStrategy chosen() {
    return strategy.equals("salun")
        ? Salun.DEFAULTS.withTraining(Training.DEFAULTS.withLearningRate(0.013))
        : Catalog.strategies().get(strategy);
  }

  /** All that can be wrong with the options themselves shows before anything is loaded or trained. */
  private ErasusUnlearner checked() {
    try {
      Zoo.networks().get(network);
      Check.inClosed(coreset, Double.MIN_VALUE, 1, "--coreset");
      Check.inOpen(forget, 0, 1, "--forget");
      Check.inClosed(mislabelled, Double.MIN_VALUE, 1, "--mislabelled");
      Check.atLeast(1, epochs, "--epochs");
      rowsWanted.ifPresent(n -> Check.atLeast(1, n, "--rows"));
      Program.requireFolder(out);
      Selector chosenBy = Catalog.selectors().get(selector);
      if (chosenBy.needs().contains(Need.TRAINING_HISTORY)) {
        throw new IllegalArgumentException(
            "--selector "
                + selector
                + " needs "
                + Need.TRAINING_HISTORY.what()
                + ": the Quickstart keeps none");
      }
      return ErasusUnlearner.with(chosen())
          .selecting(chosenBy, coreset)
          .withSeed(seed)
          .withOptions(shown("unlearn"));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private String run(TrainTest images, ErasusUnlearner unlearner) throws IOException {
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.05, 0));
    try (UnlearningDataset rows = Request.mislabelled(images, forget, mislabelled, seed);
        Network original =
            Network.of(Zoo.networks().get(network).block(rows.classes()), rows.rowShape(), seed)
                .compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST))) {
      UnlearningTask.of(original, rows).require(unlearner.strategy()); // not after the training
      new Supervised(recipe).train(original, rows.markRetain(rows.trained()), seed, shown("train"));

      try (Unlearned unlearned = unlearner.unlearn(original, rows);
          Unlearned reference = retrain(recipe, original, rows, seed + 1, "retrain");
          Unlearned again = retrain(recipe, original, rows, seed + 2, "retrain again")) {
        BenchmarkOptions options = BenchmarkOptions.DEFAULTS.withSeed(seed);
        BenchmarkReport report =
            UnlearningBenchmark.of(rows, original)
                .withOptions(relearn ? options : options.withoutRelearning())
                .withCandidate(strategy, unlearned)
                .withReference("retrained", reference)
                .withControl("retrained-again", again.network())
                .run();
        report.save(out.resolve("report.json"));
        HtmlReport.save(report, out.resolve("report.html"));
        return Summary.of(report);
      }
    }
  }

  private static Unlearned retrain(
      Training recipe, Network original, UnlearningDataset rows, long seed, String title) {
    return new Retrain(recipe)
        .unlearn(UnlearningTask.of(original, rows).withSeed(seed).withOptions(shown(title)));
  }

  private static RunOptions shown(String title) {
    return RunOptions.DEFAULTS.withListener(new ProgressBars(title));
  }
}
