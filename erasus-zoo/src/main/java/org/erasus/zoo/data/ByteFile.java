package org.erasus.zoo.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads a file, gzip or not, without believing what it claims.
 *
 * <p>Whether it is packed is seen from its first two bytes, not from its name. Memory grows with what was really read,
 * never with what a header promises. Every problem is an {@link IOException} that names the file, the offset in the
 * unpacked bytes, what was expected and what was found.
 */
final class ByteFile implements AutoCloseable {
  /** Deflate spends at least two bits on a run of at most 258 bytes, so a byte unpacks to 1,032 at most. */
  private static final long MOST_UNPACKED_PER_BYTE = 1032;

  private static final int FIRST_BLOCK = 1 << 20;

  private final Path file;
  private final InputStream in;
  private final long mostBytes;
  private final boolean packed;
  private long offset;

  private ByteFile(Path file, InputStream in, boolean packed, long size) {
    this.file = file;
    this.in = in;
    this.packed = packed;
    this.mostBytes = packed ? size * MOST_UNPACKED_PER_BYTE : size;
  }

  static ByteFile open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": expected a file, but found a folder");
    }
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    try {
      long size = Files.size(file);
      raw.mark(2);
      boolean packed = raw.read() == 0x1F && raw.read() == 0x8B;
      raw.reset();
      return new ByteFile(file, packed ? new StrictGunzip(raw, size) : raw, packed, size);
    } catch (EOFException | ZipException e) {
      raw.close();
      throw new IOException(
          "%s: at offset 0 expected a gzip header, but found: %s".formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      raw.close();
      throw e;
    }
  }

  /** The first of the names that exists in the folder. */
  static Path find(Path folder, List<String> names) throws IOException {
    for (String name : names) {
      Path candidate = folder.resolve(name);
      if (Files.exists(candidate)) {
        return candidate;
      }
    }
    throw new NoSuchFileException(
        folder.toString(), null, "expected one of " + names + " in this folder, but found none");
  }

  /** How many bytes were read so far, unpacked. */
  long offset() {
    return offset;
  }

  /** The most bytes that can still come: exact for a plain file, an upper bound for a packed one. */
  long mostBytesLeft() {
    return mostBytes - offset;
  }

  /** Reads a big-endian integer. */
  int readInt(String what) throws IOException {
    byte[] b = read(Integer.BYTES, what);
    return (b[0] & 0xFF) << 24 | (b[1] & 0xFF) << 16 | (b[2] & 0xFF) << 8 | (b[3] & 0xFF);
  }

  /** Reads exactly so many bytes. */
  byte[] read(int length, String what) throws IOException {
    long start = offset;
    if (length > mostBytesLeft()) {
      String most = (packed ? "a packed file that can hold at most " : "") + mostBytesLeft();
      throw malformed(start, length + " bytes of " + what, most + " bytes");
    }
    byte[] bytes = new byte[Math.min(length, FIRST_BLOCK)];
    int filled = 0;
    while (true) {
      filled += readSome(bytes, filled);
      if (filled == length) {
        return bytes;
      }
      if (filled < bytes.length) {
        throw malformed(start, length + " bytes of " + what, "only " + filled + " bytes");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
    }
  }

  /** Fills the array from a position on as far as the file goes; returns how many bytes came. */
  int readSome(byte[] into, int from) throws IOException {
    try {
      int count = in.readNBytes(into, from, into.length - from);
      offset += count;
      return count;
    } catch (EOFException | ZipException e) {
      throw new IOException(
          "%s: after offset %d expected a whole gzip stream, but found: %s"
              .formatted(file, offset, e.getMessage()),
          e);
    }
  }

  /** Fails if anything is left. */
  void requireEnd() throws IOException {
    long end = offset;
    if (readSome(new byte[1], 0) != 0) {
      throw malformed(end, "the end of the file", "more bytes");
    }
  }

  IOException malformed(long at, String expected, String found) {
    return new IOException(
        "%s: at offset %d%s expected %s, but found %s"
            .formatted(file, at, packed ? " (unpacked)" : "", expected, found));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Like its parent, but does not overlook bytes that follow the packed data. */
  private static final class StrictGunzip extends GZIPInputStream {
    private static final int TRAILER = 8;

    private final CountingInput counted;
    private final long size;
    private long taken;

    StrictGunzip(InputStream in, long size) throws IOException {
      this(new CountingInput(in), size);
    }

    private StrictGunzip(CountingInput in, long size) throws IOException {
      super(in, 1 << 16);
      this.counted = in;
      this.size = size;
    }

    @Override
    protected void fill() throws IOException {
      super.fill();
      taken = counted.count;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int count = super.read(into, from, length);
      if (count < 0) {
        long end = taken - inf.getRemaining() + TRAILER;
        if (end < size) {
          throw new ZipException("%d bytes after the end of the packed data".formatted(size - end));
        }
      }
      return count;
    }
  }

  /** Counts what is read through it. */
  private static final class CountingInput extends FilterInputStream {
    private long count;

    CountingInput(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int n = in.read(into, from, length);
      count += Math.max(n, 0);
      return n;
    }
  }
}
