package org.erasus.io;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;

/** Reads and writes files even when the thread is interrupted, which closes a file under its user. */
public final class Unbroken {
  /**
   * What is read or written, from the start each time.
   *
   * @param <T> what comes of it
   */
  @FunctionalInterface
  public interface Access<T> {
    /** Reads or writes. */
    T run() throws IOException;
  }

  private Unbroken() {}

  /**
   * Comes to the end of an access, again from the start after an interrupt; the thread's mark is put back after.
   *
   * @param access gives the same when it is done again, such as what {@link AtomicFile} writes
   * @throws IOException what the access throws
   */
  public static <T> T run(Access<T> access) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        interrupted |= Thread.interrupted();
        try {
          return access.run();
        } catch (ClosedByInterruptException again) {
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
