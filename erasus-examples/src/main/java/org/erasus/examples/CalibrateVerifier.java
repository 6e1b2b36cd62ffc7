package org.erasus.examples;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.erasus.Check;
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
  private static final List<Integer> REFERENCES = List.of(3, 1, 0);
  private static final Training ASCENT = Training.DEFAULTS.withLearningRate(0.05).withClipNorm(1);
  private static final String BEGIN = "<!-- counted -->\n";
  private static final String END = "<!-- /counted -->\n";

  /** What is to be forgotten. */
  enum Asked {
    MISLABELLED("A tenth of the rows, three in ten of them mislabelled"),
    ROWS("A tenth of the rows"),
    CLASS("A class");

    private final String words;

    Asked(String words) {
      this.words = words;
    }

    private Protocol protocol() {
      return this == CLASS ? Protocol.CLASS : Protocol.RANDOM_ROWS;
    }

    private UnlearningDataset of(TrainTest digits, int forgotten, long seed) {
      return switch (this) {
        case MISLABELLED -> Request.mislabelled(digits, 0.1, 0.3, seed);
        case ROWS -> Request.ofRows(digits, 0.1, seed);
        case CLASS -> Request.ofClass(digits, forgotten, seed);
      };
    }
  }

  @Option(names = "--runs", defaultValue = "20", description = "of each protocol, one seed each")
  private int runs;

  @Option(
      names = "--first-seed",
      defaultValue = "1",
      description = "of the runs, one after another")
  private int firstSeed;

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
    Program.run(new CalibrateVerifier(), args);
  }

  @Override
  public Integer call() throws IOException {
    Check.atLeast(1, runs, "--runs");
    Check.atLeast(10, rows, "--rows");
    Check.atLeast(10, unseen, "--unseen");
    Check.atLeast(1, epochs, "--epochs");
    if (out.isPresent()) {
      Program.requireFolder(out.get().toAbsolutePath().resolveSibling(""));
      Around.of(out.get());
    }
    // few rows first: whether they are too few to run at all shows in minutes, not after everything
    String few = sections(rows / 10, unseen / 10);
    String page =
        introduction()
            + sections(rows, unseen)
            + "\n## Too few rows\n\nThe same with a tenth of the rows:\n"
            + few;
    System.out.print(page);
    if (out.isPresent()) {
      write(out.get(), page);
    }
    return 0;
  }

  /**
   * What stands around a count in a page.
   *
   * @param before up to and with the first mark
   * @param after from the second mark on
   */
  private record Around(String before, String after) {
    static Around of(Path page) throws IOException {
      String all = Files.exists(page) ? Files.readString(page) : BEGIN + END;
      int begin = all.indexOf(BEGIN);
      int end = all.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new IOException(
            page + " must hold the lines " + BEGIN.strip() + " and " + END.strip());
      }
      return new Around(all.substring(0, begin + BEGIN.length()), all.substring(end));
    }
  }

  /** What stands around an earlier count is left alone. */
  static void write(Path page, String counted) throws IOException {
    Around around = Around.of(page);
    AtomicFile.writeString(page, around.before + counted + around.after);
  }

  private String sections(int trainRows, int unseenRows) throws IOException {
    StringBuilder all = new StringBuilder();
    for (Asked asked : Asked.values()) {
      String section = section(asked, trainRows, unseenRows);
      System.out.println(section);
      all.append(section);
    }
    return all.toString();
  }

  private String introduction() {
    EngineRuntime.EngineInfo engine = EngineRuntime.info();
    return String.format(
        Locale.ROOT,
        """
        Written by `CalibrateVerifier --runs %d --first-seed %d --rows %d --unseen %d --epochs %d`: a perceptron (784-256-10) on drawn digits, other weights, orders and requests in every run. The same
        networks are judged with three retrained references, with one, and with unseen rows in their place. Cells are numbers of
        FAIL / INCONCLUSIVE / PASS, and the share of FAIL with its 95 %% interval (Clopper and Pearson). %d processors, Java %s,
        libtorch %s.

        - *retrained*: trained without the rows from other weights. A verdict FAIL would be wrong.
        - *original*, *random weights*: the controls of every report.
        - *new last layer*: a fresh last layer trained on the rows to keep; the features are those of the original.
        - *half of the rows*: trained without one half of the rows, with the other.
        - *refuses at the output*: the original, the forgotten class's bias lowered until it is never the answer.
        - *over-forgotten*: gradient ascent on the forget rows for ten epochs, whatever else is lost; *a little*: for three.
        """,
        runs,
        firstSeed,
        rows,
        unseen,
        epochs,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version().feature(),
        engine.torch());
  }

  private String section(Asked asked, int trainRows, int unseenRows) throws IOException {
    List<Counts> counts = count(asked, trainRows, unseenRows, epochs, firstSeed, runs, REFERENCES);
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%n### %s, %d rows to train on, %d unseen: protocol `%s`%n%n| network |",
                asked.words,
                trainRows,
                unseenRows,
                asked.protocol().name()));
    StringBuilder open = new StringBuilder();
    Map<String, StringBuilder> lines = new LinkedHashMap<>();
    for (Counts found : counts) {
      text.append(' ').append(against(found.references)).append(" |");
      found.verdicts.forEach(
          (name, outcomes) ->
              lines
                  .computeIfAbsent(name, n -> new StringBuilder("| " + n + " |"))
                  .append(cell(outcomes)));
      found.rowsToDecide.ifPresent(
          most ->
              open.append(
                  String.format(
                      Locale.ROOT,
                      "%nForget rows that the open verdicts on *retrained* ask for, %s: up to %d.%n",
                      against(found.references),
                      most)));
    }
    text.append("\n|---|").append("---|".repeat(counts.size())).append('\n');
    lines.values().forEach(line -> text.append(line).append('\n'));
    return text.append(open).toString();
  }

  private static String against(int references) {
    return switch (references) {
      case 0 -> "unseen rows only";
      case 1 -> "1 reference";
      default -> references + " references";
    };
  }

  private static String cell(Map<Outcome, Integer> found) {
    long n = found.values().stream().mapToInt(Integer::intValue).sum();
    int rejected = found.getOrDefault(Outcome.FAIL, 0);
    Interval interval = Proportions.clopperPearson(rejected, n, LEVEL);
    return String.format(
        Locale.ROOT,
        " %d / %d / %d, %.2f (%.2f–%.2f) |",
        rejected,
        found.getOrDefault(Outcome.INCONCLUSIVE, 0),
        found.getOrDefault(Outcome.PASS, 0),
        (double) rejected / n,
        interval.low(),
        interval.high());
  }

  /**
   * Verdicts by network.
   *
   * @param references they rest on
   * @param verdicts how often each
   * @param rowsToDecide the most rows that an open verdict on a retrained network asks for
   */
  record Counts(
      int references, Map<String, Map<Outcome, Integer>> verdicts, OptionalLong rowsToDecide) {
    static Counts of(int references, List<BenchmarkReport> reports) {
      Map<String, Map<Outcome, Integer>> verdicts = new LinkedHashMap<>();
      OptionalLong most = OptionalLong.empty();
      for (BenchmarkReport report : reports) {
        for (var network : report.networks()) {
          boolean counted =
              network.verdict().isPresent() && !network.name().startsWith("reference");
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
      return new Counts(references, verdicts, most);
    }
  }

  /** Verdicts on the same networks, for each number of references. */
  static List<Counts> count(
      Asked asked,
      int trainRows,
      int unseenRows,
      int epochs,
      int firstSeed,
      int runs,
      List<Integer> references) {
    TrainTest digits =
        new TrainTest(DrawnDigits.DEFAULTS.train(trainRows), DrawnDigits.DEFAULTS.test(unseenRows));
    Training recipe =
        Training.DEFAULTS.withMaxEpochs(epochs).withLearningRate(new LearningRate.Cosine(0.1, 0));
    Map<Integer, List<BenchmarkReport>> reports = new LinkedHashMap<>();
    for (int run = 0; run < runs; run++) {
      judge(asked, digits, recipe, firstSeed + run, references)
          .forEach((n, report) -> reports.computeIfAbsent(n, x -> new ArrayList<>()).add(report));
    }
    List<Counts> counts = new ArrayList<>();
    reports.forEach((n, all) -> counts.add(Counts.of(n, all)));
    return counts;
  }

  private static OptionalLong larger(OptionalLong most, Verdict verdict) {
    long known = most.orElse(0);
    long needed =
        verdict.gates().stream()
            .filter(gate -> gate.rowsOf().startsWith("forget rows"))
            .map(GateResult::rowsToDecide)
            .flatMap(Optional::stream)
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
    return Math.max(known, needed) == 0 ? most : OptionalLong.of(Math.max(known, needed));
  }

  /** The same networks, judged with each number of references. */
  private static Map<Integer, BenchmarkReport> judge(
      Asked asked, TrainTest digits, Training recipe, int run, List<Integer> references) {
    long seed = 1000L * run;
    int forgotten = run % digits.train().classes();
    List<AutoCloseable> open = new ArrayList<>();
    try (UnlearningDataset data = asked.of(digits, forgotten, seed);
        Network original = Network.of(Mlp.DEFAULTS.block(data.classes()), data.rowShape(), seed)) {
      new Supervised(recipe).train(original, data.markRetain(data.trained()), seed);
      UnlearningTask task = UnlearningTask.of(original, data);
      Map<String, Network> candidates = new LinkedHashMap<>();
      candidates.put(RETRAINED, made(new Retrain(recipe), task, seed + 20, open));
      candidates.put("new last layer", made(new EuK(1, lastLayer(recipe)), task, seed + 30, open));
      candidates.put(
          "half of the rows", made(new Retrain(recipe), half(original, data), seed + 40, open));
      candidates.put("over-forgotten", made(ascent(10), task, seed + 50, open));
      candidates.put("a little over-forgotten", made(ascent(3), task, seed + 50, open));
      if (asked == Asked.CLASS) {
        Network refusing = refusing(original, forgotten);
        open.add(refusing);
        candidates.put("refuses at the output", refusing);
      }
      List<Network> retrained = new ArrayList<>();
      for (int i = 0; i < Collections.max(references); i++) {
        retrained.add(made(new Retrain(recipe), task, seed + 10 + i, open));
      }
      Map<Integer, BenchmarkReport> reports = new LinkedHashMap<>();
      for (int n : references) {
        UnlearningBenchmark benchmark =
            UnlearningBenchmark.of(data, original)
                .withProtocol(asked.protocol())
                .withOptions(
                    BenchmarkOptions.DEFAULTS
                        .withSeed(seed)
                        .withReplicates(100)
                        .withIncompetentDraws(1)
                        .withPicturedRows(0)
                        .withoutRelearning());
        for (int i = 0; i < n; i++) {
          benchmark = benchmark.withReference("reference " + (i + 1), retrained.get(i));
        }
        for (var candidate : candidates.entrySet()) {
          benchmark = benchmark.withCandidate(candidate.getKey(), candidate.getValue());
        }
        reports.put(n, benchmark.run());
      }
      return reports;
    } finally {
      open.forEach(CalibrateVerifier::close);
    }
  }

  private static Ascent ascent(int epochs) {
    return new Ascent(ASCENT.withMaxEpochs(epochs));
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
