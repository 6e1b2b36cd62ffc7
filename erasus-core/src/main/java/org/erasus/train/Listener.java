package org.erasus.train;

/** Is told how a run goes, in the thread of the run. */
public interface Listener {
  /**
   * The run starts, or goes on after an interruption.
   *
   * @param name of what runs
   * @param steps of the whole run, if it is not ended early
   * @param done steps taken before an interruption
   */
  default void started(String name, long steps, long done) {}

  /**
   * A step was taken.
   *
   * @param steps taken so far
   * @param loss that was minimised, weights of forget and retain losses included
   */
  default void stepped(long steps, double loss) {}

  /** An epoch ended. */
  default void epochEnded(EpochRecord epoch) {}

  /**
   * Work outside the steps of a run, such as a selection, goes on.
   *
   * @param what is done
   * @param done so far, in units of that work
   * @param total of the work
   */
  default void progressed(String what, long done, long total) {}

  /** The run ended. */
  default void ended(String reason) {}
}
