package org.erasus.eval.tracking;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.Json;
import org.erasus.RunRecord;
import org.erasus.eval.tracking.RunState.Status;
import org.erasus.io.Unbroken;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a file {@code run.json} of a run: how far it is while it goes on, and its whole record when it has finished.
 *
 * <pre>{@code
 * try (RunRecordListener run = new RunRecordListener(Path.of("runs/request-17"))) {
 *   try (Unlearned unlearned = ErasusUnlearner.with("scrub")
 *       .withOptions(RunOptions.DEFAULTS.withListener(run)).unlearn(network, data)) {
 *     run.finish(unlearned.record());
 *   }
 * }                                                 // closed without a record: the file says that it was interrupted
 * }</pre>
 *
 * <p>The file is replaced as a whole, so it is a valid {@link RunState} at every instant, whatever happens to the process; it is
 * written at the beginning, after each epoch, when the run or a part of it begins or ends, and every ten seconds between. One
 * listener is one run. A run that goes on after an interruption begins the file again: the record at its end holds all
 * epochs.
 */
public final class RunRecordListener implements Listener, AutoCloseable {
  /** The name of the file. */
  public static final String FILE = "run.json";

  private static final Duration EVERY = Duration.ofSeconds(10);

  private final Path file;
  private final Clock clock;
  private final Instant started;
  private final List<EpochRecord> epochs = new ArrayList<>();
  private Instant written;
  private String doing = "starting";
  private long steps;
  private long allSteps;
  private Optional<Double> loss = Optional.empty();
  private Optional<RunRecord> record = Optional.empty();
  private boolean closed;

  /** All that must be known of an older file, whatever ran. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Known(@Nullable String schema, @Nullable Status status) {}

  /**
   * Begins the file.
   *
   * @param folder of the run, made when absent
   * @throws IOException when it cannot be written, or holds the file of a run that has finished
   */
  public RunRecordListener(Path folder) throws IOException {
    this(folder, Clock.systemUTC());
  }

  RunRecordListener(Path folder, Clock clock) throws IOException {
    this.clock = clock;
    file = Files.createDirectories(folder).resolve(FILE);
    if (Files.exists(file)) {
      Known known = Json.load(file, Known.class);
      if (!RunState.SCHEMA.equals(known.schema())) {
        throw new IOException(
            file + " is not that of a run of Erasus: name another folder, or move it away");
      }
      if (known.status() == Status.FINISHED) {
        throw new IOException(
            file + " is that of a run that has finished: name another folder, or move it away");
      }
    }
    started = clock.instant();
    written = started;
    save(Status.RUNNING);
  }

  @Override
  public void started(String name, long all, long done) {
    doing = name;
    steps = done;
    allSteps = all;
    told();
  }

  @Override
  public void stepped(long taken, double value) {
    steps = taken;
    loss = Double.isFinite(value) ? Optional.of(value) : Optional.empty();
    toldOften();
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    epochs.add(epoch);
    told();
  }

  @Override
  public void progressed(String what, long done, long total) {
    doing = what + ", " + done + " of " + total;
    toldOften();
  }

  @Override
  public void ended(String reason) {
    doing = reason;
    told();
  }

  /** Ends the run well, with its record. */
  public void finish(RunRecord whole) throws IOException {
    record = Optional.of(whole);
    doing = whole.reason();
    save(Status.FINISHED);
    closed = true;
  }

  /** Says that the run was interrupted, unless it has finished. */
  @Override
  public void close() throws IOException {
    if (!closed) {
      save(Status.INTERRUPTED);
      closed = true;
    }
  }

  private void toldOften() {
    if (!clock.instant().isBefore(written.plus(EVERY))) {
      told();
    }
  }

  private void told() {
    if (closed) {
      throw new IllegalStateException(file + " is closed: one listener is one run");
    }
    try {
      save(Status.RUNNING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes the file, also in a thread that was interrupted. */
  private void save(Status status) throws IOException {
    written = clock.instant();
    RunState state =
        new RunState(
            RunState.SCHEMA,
            status,
            ProcessHandle.current().pid(),
            started,
            written,
            doing,
            steps,
            allSteps,
            loss,
            epochs,
            record);
    Unbroken.run(
        () -> {
          Json.save(file, state);
          return file;
        });
  }
}
