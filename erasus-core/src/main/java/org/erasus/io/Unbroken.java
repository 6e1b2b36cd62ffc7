package org.erasus.io;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;

/** Reads and writes files in threads that may be interrupted, which closes a channel under its user. */
public final class Unbroken {
  /**
   * What is done with files.
   *
   * @param <T> what comes of it
   */
  @FunctionalInterface
  public interface Access<T> {
    /** Does it; from the start again, when an interrupt comes between. */
    T run() throws IOException;
  }

  private Unbroken() {}

  /**
   * Does it even when the thread is or gets interrupted: the mark is taken off meanwhile and put back after.
   *
   * @param access may be run more than once, of which the last alone must count
   * @return what the last came to
   * @throws IOException for another reason than an interrupt
   */
  public static <T> T run(Access<T> access) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          return access.run();
        } catch (ClosedByInterruptException | FileLockInterruptionException again) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
