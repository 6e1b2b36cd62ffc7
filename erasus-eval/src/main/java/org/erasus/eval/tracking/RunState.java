package org.erasus.eval.tracking;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.erasus.Json;
import org.erasus.RunRecord;
import org.erasus.train.EpochRecord;

/**
 * How far a run is, or how it ended: what a {@link RunRecordListener} writes.
 *
 * @param schema of the JSON
 * @param status of the run
 * @param process id of the process: a run that is said to be running, but whose process is gone, was killed
 * @param started when the listener was made
 * @param updated when this was written
 * @param doing what was last begun, done or said to have ended
 * @param steps taken so far by what runs
 * @param allSteps of what runs, if it is not ended early; 0 where there are no steps
 * @param loss of the last step, when finite
 * @param epochs since the listener was made
 * @param record of the whole run, once it has finished
 */
public record RunState(
    String schema,
    Status status,
    long process,
    Instant started,
    Instant updated,
    String doing,
    long steps,
    long allSteps,
    Optional<Double> loss,
    List<EpochRecord> epochs,
    Optional<RunRecord> record) {
  /** The schema this version writes; its number rises with changes from the first release on. */
  public static final String SCHEMA = "erasus-run/1";

  /** Where a run is. */
  public enum Status {
    /** It goes on, or its process was killed. */
    RUNNING,
    /** It ended, and there is a record of it. */
    FINISHED,
    /** It was left without a record: cancelled or failed. */
    INTERRUPTED
  }

  /** Copies the list. */
  public RunState {
    epochs = List.copyOf(epochs);
  }

  /**
   * Reads a file.
   *
   * @throws IOException when it is none of a run, or the strategy of its record is in no catalogue
   */
  public static RunState load(Path file) throws IOException {
    return Json.load(file, RunState.class);
  }
}
