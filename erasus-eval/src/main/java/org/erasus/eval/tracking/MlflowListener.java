package org.erasus.eval.tracking;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.erasus.Json;
import org.erasus.RunRecord;
import org.erasus.io.AtomicFile;
import org.erasus.io.Unbroken;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;

/**
 * Writes a run into a folder that MLflow reads ({@code mlflow ui --backend-store-uri FOLDER}): curves while it goes on,
 * and settings, cost and the whole record at its end.
 *
 * <pre>{@code
 * try (MlflowListener run = new MlflowListener(Path.of("mlruns"), "erasure requests", "request 17")) {
 *   try (Unlearned unlearned = ErasusUnlearner.with("scrub")
 *       .withOptions(RunOptions.DEFAULTS.withListener(run)).unlearn(network, data)) {
 *     run.finish(unlearned.record());
 *   }
 * }                                                 // closed without a record: the run is marked as failed
 * }</pre>
 *
 * <p>The layout is that of MLflow's file store: {@code EXPERIMENT/RUN/metrics/NAME} with lines {@code time value step},
 * {@code params}, {@code tags} and {@code artifacts/run-record.json}. An experiment of the same name is added to. One
 * listener is one run.
 *
 * @see <a href="https://mlflow.org/docs/latest/tracking.html">MLflow tracking</a>
 */
public final class MlflowListener implements Listener, AutoCloseable {
  private static final Pattern ID = Pattern.compile("[0-9]{1,18}");
  private static final String NAME = "name: ";
  private static final int RUNNING = 1;
  private static final int FINISHED = 3;
  private static final int FAILED = 4;

  private final Path run;
  private final String experimentId;
  private final String name;
  private final Clock clock;
  private final long start;
  private boolean ended;

  /**
   * Begins a run.
   *
   * @param store MLflow's folder of all experiments, made when absent
   * @param experiment name of the experiment
   * @param name of the run
   * @throws IOException when it cannot be written
   */
  public MlflowListener(Path store, String experiment, String name) throws IOException {
    this(store, experiment, name, Clock.systemUTC());
  }

  MlflowListener(Path store, String experiment, String name, Clock clock) throws IOException {
    this.name = name;
    this.clock = clock;
    start = clock.millis();
    Files.createDirectories(store);
    experimentId = experiment(store, experiment);
    run = store.resolve(experimentId).resolve(UUID.randomUUID().toString().replace("-", ""));
    for (String part : new String[] {"metrics", "params", "tags", "artifacts"}) {
      Files.createDirectories(run.resolve(part));
    }
    write(run.resolve("tags").resolve("mlflow.runName"), name);
    meta(RUNNING);
  }

  /** The folder of the run. */
  public Path folder() {
    return run;
  }

  @Override
  public void stepped(long steps, double loss) {
    metric("loss", loss, steps);
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    Curves.of(epoch).forEach((what, value) -> metric(what, value, epoch.steps()));
  }

  /** Ends the run well, with its settings, cost and record. */
  public void finish(RunRecord record) throws IOException {
    param("name", record.name());
    param("seed", Long.toString(record.recipe().seed()));
    param("strategy", Json.write(record.recipe().strategy()).replaceAll("\\s+", " "));
    param("reason", record.reason());
    long steps = record.epochs().isEmpty() ? 0 : lastStep(record);
    metric("wall-seconds", record.wall().toMillis() / 1e3, steps);
    metric("rows-forward-backward", record.rowsForwardBackward(), steps);
    metric("rows-forward", record.rowsForward(), steps);
    write(run.resolve("artifacts").resolve("run-record.json"), Json.write(record) + "\n");
    meta(FINISHED);
    ended = true;
  }

  private static long lastStep(RunRecord record) {
    return record.epochs().get(record.epochs().size() - 1).steps();
  }

  /** Marks the run as failed, unless it has finished. */
  @Override
  public void close() throws IOException {
    if (!ended) {
      meta(FAILED);
      ended = true;
    }
  }

