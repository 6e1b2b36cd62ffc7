package org.erasus;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.erasus.engine.EngineRuntime;
import org.erasus.train.EpochRecord;

/** Takes down what a run costs while it goes on. */
public final class RunLog implements Effort {
  private final String name;
  private final Recipe recipe;
  private final Instant started = Instant.now();
  private final long startNanos = System.nanoTime();
  private final List<EpochRecord> epochs = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final Set<String> once = new TreeSet<>();
  private Duration before = Duration.ZERO;
  private long forwardBackward;
  private long forward;

  private RunLog(String name, Recipe recipe) {
    this.name = name;
    this.recipe = recipe;
  }

  /**
   * Starts the clock.
   *
   * @throws IllegalArgumentException when checkpoints are wanted of a strategy that its recipe cannot tell from others, be it in
   *     the last of several stages
   */
  public static RunLog start(UnlearningTask task, UnlearningStrategy strategy) {
    Recipe recipe = Recipe.of(task, strategy);
    if (task.options().checkpoints().isPresent()) {
      recipe.identity(); // what cannot be told shows now, not when its stage is reached
    }
    return new RunLog(strategy.displayName(), recipe);
  }

  /** How to do the run again. */
  public Recipe recipe() {
    return recipe;
  }

  @Override
  public void forwardBackward(long rows) {
    forwardBackward += rows;
  }

  /** Counts rows that went forward only. */
  public void forward(long rows) {
    forward += rows;
  }

  /**
   * Counts rows that go forward only, once a run, for something that is kept. A run that goes on after an interruption must
   * compute it again, but costs no more for that.
   */
  public void forwardOnce(String what, long rows) {
    if (once.add(what)) {
      forward += rows;
    }
  }

  /** Takes down an epoch. */
  public void epoch(EpochRecord epoch) {
    epochs.add(epoch);
  }

  /**
   * What a run has cost so far, to be kept with its state.
   *
   * @param wall time, that before an interruption included
   * @param rowsForwardBackward rows that went forward and backward
   * @param rowsForward rows that went forward only
   * @param once what is counted already and not to be counted again
   * @param epochs the curves
   */
  public record SoFar(
      Duration wall,
      long rowsForwardBackward,
      long rowsForward,
      List<String> once,
      List<EpochRecord> epochs) {
    /** Copies the lists. */
    public SoFar {
      once = List.copyOf(once);
      epochs = List.copyOf(epochs);
    }
  }

  /** What the run has cost so far. */
  public SoFar soFar() {
    return new SoFar(wall(), forwardBackward, forward, List.copyOf(once), epochs);
  }

  /** Goes on from an interrupted run. */
  public void resume(SoFar known) {
    before = known.wall;
    forwardBackward = known.rowsForwardBackward;
    forward = known.rowsForward;
    once.clear();
    once.addAll(known.once);
    epochs.clear();
    epochs.addAll(known.epochs);
  }

  private Duration wall() {
    return before.plusNanos(System.nanoTime() - startNanos);
  }

  /** Takes over what a run that was part of this one cost, and its epochs. */
  public void include(RunRecord part) {
    forwardBackward += part.rowsForwardBackward();
    forward += part.rowsForward();
    epochs.addAll(part.epochs());
  }

  /** Takes down what was found or chosen, to stand in the record beside the reason of the end. */
  @Override
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
        recipe.device(),
        started,
        wall(),
        forwardBackward,
        forward,
        epochs,
        reason);
  }
}
