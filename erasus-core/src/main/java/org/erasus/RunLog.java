package org.erasus;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.erasus.engine.EngineRuntime;
import org.erasus.train.EpochRecord;

/** Takes down what a run costs while it goes on. */
public final class RunLog {
  private final String name;
  private final Recipe recipe;
  private final String device;
  private final Instant started = Instant.now();
  private final long startNanos = System.nanoTime();
  private final List<EpochRecord> epochs = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private Duration before = Duration.ZERO;
  private long forwardBackward;
  private long forward;

  private RunLog(String name, Recipe recipe, String device) {
    this.name = name;
    this.recipe = recipe;
    this.device = device;
  }

  /** Starts the clock. */
  public static RunLog start(UnlearningTask task, UnlearningStrategy strategy) {
    return new RunLog(
        strategy.displayName(), Recipe.of(task, strategy), task.network().device().toString());
  }

  /** How to do the run again. */
  public Recipe recipe() {
    return recipe;
  }

  /** Counts rows that went forward and backward. */
  public void forwardBackward(long rows) {
    forwardBackward += rows;
  }

  /** Counts rows that went forward only. */
  public void forward(long rows) {
    forward += rows;
  }

  /** Takes down an epoch. */
  public void epoch(EpochRecord epoch) {
    epochs.add(epoch);
  }

  /** The epochs so far. */
  public List<EpochRecord> epochs() {
    return List.copyOf(epochs);
  }

  /** Time so far, that before an interruption included. */
  public Duration wall() {
    return before.plusNanos(System.nanoTime() - startNanos);
  }

  /** Rows so far that went forward and backward. */
  public long rowsForwardBackward() {
    return forwardBackward;
  }

  /** Goes on from an interrupted run. */
  public void resume(Duration wall, long rows, List<EpochRecord> known) {
    before = wall;
    forwardBackward = rows;
    epochs.clear();
    epochs.addAll(known);
  }

  /** Takes over what a run that was part of this one cost, and its epochs. */
  public void include(RunRecord part) {
    forwardBackward += part.rowsForwardBackward();
    forward += part.rowsForward();
    epochs.addAll(part.epochs());
  }

  /** Takes down what was found or chosen, to stand in the record beside the reason of the end. */
  public void remark(String text) {
    remarks.add(text);
  }

  /** Stops the clock. */
  public RunRecord end(String why) {
    String reason = remarks.isEmpty() ? why : why + ": " + String.join("; ", remarks);
    return new RunRecord(
        name,
        recipe,
        EngineRuntime.info(),
        device,
        started,
        wall(),
        forwardBackward,
        forward,
        epochs,
        reason);
  }
}
