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

  /** The run ended. */
  default void ended(String reason) {}
}
