package org.erasus.eval.experiments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.erasus.ErasusUnlearner;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.RunOptions;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.Protocol;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.metrics.Measure;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Checkpoints;
import org.erasus.train.Supervised;
import org.erasus.train.UnlearningTrainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs experiments one after the other, each run against a retrained reference of its own seed.
 *
 * <p>A result is appended to {@code results.jsonl} in the folder as soon as it is there, and a run whose result stands there
 * is skipped: kill the program at any time and start it again. What decides a result decides whether it is the one: data and
 * network as the laboratory gives them, not only their names, the settings of the experiment, threads, and the protocol. So other
 * data under an old name are run anew. Trainings are kept below {@code trained} and shared by experiments that differ in their
 * strategy only.
 *
 * <p>A run that fails, such as one whose network diverged, is written down in {@code failures.jsonl} and does not keep the others from
 * being run; what failed is told at the end. A program that is started again tries it again, after all runs that never failed. Two
 * programs may work on one folder without losing lines, but may do the same run twice.
 */
public final class ExperimentRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ExperimentRunner.class);
  private static final String CANDIDATE = "unlearned";

  private static final BenchmarkOptions OPTIONS =
      BenchmarkOptions.DEFAULTS.withPicturedRows(0).withoutRelearning();

  private final Laboratory laboratory;
  private final Path folder;

  /**
   * A runner.
   *
   * @param folder for results and trainings, made when absent
   */
  public ExperimentRunner(Laboratory laboratory, Path folder) {
    this.laboratory = laboratory;
    this.folder = folder;
  }

  /**
   * One run.
   *
   * @param training fingerprint of how the original is trained
   * @param settings fingerprint of all that decides the result
   */
  private record Run(Experiment experiment, long seed, String training, String settings) {
    boolean isOf(FailedRun failure) {
      return failure.settings().equals(settings) && failure.seed() == seed;
    }

    Optional<ExperimentResult> among(List<ExperimentResult> results) {
      return results.stream()
          .filter(r -> r.settings().equals(settings) && r.seed() == seed)
          .findFirst()
          .map(
              r ->
                  new ExperimentResult(
                      experiment.name(), settings, seed, r.verdict(), r.metrics(), r.finished()));
    }
  }

  /**
   * Runs what has not been run, after opening the data and making the networks of all runs once, to see what there is to do.
   *
   * @return the results of these experiments, run now or before, in their order
   * @throws FailedRunsException after all runs, when some failed, with the results of the others
   * @throws CancelledRunException when the thread is interrupted; what had finished stands in the file
   * @throws IOException when data cannot be read or results not be written
   */
  public List<ExperimentResult> run(List<Experiment> experiments) throws IOException {
    Files.createDirectories(folder);
    LineFile<ExperimentResult> done =
        new LineFile<>(folder.resolve("results.jsonl"), ExperimentResult.class);
    LineFile<FailedRun> failed = new LineFile<>(folder.resolve("failures.jsonl"), FailedRun.class);
    List<Run> runs = runs(experiments);
    List<FailedRun> before = failed.read();
    List<Run> order = new ArrayList<>(runs);
    order.sort(Comparator.comparing(run -> before.stream().anyMatch(run::isOf)));
    List<FailedRun> failures = new ArrayList<>();
    List<RuntimeException> causes = new ArrayList<>();
    for (Run run : order) {
      if (run.among(done.read()).isEmpty()) {
        if (Thread.currentThread().isInterrupted()) {
          throw new CancelledRunException("experiments", order.indexOf(run), order.size());
        }
        try {
          ExperimentResult result = result(run);
          done.append(result);
          LOG.info("{}, seed {}: {}", result.experiment(), run.seed, result.verdict());
        } catch (CancelledRunException e) {
          throw e;
        } catch (RuntimeException e) {
          String name = run.experiment.name();
          LOG.warn("{}, seed {} failed", name, run.seed, e);
          FailedRun failure =
              new FailedRun(
                  name,
                  run.settings,
                  run.seed,
                  Objects.requireNonNullElse(e.getMessage(), e.toString()),
                  Instant.now());
          failed.append(failure);
          failures.add(failure);
          causes.add(e);
        }
      }
    }
    List<ExperimentResult> known = done.read();
    List<ExperimentResult> results =
        runs.stream().flatMap(run -> run.among(known).stream()).toList();
    if (!failures.isEmpty()) {
      throw new FailedRunsException(failures, causes, results, folder);
    }
    return results;
  }

  /**
   * Training is told by its recipe, which knows data and network; each is opened once, however many experiments share it.
   *
   * @throws IllegalArgumentException for a strategy or a selector that nothing tells from others
   */
  private List<Run> runs(List<Experiment> experiments) throws IOException {
    Map<List<Object>, String> trainings = new HashMap<>();
    List<Run> runs = new ArrayList<>();
    for (Experiment e : experiments) {
      for (int run = 0; run < e.runs(); run++) {
        long seed = e.seed() + run;
        List<Object> shared = List.of(e.data(), e.network(), e.training(), seed);
        String training = trainings.get(shared);
        if (training == null) {
          training = training(e, seed);
          trainings.put(shared, training);
        }
        runs.add(new Run(e, seed, training, settings(e, training)));
      }
    }
    return runs;
  }

  private String training(Experiment experiment, long seed) throws IOException {
    try (UnlearningDataset all = laboratory.data(experiment.data(), seed);
        Network original = laboratory.network(experiment.network(), all, seed)) {
      UnlearningTask task = UnlearningTask.of(original, all).withSeed(seed);
      return digest(Recipe.of(task, new Supervised(experiment.training())).identity());
    }
  }

  /** Of all that decides a result, so that a renamed experiment or more runs of it find what is there. */
  private static String settings(Experiment e, String training) throws IOException {
    List<String> protocols =
        Stream.of(Protocol.GENERAL, Protocol.CLASS, Protocol.RANDOM_ROWS)
            .map(p -> p.name() + "/" + p.version())
            .toList();
    return digest(
        training,
        forgotten(e.forget()),
        Recipe.identity(e.strategy()),
        e.selector().map(Recipe::identity).orElse(""),
        e.selector().isPresent() ? Double.toString(e.share()) : "",
        String.join(" ", protocols),
        String.join(" ", e.metrics()),
        Json.write(OPTIONS));
  }

  /** The same, with the further metrics of the experiment. */
  private static UnlearningBenchmark with(List<String> further, UnlearningBenchmark benchmark) {
    Protocol protocol = benchmark.inForce();
    List<String> metrics = new ArrayList<>(protocol.metrics());
    further.stream().filter(m -> !metrics.contains(m)).forEach(metrics::add);
    return further.isEmpty()
        ? benchmark
        : benchmark.withProtocol(
            protocol.withMetrics(protocol.name() + " with " + String.join(", ", further), metrics));
  }

  private ExperimentResult result(Run run) throws IOException {
    Experiment experiment = run.experiment;
    long seed = run.seed;
    try (UnlearningDataset all = laboratory.data(experiment.data(), seed);
        Network original = laboratory.network(experiment.network(), all, seed)) {
      UnlearningDataset data = experiment.forget().mark(all, seed);
      UnlearningTask.of(original, data).require(experiment.strategy()); // not after the training
      new Supervised(experiment.training())
          .train(original, all, seed, kept(run.training, "original", seed));
      String without = digest(run.training, forgotten(experiment.forget()));
      try (Unlearned retrained = retrained(experiment, original, data, seed, without);
          Unlearned unlearned = unlearner(experiment, seed).unlearn(original, data)) {
        BenchmarkReport report =
            with(
                    experiment.metrics(),
                    UnlearningBenchmark.of(data, original)
                        .withReference("retrained", retrained)
                        .withCandidate(CANDIDATE, unlearned)
                        .withOptions(OPTIONS.withSeed(seed)))
                .run();
        return new ExperimentResult(
            experiment.name(),
            run.settings,
            seed,
            report.verdict(CANDIDATE).outcome(),
            metrics(report),
            Instant.now());
      }
    }
  }

  /** Trained as the original was, on the retain rows alone, from weights that no other run has. */
  private Unlearned retrained(
      Experiment experiment, Network original, UnlearningDataset data, long seed, String key) {
    long own = new Seeds(seed).of("retrained");
    Network fresh = original.fresh(own);
    try {
      UnlearningTask task =
          UnlearningTask.of(original, data).withSeed(own).withOptions(kept(key, "retrained", seed));
      Supervised training = new Supervised(experiment.training());
      return new Unlearned(fresh, new UnlearningTrainer(task, training).fit(fresh));
    } catch (RuntimeException | Error e) {
      fresh.close();
      throw e;
    }
  }

  private static ErasusUnlearner unlearner(Experiment experiment, long seed) {
    ErasusUnlearner unlearner = ErasusUnlearner.with(experiment.strategy()).withSeed(seed);
    return experiment.selector().isPresent()
        ? unlearner.selecting(experiment.selector().get(), experiment.share())
        : unlearner;
  }

  private RunOptions kept(String key, String what, long seed) {
    return RunOptions.DEFAULTS.withCheckpoints(
        Checkpoints.in(folder.resolve("trained").resolve(key + "-" + what + "-" + seed)));
  }

  private static Map<String, Double> metrics(BenchmarkReport report) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    report
        .network(CANDIDATE)
        .metrics()
        .forEach(
            (name, measure) -> {
              if (measure instanceof Measure.Estimated estimated) {
                numbers.put(name, estimated.interval().estimate());
              } else if (measure instanceof Measure.Single single) {
                numbers.put(name, single.number());
              }
            });
    report
        .network(CANDIDATE)
        .attacks()
        .forEach(attack -> numbers.put("auc-" + attack.attack(), attack.auc().estimate()));
    return numbers;
  }

  /** The request, with what stands in its file. */
  private static String forgotten(Forget forget) throws IOException {
    return forget.file().isPresent() ? Files.readString(forget.file().get()) : Json.write(forget);
  }

  private static String digest(String... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest()).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
