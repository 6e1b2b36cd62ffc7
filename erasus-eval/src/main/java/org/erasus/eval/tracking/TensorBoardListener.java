package org.erasus.eval.tracking;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Locale;
import java.util.UUID;
import org.erasus.Check;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;

/**
 * Writes the curves of runs for TensorBoard: the loss of every few steps and what each epoch's record holds.
 *
 * <pre>{@code
 * try (TensorBoardListener curves = new TensorBoardListener(Path.of("runs/scrub"))) {
 *   ErasusUnlearner.with("scrub").withOptions(RunOptions.DEFAULTS.withListener(curves)).unlearn(network, data);
 * }                                                        // tensorboard --logdir runs
 * }</pre>
 *
 * <p>Every listener begins an event file of its own in the folder, so that a run that goes on after an interruption adds to
 * the same curves. Tags are {@code step/loss}, {@code epoch/forget-loss}, {@code epoch/retain-loss},
 * {@code epoch/learning-rate}, {@code epoch/gradient-norm}, {@code epoch/gradient-cosine} and {@code epoch/} with the name
 * of each watched number. Not for several runs at the same time.
 */
public final class TensorBoardListener implements Listener, AutoCloseable {
  private final EventFile events;
  private final Clock clock;
  private final int everySteps;

  /**
   * Begins an event file.
   *
   * @param folder of the run, made when absent
   * @throws IOException when it cannot be written
   */
  public TensorBoardListener(Path folder) throws IOException {
    this(folder, 1);
  }

  /**
   * Begins an event file.
   *
   * @param folder of the run, made when absent
   * @param everySteps losses of the steps between are left out, 1 or more
   * @throws IOException when it cannot be written
   */
  public TensorBoardListener(Path folder, int everySteps) throws IOException {
    this(folder, everySteps, Clock.systemUTC());
  }

  TensorBoardListener(Path folder, int everySteps, Clock clock) throws IOException {
    this.everySteps = Check.atLeast(1, everySteps, "everySteps");
    this.clock = clock;
    String name =
        String.format(
            Locale.ROOT,
            "events.out.tfevents.%010d.erasus.%s",
            clock.millis() / 1000,
            UUID.randomUUID());
    events = new EventFile(folder.resolve(name), now());
  }

  @Override
  public void stepped(long steps, double loss) {
    if (steps % everySteps == 0) {
      scalar(steps, "step/loss", loss);
    }
  }

  @Override
  public void epochEnded(EpochRecord epoch) {
    Curves.of(epoch).forEach((name, value) -> scalar(epoch.steps(), "epoch/" + name, value));
  }

  private void scalar(long step, String tag, double value) {
    try {
      events.scalar(now(), step, tag, (float) value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double now() {
    return clock.millis() / 1000.0;
  }

  @Override
  public void close() throws IOException {
    events.close();
  }
}
