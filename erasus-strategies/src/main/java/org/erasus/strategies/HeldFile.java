package org.erasus.strategies;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A lock file, held by one user at a time, in this process or another. It stays behind when it is let go of; the system lets go
 * of those of a killed process.
 */
final class HeldFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeldFile.class);

  /** A second channel on a file, when closed, would take away the lock of the first from other processes' eyes. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final Closeable channel;

  HeldFile(Path file, Closeable channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes hold of a file, which is made where it is not there.
   *
   * @param file its directory must exist
   * @param otherwise message when it is held already
   * @throws IllegalStateException with that message
   * @throws IOException when the directory does not exist, or the file cannot be made
   */
  static HeldFile of(Path file, String otherwise) throws IOException {
    Path name = file.toAbsolutePath().normalize();
    Path folder = name.getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new IOException(file + ": directory " + folder + " does not exist: create it");
    }
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

  /** Lets go; a failure to is no reason to lose what was made under the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("the lock {} could not be closed; it is let go of when the program ends", file, e);
    } finally {
      HELD.remove(file);
    }
  }
}
