package org.erasus.examples;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.GateResult;
import org.erasus.eval.Protocol;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.Verdict;
import org.erasus.eval.Verdict.Outcome;
import org.erasus.eval.stats.Interval;
import org.erasus.eval.stats.Proportions;
import org.erasus.io.AtomicFile;
import org.erasus.strategies.EuK;
import org.erasus.strategies.Retrain;
import org.erasus.train.LearningRate;
import org.erasus.train.Statistics;
import org.erasus.train.Step;
import org.erasus.train.Supervised;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.zoo.Mlp;
import org.erasus.zoo.data.DrawnDigits;
import org.erasus.zoo.data.TrainTest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Verifies the verifier: judges networks of which it is known whether they have forgotten, many times, and counts the verdicts.
 * A protocol must not reject networks that were trained without the rows, and must reject all others.
 */
@Command(name = "calibrate-verifier", mixinStandardHelpOptions = true)
public final class CalibrateVerifier implements Callable<Integer> {
  static final String RETRAINED = "retrained";
  private static final double LEVEL = 0.95;
  private static final int REFERENCES = 3;
  private static final Ascent ASCENT =
      new Ascent(Training.DEFAULTS.withMaxEpochs(10).withLearningRate(0.05).withClipNorm(1));

  @Option(names = "--runs", defaultValue = "20", description = "of each protocol, one seed each")
  private int runs;

  @Option(names = "--rows", defaultValue = "6000", description = "drawn digits to train on")
  private int rows;

  @Option(names = "--unseen", defaultValue = "6000", description = "drawn digits no one trains on")
  private int unseen;

  @Option(names = "--epochs", defaultValue = "15", description = "of training")
  private int epochs;

