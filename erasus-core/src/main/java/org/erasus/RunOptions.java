package org.erasus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.erasus.train.Checkpoints;
import org.erasus.train.Listener;

/**
 * What accompanies a run without changing its result.
 *
 * @param listeners told how it goes
 * @param checkpoints where its state is left
 */
public record RunOptions(List<Listener> listeners, Optional<Checkpoints> checkpoints) {
  /** Nobody listens, nothing is left. */
  public static final RunOptions DEFAULTS = new RunOptions(List.of(), Optional.empty());

  /** Copies the list. */
  public RunOptions {
    listeners = List.copyOf(listeners);
  }

  /** These options with one more listener. */
  public RunOptions withListener(Listener listener) {
    List<Listener> more = new ArrayList<>(listeners);
    more.add(listener);
    return new RunOptions(more, checkpoints);
  }

  /** These options with checkpoints. */
  public RunOptions withCheckpoints(Checkpoints where) {
    return new RunOptions(listeners, Optional.of(where));
  }

  /** The options of a run that is part of this one: the same listeners, checkpoints in a folder below. */
  public RunOptions part(String name) {
    return new RunOptions(listeners, checkpoints.map(where -> where.part(name)));
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
