package org.erasus.strategies;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock file, held by one user at a time, in this process or another. It stays behind when it is let go of; the system lets go
 * of those of a killed process.
 */
final class HeldFile implements AutoCloseable {
  /** A second channel on a file, when closed, would take away the lock of the first from other processes' eyes. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private HeldFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes hold of a file, which is made where it is not there.
   *
   * @param file its directory must exist
   * @param otherwise message when it is held already
   * @throws IllegalStateException with that message
   */
  static HeldFile of(Path file, String otherwise) throws IOException {
    Path name = file.toAbsolutePath().normalize();
    Path folder = name.getParent();
    Path real = folder == null ? name : folder.toRealPath().resolve(name.getFileName());
    if (!HELD.add(real)) {
      throw new IllegalStateException(otherwise);
    }
    FileChannel channel = null;
    boolean held = false;
    try {
      channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new IllegalStateException(otherwise);
      }
      held = true;
      return new HeldFile(real, channel);
    } finally {
      if (!held) {
        HELD.remove(real);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      HELD.remove(file);
    }
  }
}
