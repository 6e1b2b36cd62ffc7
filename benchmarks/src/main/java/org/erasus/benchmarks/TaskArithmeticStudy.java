package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.strategies.FineTune;
import org.erasus.strategies.NegativeGradient;
import org.erasus.strategies.Retrain;
import org.erasus.strategies.Ssd;
import org.erasus.strategies.TaskArithmetic;
import org.erasus.train.Checkpoints;
import org.erasus.train.LearningRate;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Zoo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Task arithmetic class by class on Fashion-MNIST: an expert for each class, what every point of the grid gives with it, what is
 * chosen on validation rows, with running statistics kept and estimated anew, and baselines beside it.
 *
 * <p>An expert is trained once: the points of the grid take it from a checkpoint. Accuracies on unseen rows are told of what was
 * chosen and of the baselines, never of the points of the grid.
 */
@Command(name = "task-arithmetic-study", mixinStandardHelpOptions = true)
public final class TaskArithmeticStudy implements Callable<Integer> {
  @Option(names = "--data-dir", required = true, description = "folder of the Fashion-MNIST files")
  private Path dataDir = Path.of(".");

  @Option(names = "--out", required = true, description = "file of the results, JSON")
  private Path out = Path.of(".");

  @Option(names = "--experts", required = true, description = "folder of the experts' checkpoints")
  private Path experts = Path.of(".");

  @Option(names = "--network", defaultValue = "resnet9", description = "a network of the zoo")
  private String network = "resnet9";

  @Option(names = "--epochs", defaultValue = "20", description = "of training")
  private int epochs;

  @Option(names = "--rows", defaultValue = "60000", description = "images to train on")
  private int rows;

  @Option(names = "--classes", split = ",", description = "to forget, each alone; all if not given")
  private List<Integer> classes = List.of();

  @Option(names = "--seed", defaultValue = "1", description = "of weights and orders")
  private long seed;

  /**
   * A point of the grid.
   *
   * @param forgottenClass which class the expert is of
   * @param scale α
   * @param dropped ρ
   * @param reestimated whether running statistics are estimated anew
   * @param validation accuracy on validation rows of the other classes
   * @param forget accuracy on the rows to forget
   */
  record Point(
      int forgottenClass,
      double scale,
      double dropped,
      boolean reestimated,
      double validation,
      double forget) {}

  /**
   * A way to forget a class.
   *
   * @param forgottenClass which
   * @param method the way
   * @param retain accuracy on the rows to keep
   * @param forget accuracy on the rows to forget
   * @param unseenKept accuracy on unseen rows of the other classes
   * @param unseenForgotten accuracy on unseen rows of the class
   * @param rowsForwardBackward what it cost
   * @param reason why it ended, with what was chosen
   */
  record Result(
      int forgottenClass,
      String method,
      double retain,
      double forget,
      double unseenKept,
      double unseenForgotten,
      long rowsForwardBackward,
      String reason) {}

  /**
   * All of it.
   *
   * @param network of the zoo
   * @param seed of weights and orders
   * @param points the ablation
   * @param results what was chosen, and the baselines
   */
  record Results(String network, long seed, List<Point> points, List<Result> results) {}

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(new CommandLine(new TaskArithmeticStudy()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.05, 0));
    List<Point> points = new ArrayList<>();
    List<Result> results = new ArrayList<>();
    try (UnlearningDataset data = RealData.of("fashion-mnist", dataDir, rows, seed);
        Network original =
            Network.of(Zoo.networks().get(network).block(data.classes()), data.rowShape(), seed)
                .compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST))) {
      new Supervised(recipe).train(original, data, seed);
      for (int forgotten :
          classes.isEmpty() ? IntStream.range(0, data.classes()).boxed().toList() : classes) {
        UnlearningTask task =
            UnlearningTask.of(original, data.markForgetClasses(forgotten))
                .withSeed(seed)
                .withOptions(
                    RunOptions.DEFAULTS.withCheckpoints(
                        Checkpoints.in(experts.resolve("class-" + forgotten))));
        addPoints(points, task, forgotten);
        results.add(result(forgotten, "original", original, task.data(), 0, ""));
        methods(recipe)
            .forEach((name, strategy) -> results.add(result(forgotten, name, strategy, task)));
        Json.save(out, new Results(network, seed, points, results));
      }
    }
    return 0;
  }

  private static void addPoints(List<Point> points, UnlearningTask task, int forgotten) {
    TaskArithmetic grid = TaskArithmetic.DEFAULTS;
    for (boolean reestimate : new boolean[] {false, true}) {
      for (double scale : grid.scales()) {
        for (double dropped : grid.dropped()) {
          try (Unlearned point =
              grid.withFixed(scale, dropped).withReestimate(reestimate).unlearn(task)) {
            points.add(
                new Point(
                    forgotten,
                    scale,
                    dropped,
                    reestimate,
                    point.network().accuracy(task.validationRows()),
                    point.network().accuracy(task.forgetRows())));
          }
        }
      }
    }
  }

  private static Map<String, UnlearningStrategy> methods(Training recipe) {
    Map<String, UnlearningStrategy> methods = new LinkedHashMap<>();
    methods.put("retrain", new Retrain(recipe));
    methods.put("task-arithmetic", TaskArithmetic.DEFAULTS);
    methods.put("task-arithmetic, statistics anew", TaskArithmetic.DEFAULTS.withReestimate(true));
    methods.put("fine-tune", FineTune.DEFAULTS);
    methods.put("negative-gradient", NegativeGradient.DEFAULTS);
    methods.put("ssd", Ssd.DEFAULTS);
    return methods;
  }

  private static Result result(
      int forgotten, String name, UnlearningStrategy strategy, UnlearningTask task) {
    UnlearningTask own = task.withOptions(task.options().part(strategy.displayName()));
    boolean shared = strategy instanceof TaskArithmetic;
    try (Unlearned unlearned = strategy.unlearn(shared ? task : own)) {
      System.out.printf(Locale.ROOT, "class %d: %s%n", forgotten, name);
      return result(
          forgotten,
          name,
          unlearned.network(),
          task.data(),
          unlearned.record().rowsForwardBackward(),
          unlearned.record().reason());
    }
  }

  private static Result result(
      int forgotten, String name, Network network, UnlearningDataset data, long cost, String why) {
    Rows unseen = data.unseen();
    return new Result(
        forgotten,
        name,
        network.accuracy(data.retain()),
        network.accuracy(data.forget()),
        network.accuracy(unseen.ofOtherClasses(Set.of(forgotten))),
        network.accuracy(unseen.ofClasses(Set.of(forgotten))),
        cost,
        why);
  }
}