  private void param(String what, String value) throws IOException {
    write(run.resolve("params").resolve(what), value);
  }

  /** Replaces a file, also in a thread that was interrupted. */
  private static void write(Path file, String text) throws IOException {
    Unbroken.run(
        () -> {
          AtomicFile.writeString(file, text);
          return file;
        });
  }

  private void metric(String what, double value, long step) {
    String line = clock.millis() + " " + value + " " + step + "\n";
    try {
      Files.writeString(
          run.resolve("metrics").resolve(what),
          line,
          StandardCharsets.UTF_8,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void meta(int status) throws IOException {
    String end = status == RUNNING ? "null" : Long.toString(clock.millis());
    write(
        run.resolve("meta.yaml"),
        yaml(
            Map.entry("artifact_uri", quoted(run.resolve("artifacts").toUri().toString())),
            Map.entry("end_time", end),
            Map.entry("entry_point_name", "''"),
            Map.entry("experiment_id", "'" + experimentId + "'"),
            Map.entry("lifecycle_stage", "active"),
            Map.entry("run_id", run.getFileName().toString()),
            Map.entry("run_name", quoted(name)),
            Map.entry("run_uuid", run.getFileName().toString()),
            Map.entry("source_name", "''"),
            Map.entry("source_type", "4"),
            Map.entry("source_version", "''"),
            Map.entry("start_time", Long.toString(start)),
            Map.entry("status", Integer.toString(status)),
            Map.entry("tags", "[]"),
            Map.entry("user_id", "''")));
  }

  /** The id of the experiment of a name, which is begun when there is none. */
  private String experiment(Path store, String wanted) throws IOException {
    try (var folders = Files.newDirectoryStream(store, Files::isDirectory)) {
      for (Path folder : folders) {
        Path meta = folder.resolve("meta.yaml");
        if (ID.matcher(folder.getFileName().toString()).matches()
            && Files.exists(meta)
            && isNamed(meta, wanted)) {
          return folder.getFileName().toString();
        }
      }
    }
    long most = Long.MAX_VALUE >>> 4;
    String id =
        String.format(Locale.ROOT, "%018d", UUID.randomUUID().getMostSignificantBits() & most);
    Path folder = Files.createDirectories(store.resolve(id));
    write(
        folder.resolve("meta.yaml"),
        yaml(
            Map.entry("artifact_location", quoted(folder.toUri().toString())),
            Map.entry("creation_time", Long.toString(start)),
            Map.entry("experiment_id", "'" + id + "'"),
            Map.entry("last_update_time", Long.toString(start)),
            Map.entry("lifecycle_stage", "active"),
            Map.entry("name", quoted(wanted))));
    return id;
  }

  /** Whether a line says so, quoted as here or as MLflow does it. */
  private static boolean isNamed(Path meta, String wanted) throws IOException {
    for (String line : Files.readAllLines(meta)) {
      if (line.startsWith(NAME) && scalar(line.substring(NAME.length()).strip()).equals(wanted)) {
        return true;
      }
    }
    return false;
  }

  /** What a YAML string on one line says, whether plain or in quotes. */
  private static String scalar(String yaml) {
    if (yaml.startsWith("\"")) {
      try {
        return Json.read(yaml, String.class);
      } catch (IOException escapesOfYamlAlone) {
        return yaml;
      }
    }
    return yaml.length() > 1 && yaml.startsWith("'") && yaml.endsWith("'")
        ? yaml.substring(1, yaml.length() - 1).replace("''", "'")
        : yaml;
  }

  @SafeVarargs
  private static String yaml(Map.Entry<String, String>... entries) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> entry : entries) {
      text.append(entry.getKey()).append(": ").append(entry.getValue()).append('\n');
    }
    return text.toString();
  }

  /** A YAML string in double quotes, whose escapes are those of JSON. */
  private static String quoted(String text) {
    return Json.write(text);
  }
}