  @Option(names = "--out", description = "Markdown page to write, such as docs/verifier.md")
  private Optional<Path> out = Optional.empty();

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    EngineRuntime.start();
    System.exit(new CommandLine(new CalibrateVerifier()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    StringBuilder page = new StringBuilder(introduction());
    for (Protocol protocol : List.of(Protocol.RANDOM_ROWS, Protocol.CLASS)) {
      page.append(section(protocol, rows, unseen));
      System.out.print(page);
    }
    page.append("\n## Too few rows\n\nThe same with a tenth of the rows:\n\n");
    for (Protocol protocol : List.of(Protocol.RANDOM_ROWS, Protocol.CLASS)) {
      page.append(section(protocol, rows / 10, unseen / 10));
    }
    System.out.print(page);
    if (out.isPresent()) {
      AtomicFile.writeString(out.get(), page.toString());
    }
    return 0;
  }

  private String introduction() {
    EngineRuntime.EngineInfo engine = EngineRuntime.info();
    return String.format(
        Locale.ROOT,
        """
        # The verifier, verified

        Verdicts on networks of which it is known whether they have forgotten, written by `CalibrateVerifier --runs %d --rows %d
        --unseen %d --epochs %d`: a perceptron (784-256-10) on drawn digits, %d references and other weights, orders and requests in
        every run. A tenth of the rows is forgotten, three in ten of them with a wrong label that was learned by heart, or a whole
        class, another in every run. Shares with 95 %% intervals (Clopper
        and Pearson). %d processors, Java %s, libtorch %s.

        - *retrained*: trained without the rows from other weights. A verdict FAIL would be wrong.
        - *original*, *random weights*: the controls of every report.
        - *new last layer*: a fresh last layer trained on the rows to keep; the features are those of the original.
        - *half of the rows*: trained without one half of the rows, with the other.
        - *refuses at the output*: the original, the forgotten class's bias lowered until it is never the answer.
        - *over-forgotten*: gradient ascent on the forget rows for ten epochs, whatever else is lost.

        """,
        runs,
        rows,
        unseen,
        epochs,
        REFERENCES,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version().feature(),
        engine.torch());
  }

  private String section(Protocol protocol, int trainRows, int unseenRows) throws IOException {
    Counts counts = count(protocol, trainRows, unseenRows, epochs, runs);
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%n### Protocol `%s`, %d rows to train on, %d unseen%n%n",
                protocol.name(),
                trainRows,
                unseenRows));
    text.append("| network | rejected (FAIL) | 95 % interval | INCONCLUSIVE | PASS |\n");
    text.append("|---|---|---|---|---|\n");
    counts.verdicts.forEach(
        (name, found) -> {
          long n = found.values().stream().mapToInt(Integer::intValue).sum();
          long rejected = found.getOrDefault(Outcome.FAIL, 0);
          Interval interval = Proportions.clopperPearson(rejected, n, LEVEL);
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %d of %d | %.2f–%.2f | %d | %d |%n",
                  name,
                  rejected,
                  n,
                  interval.low(),
                  interval.high(),
                  found.getOrDefault(Outcome.INCONCLUSIVE, 0),
                  found.getOrDefault(Outcome.PASS, 0)));
        });
    counts.rowsToDecide.ifPresent(
        most ->
            text.append("\nForget rows that the open verdicts on *retrained* ask for: up to ")
                .append(most)
                .append(".\n"));
    return text.toString();
  }

  /**
   * Verdicts by network.
   *
   * @param verdicts how often each
   * @param rowsToDecide the most rows that an open verdict on a retrained network asks for
   */
  record Counts(Map<String, Map<Outcome, Integer>> verdicts, OptionalLong rowsToDecide) {}

  static Counts count(Protocol protocol, int trainRows, int unseenRows, int epochs, int runs) {
    TrainTest digits =
        new TrainTest(DrawnDigits.DEFAULTS.train(trainRows), DrawnDigits.DEFAULTS.test(unseenRows));
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.1, 0));
    Map<String, Map<Outcome, Integer>> verdicts = new LinkedHashMap<>();
    OptionalLong most = OptionalLong.empty();
    for (int run = 0; run < runs; run++) {
      BenchmarkReport report = judge(protocol, digits, recipe, 1000L * (run + 1), run);
      for (var network : report.networks()) {
        boolean counted = network.verdict().isPresent() && !network.name().startsWith("reference");
        if (counted && !network.name().equals("no-op")) {
          Verdict verdict = network.verdict().get();
          verdicts
              .computeIfAbsent(network.name(), name -> new EnumMap<>(Outcome.class))
              .merge(verdict.outcome(), 1, Integer::sum);
          if (network.name().equals(RETRAINED)) {
            most = larger(most, verdict);
          }
        }
      }
    }
    return new Counts(verdicts, most);
  }

  private static OptionalLong larger(OptionalLong most, Verdict verdict) {
    long known = most.orElse(0);
    long needed =
        verdict.gates().stream()
            .map(GateResult::rowsToDecide)
            .flatMap(Optional::stream)
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    return Math.max(known, needed) == 0 ? most : OptionalLong.of(Math.max(known, needed));
  }

  private static BenchmarkReport judge(
      Protocol protocol, TrainTest digits, Training recipe, long seed, int run) {
    boolean classes = protocol.request() == Protocol.Request.CLASSES;
    int forgotten = run % digits.train().classes();
    List<AutoCloseable> open = new ArrayList<>();
    try (UnlearningDataset data =
            classes
                ? Request.ofClass(digits, forgotten, seed)
                : Request.mislabelled(digits, 0.1, 0.3, seed);
        Network original = Network.of(Mlp.DEFAULTS.block(data.classes()), data.rowShape(), seed)) {
      new Supervised(recipe).train(original, data.markRetain(data.trained()), seed);
      UnlearningTask task = UnlearningTask.of(original, data);
      UnlearningBenchmark benchmark =
          UnlearningBenchmark.of(data, original)
              .withProtocol(protocol)
              .withOptions(
                  BenchmarkOptions.DEFAULTS
                      .withSeed(seed)
                      .withReplicates(100)
                      .withIncompetentDraws(1)
                      .withPicturedRows(0)
                      .withoutRelearning());
      for (int i = 0; i < REFERENCES; i++) {
        benchmark =
            benchmark.withReference(
                "reference " + (i + 1), made(new Retrain(recipe), task, seed + 10 + i, open));
      }
      benchmark =
          benchmark
              .withCandidate(RETRAINED, made(new Retrain(recipe), task, seed + 20, open))
              .withCandidate(
                  "new last layer", made(new EuK(1, lastLayer(recipe)), task, seed + 30, open))
              .withCandidate(
                  "half of the rows",
                  made(new Retrain(recipe), half(original, data), seed + 40, open))
              .withCandidate("over-forgotten", made(ASCENT, task, seed + 50, open));
      if (classes) {
        Network refusing = refusing(original, forgotten);
        open.add(refusing);
        benchmark = benchmark.withCandidate("refuses at the output", refusing);
      }
      return benchmark.run();
    } finally {
      open.forEach(CalibrateVerifier::close);
    }
  }

  private static Training lastLayer(Training recipe) {
    return recipe.withStatistics(Statistics.UPDATE);
  }

  /** Gradient ascent on the forget rows to the end, whatever else is lost. */
  private record Ascent(Training training) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy().neg();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }
  }

  /** The same request, as if every other row of it had not been made. */
  private static UnlearningTask half(Network original, UnlearningDataset data) {
    return UnlearningTask.of(
        original, data.markRetain(data.trained()).markForget(data.forget().where(i -> i % 2 == 0)));
  }

  private static Network made(
      UnlearningStrategy strategy, UnlearningTask task, long seed, List<AutoCloseable> open) {
    var result = strategy.unlearn(task.withSeed(seed));
    open.add(result);
    return result.network();
  }

  private static Network refusing(Network original, int forgotten) {
    Network copy = original.copy();
    List<WeightLayout.Tensor> tensors = copy.layout().trainable();
    try (Weights weights = copy.weights()) {
      float[] values = weights.toFloats();
      int bias = Math.toIntExact(tensors.get(tensors.size() - 1).offset());
      values[bias + forgotten] -= 1000;
      try (Weights changed =
          Weights.of(copy.layout(), values, weights.statistics().toFloatArray())) {
        copy.restore(changed);
      }
    }
    return copy;
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
