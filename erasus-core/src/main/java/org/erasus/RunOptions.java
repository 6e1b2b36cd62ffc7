package org.erasus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.train.Checkpoints;
import org.erasus.train.HistoryFolder;
import org.erasus.train.Listener;

/**
 * What accompanies a run without changing its result.
 *
 * @param listeners told how it goes
 * @param checkpoints where its state is left
 * @param history where what became of each row is left
 */
public record RunOptions(
    List<Listener> listeners, Optional<Checkpoints> checkpoints, Optional<HistoryFolder> history) {
  /** Nobody listens, nothing is left. */
  public static final RunOptions DEFAULTS =
      new RunOptions(List.of(), Optional.empty(), Optional.empty());

  /** Copies the list. */
  public RunOptions {
    listeners = List.copyOf(listeners);
  }

  /** These options with one more listener. */
  public RunOptions withListener(Listener listener) {
    List<Listener> more = new ArrayList<>(listeners);
    more.add(listener);
    return new RunOptions(more, checkpoints, history);
  }

  /** These options with checkpoints. */
  public RunOptions withCheckpoints(Checkpoints where) {
    return new RunOptions(listeners, Optional.of(where), history);
  }

  /**
   * These options with a record of what becomes of each row, a {@link org.erasus.train.RowHistory}, and weights from the middle
   * of the run. Runs that take no training steps leave none.
   */
  public RunOptions withHistory(HistoryFolder where) {
    return new RunOptions(listeners, checkpoints, Optional.of(where));
  }

  /** The listeners alone, for a run within this one that is to leave nothing. */
  public RunOptions heard() {
    return new RunOptions(listeners, Optional.empty(), Optional.empty());
  }

  /** The options of a run that is part of this one: the same listeners, checkpoints and history in a folder below. */
  public RunOptions part(String name) {
    return new RunOptions(
        listeners,
        checkpoints.map(where -> where.part(name)),
        history.map(where -> where.part(name)));
  }

  /** One listener that tells all. */
  public Listener all() {
    return new Listener() {
      @Override
      public void started(String name, long steps, long done) {
        listeners.forEach(l -> l.started(name, steps, done));
      }

      @Override
      public void stepped(long steps, double loss) {
        listeners.forEach(l -> l.stepped(steps, loss));
      }

      @Override
      public void progressed(String what, long done, long total) {
        listeners.forEach(l -> l.progressed(what, done, total));
      }

      @Override
      public void epochEnded(org.erasus.train.EpochRecord epoch) {
        listeners.forEach(l -> l.epochEnded(epoch));
      }

      @Override
      public void ended(String reason) {
        listeners.forEach(l -> l.ended(reason));
      }
    };
  }
}
