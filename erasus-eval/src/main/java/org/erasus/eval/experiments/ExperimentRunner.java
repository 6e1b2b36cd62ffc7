package org.erasus.eval.experiments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.erasus.ErasusUnlearner;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.BenchmarkOptions;
import org.erasus.eval.BenchmarkReport;
import org.erasus.eval.UnlearningBenchmark;
import org.erasus.eval.metrics.Measure;
import org.erasus.train.Checkpoints;
import org.erasus.train.Supervised;
import org.erasus.train.UnlearningTrainer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs experiments one after the other, each run against a retrained reference of its own seed.
 *
 * <p>A result is appended to {@code results.jsonl} in the folder as soon as it is there, and a run whose result stands there
 * is skipped: kill the program at any time and start it again. Trainings are kept below {@code trained} and shared by
 * experiments that differ in their strategy only.
 */
public final class ExperimentRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ExperimentRunner.class);
  private static final String CANDIDATE = "unlearned";

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
   * Runs what has not been run.
   *
   * @return the results of these experiments, run now or before, in their order
   * @throws IOException when data cannot be read or results not be written
   */
  public List<ExperimentResult> run(List<Experiment> experiments) throws IOException {
    Files.createDirectories(folder);
    ResultFile file = new ResultFile(folder.resolve("results.jsonl"));
    List<ExperimentResult> results = new ArrayList<>();
    for (Experiment experiment : experiments) {
      String settings = fingerprint(experiment);
      for (int run = 0; run < experiment.runs(); run++) {
        long seed = experiment.seed() + run;
        ExperimentResult known = find(file.read(), experiment.name(), settings, seed);
        if (known == null) {
          known = run(experiment, settings, seed);
          file.append(known);
          LOG.info("{}, seed {}: {}", experiment.name(), seed, known.verdict());
        }
        results.add(known);
      }
    }
    return results;
  }

  private static @Nullable ExperimentResult find(
      List<ExperimentResult> results, String name, String settings, long seed) {
    return results.stream()
        .filter(r -> r.settings().equals(settings) && r.seed() == seed)
        .findFirst()
        .map(
            r -> new ExperimentResult(name, settings, seed, r.verdict(), r.metrics(), r.finished()))
        .orElse(null);
  }

  private ExperimentResult run(Experiment experiment, String settings, long seed)
      throws IOException {
    try (UnlearningDataset all = laboratory.data(experiment.data(), seed);
        Network original = laboratory.network(experiment.network(), all, seed)) {
      String trained =
          digest(experiment.data(), experiment.network(), Json.write(experiment.training()));
      new Supervised(experiment.training())
          .train(original, all, seed, kept(trained, "original", seed));
      UnlearningDataset data = experiment.forget().mark(all, seed);
      String without = digest(trained, forgotten(experiment.forget()));
      try (Network retrained = retrained(experiment, original, data, seed, without);
          Unlearned unlearned = unlearner(experiment, seed).unlearn(original, data)) {
        BenchmarkReport report =
            UnlearningBenchmark.of(data, original)
                .withReference("retrained", retrained)
                .withCandidate(CANDIDATE, unlearned)
                .withOptions(
                    BenchmarkOptions.DEFAULTS
                        .withSeed(seed)
                        .withPicturedRows(0)
                        .withoutRelearning())
                .run();
        return new ExperimentResult(
            experiment.name(),
            settings,
            seed,
            report.verdict(CANDIDATE).outcome(),
            metrics(report),
            Instant.now());
      }
    }
  }

  /** Trained as the original was, on the retain rows alone, from weights that no other run has. */
  private Network retrained(
      Experiment experiment, Network original, UnlearningDataset data, long seed, String key) {
    long own = new Seeds(seed).of("retrained");
    Network fresh = original.fresh(own);
    try {
      UnlearningTask task =
          UnlearningTask.of(original, data).withSeed(own).withOptions(kept(key, "retrained", seed));
      new UnlearningTrainer(task, new Supervised(experiment.training())).fit(fresh);
      return fresh;
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

  /** Of all that decides a result, so that a renamed experiment or more runs of it find what is there. */
  private static String fingerprint(Experiment e) throws IOException {
    return digest(
        e.data(),
        e.network(),
        Json.write(e.training()),
        forgotten(e.forget()),
        Json.write(e.strategy()),
        e.selector().map(Json::write).orElse(""),
        e.selector().isPresent() ? Double.toString(e.share()) : "");
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
