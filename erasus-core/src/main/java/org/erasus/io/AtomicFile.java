package org.erasus.io;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * Replaces a file as a whole: whatever happens, at every instant the path holds the complete old content or the
 * complete new one.
 *
 * <ol>
 *   <li>The content is written to a new file {@code .erasus-<random>.tmp} in the same directory.
 *   <li>It is forced to the disk.
 *   <li>It is moved onto the target in one step, and the directory is forced to the disk where the system can do that;
 *       where it cannot, a power cut just after the call may bring the old file back, but never a mixture.
 * </ol>
 *
 * <p>If writing fails (full disk, interrupt, an exception of the caller), the temporary file is deleted and the target
 * is untouched. If the process is killed, the target is untouched and the temporary file stays behind; it may be deleted
 * by hand. Nothing here falls back to a move that is not atomic: on a file system without one the call fails, and the
 * remedy is to write to a local disk and copy.
 *
 * <p>A target that is a symbolic link stays one; the file it points to is replaced. The permissions of the old file
 * are kept on POSIX systems. Windows refuses to replace a file while it is open or mapped, for instance by
 * {@link Safetensors#map}; that failure too leaves the old file.
 */
public final class AtomicFile {

  /**
   * Writes the content of a file.
   *
   * @param <T> what it writes to
   */
  @FunctionalInterface
  public interface Content<T> {
    /**
     * Writes everything; need not flush or close.
     *
     * @param out where to
     * @throws IOException to leave the target as it was
     */
    void writeTo(T out) throws IOException;
  }

  /** The last step, so that tests can make it fail. */
  @FunctionalInterface
  interface Move {
    void move(Path from, Path to) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Replaces or creates a file through a buffered stream.
   *
   * @param target the file; its directory must exist
   * @param content writes the bytes; may close the stream
   * @throws IOException if the content cannot be written or moved into place; the target is then as it was
   */
  public static void write(Path target, Content<? super OutputStream> content) throws IOException {
    writeChannel(
        target,
        channel -> {
          // Many writers, Jackson's for one, close what they write to, but the channel is still to
          // be forced.
          OutputStream out =
              new FilterOutputStream(
                  new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                  out.write(bytes, offset, length);
                }

                @Override
                public void close() throws IOException {
                  flush();
                }
              };
          content.writeTo(out);
          out.flush();
        });
  }

  /**
   * Replaces or creates a file holding this text in UTF-8.
   *
   * @param target the file; its directory must exist
   * @param text the whole content
   * @throws IOException if it cannot be written or moved into place; the target is then as it was
   */
  public static void writeString(Path target, String text) throws IOException {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Replaces or creates a file through a channel, for content that is large or written out of order.
   *
   * @param target the file; its directory must exist
   * @param content writes the bytes; must leave the channel open
   * @throws IOException if the content cannot be written or moved into place; the target is then as it was
   */
  public static void writeChannel(Path target, Content<? super FileChannel> content)
      throws IOException {
    writeChannel(
        target, content, (from, to) -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
  }

  static void writeChannel(Path target, Content<? super FileChannel> content, Move move)
      throws IOException {
    Path file = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    Path directory = file.getParent();
    if (directory == null || Files.isDirectory(file)) {
      throw new IOException(target + " is a directory: name a file");
    }
    if (!Files.isDirectory(directory)) {
      throw new IOException(target + ": directory " + directory + " does not exist: create it");
    }
    Path temporary = directory.resolve(".erasus-" + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              permissions(file))) {
        content.writeTo(channel);
        channel.force(true);
      }
      try {
        move.move(temporary, file);
      } catch (AtomicMoveNotSupportedException e) {
        throw new IOException(
            target
                + ": its file system cannot replace a file in one step: write to a local disk and copy",
            e);
      }
    } catch (Throwable failure) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
      throw failure;
    }
    force(directory);
  }

  private static FileAttribute<?>[] permissions(Path old) throws IOException {
    if (!isPosix(old) || !Files.exists(old)) {
      return new FileAttribute<?>[0];
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(Files.getPosixFilePermissions(old))
    };
  }

  private static void force(Path directory) {
    if (!isPosix(directory)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException unsupported) {
      // Some network file systems cannot do this. The new content is on the disk and in place; all
      // that is lost is
      // the promise that the new name survives a power cut, and the old file would be as good as
      // the contract says.
      return;
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
