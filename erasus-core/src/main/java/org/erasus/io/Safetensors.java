package org.erasus.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The content of a safetensors file: named tensors and free text. The format holds numbers only, so reading one runs
 * nothing.
 *
 * <pre>{@code
 * N        8 bytes, little-endian
 * header   N bytes of JSON   {"__metadata__": {…}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
 * data     the tensors, without holes
 * }</pre>
 *
 * <p>Files are written as the reference implementation does (safetensors 0.8.0): wider formats first, as {@link DType}
 * orders them, then by name, the header padded with spaces to a multiple of 8 bytes; the bytes are the same. Metadata is
 * sorted by key, where the reference takes any order.
 *
 * <p>Formats and field names beyond those above are refused, as is a file that breaks any rule of the format.
 *
 * @param tensors by name; those of a file in the order of their data
 * @param metadata free text by key, often empty
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public record Safetensors(Map<String, HostTensor> tensors, Map<String, String> metadata) {

  /** Bytes per call, since the JDK copies what goes between heap and file through native memory of the same size. */
  private static final int CHUNK = 1 << 20;

  /**
   * Gives the tensors of a file one after the other, so that they need not all be in memory at once.
   */
  @FunctionalInterface
  public interface Source {
    /**
     * Makes one tensor; called once for each, in the order of the file.
     *
     * @param name its name
     * @return a tensor of the format and shape that were announced
     * @throws IOException to give up; the file is then as it was
     */
    HostTensor tensor(String name) throws IOException;
  }

  /** Copies the maps, keeping their order. */
  public Safetensors {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Reads a file into the heap. It is closed afterwards, so it may be replaced or deleted on every system; one tensor has
   * at most {@link HostTensor#MAX_BYTES}.
   *
   * @param file the file
   * @return its content
   * @throws IOException if it cannot be read or breaks the format, naming the file, the tensor and the place
   */
  public static Safetensors read(Path file) throws IOException {
    return open(file, Safetensors::load);
  }

  /**
   * Maps a file into memory. Nothing but the header is read until it is asked for, and the file may be larger than the
   * heap or than 2 GiB; one tensor has at most {@link HostTensor#MAX_BYTES}.
   *
   * <p>The mapping lasts until the tensors are garbage. Replacing the file by {@link AtomicFile} leaves them as they
   * are, but Windows refuses it while they last: {@link #read} what is to be replaced. A program that writes into the file
   * or shortens it in place changes or breaks them, so {@link HostTensor#copy()} what must outlive such a program.
   *
   * @param file the file
   * @return its content
   * @throws IOException if it cannot be read or breaks the format, naming the file, the tensor and the place
   */
  public static Safetensors map(Path file) throws IOException {
    return open(file, Safetensors::mapped);
  }

  /** Gets the tensors of a file whose header was understood. */
  private interface Access {
    Map<String, HostTensor> tensors(
        Path file, FileChannel channel, long dataStart, List<SafetensorsHeader.Entry> entries)
        throws IOException;
  }

  private static Safetensors open(Path file, Access access) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size();
      ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      readFully(file, channel, prefix, 0);
      long headerBytes = prefix.getLong(0);
      if (headerBytes < 0 || headerBytes > Math.min(SafetensorsHeader.MAX_BYTES, length - 8)) {
        throw new IOException(
            file
                + ": the length of the header, at byte 0, must be at most "
                + SafetensorsHeader.MAX_BYTES
                + " and end within the "
                + length
                + " bytes of the file, but was "
                + Long.toUnsignedString(headerBytes));
      }
      ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
      readFully(file, channel, header, 8);
      long dataStart = 8 + headerBytes;
      SafetensorsHeader parsed = SafetensorsHeader.parse(file, header.array(), length - dataStart);
      for (SafetensorsHeader.Entry entry : parsed.entries()) {
        if (entry.spec().byteSize() > HostTensor.MAX_BYTES) {
          throw new IOException(
              file
                  + ": tensor \""
                  + entry.name()
                  + "\" at byte "
                  + (dataStart + entry.begin())
                  + " has "
                  + entry.spec().byteSize()
                  + " bytes; one tensor may have at most "
                  + HostTensor.MAX_BYTES);
        }
      }
      return new Safetensors(
          access.tensors(file, channel, dataStart, parsed.entries()), parsed.metadata());
    }
  }

  /**
   * Replaces or creates a file by {@link AtomicFile}.
   *
   * @param file the file; its directory must exist
   * @throws IOException if it cannot be written; the old file is then as it was
   * @throws IllegalArgumentException if a name is not allowed
   */
  public void write(Path file) throws IOException {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> specs.put(name, tensor.spec()));
    write(file, specs, metadata, this::tensor);
  }

  /**
   * Replaces or creates a file by {@link AtomicFile}, asking for each tensor when its turn comes.
   *
   * @param file the file; its directory must exist
   * @param specs the names, formats and shapes
   * @param metadata free text by key
   * @param source makes the tensors; what it throws ends the writing
   * @throws IOException if the file cannot be written; the old file is then as it was
   * @throws IllegalArgumentException if a name is not allowed, or a tensor is not as announced
   */
  public static void write(
      Path file, Map<String, TensorSpec> specs, Map<String, String> metadata, Source source)
      throws IOException {
    SafetensorsHeader header = SafetensorsHeader.layOut(specs, metadata);
    byte[] json = header.toBytes();
    AtomicFile.writeChannel(
        file,
        channel -> {
          ByteBuffer prefix = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          writeFully(channel, prefix.putLong(0, json.length));
          writeFully(channel, ByteBuffer.wrap(json));
          for (SafetensorsHeader.Entry entry : header.entries()) {
            HostTensor tensor = source.tensor(entry.name());
            if (!tensor.spec().equals(entry.spec())) {
              throw new IllegalArgumentException(
                  "tensor \""
                      + entry.name()
                      + "\" was announced as "
                      + entry.spec()
                      + ", but is "
                      + tensor.spec());
            }
            writeFully(channel, tensor.data());
          }
        });
  }

  /**
   * One of the tensors.
   *
   * @param name its name
   * @return the tensor
   * @throws IllegalArgumentException if there is none of that name
   */
  public HostTensor tensor(String name) {
    HostTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "no tensor named \"" + name + "\"; known: " + tensors.keySet());
    }
    return tensor;
  }

  private static Map<String, HostTensor> load(
      Path file, FileChannel channel, long dataStart, List<SafetensorsHeader.Entry> entries)
      throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (SafetensorsHeader.Entry entry : entries) {
      ByteBuffer data = ByteBuffer.allocate((int) entry.spec().byteSize());
      readFully(file, channel, data, dataStart + entry.begin());
      tensors.put(entry.name(), HostTensor.wrap(entry.spec(), data.flip()));
    }
    return tensors;
  }

  /** As few mappings as possible, since systems bound their number: each takes all tensors that fit one buffer. */
  private static Map<String, HostTensor> mapped(
      Path file, FileChannel channel, long dataStart, List<SafetensorsHeader.Entry> entries)
      throws IOException {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    int next = 0;
    while (next < entries.size()) {
      long begin = entries.get(next).begin();
      int stop = next;
      while (stop < entries.size() && entries.get(stop).end() - begin <= HostTensor.MAX_BYTES) {
        stop++;
      }
      long bytes = entries.get(stop - 1).end() - begin;
      ByteBuffer chunk = channel.map(FileChannel.MapMode.READ_ONLY, dataStart + begin, bytes);
      for (SafetensorsHeader.Entry entry : entries.subList(next, stop)) {
        ByteBuffer data = chunk.slice((int) (entry.begin() - begin), (int) entry.spec().byteSize());
        tensors.put(entry.name(), HostTensor.wrap(entry.spec(), data));
      }
      next = stop;
    }
    return tensors;
  }

  private static void readFully(Path file, FileChannel channel, ByteBuffer into, long at)
      throws IOException {
    int end = into.limit();
    while (into.position() < end) {
      into.limit(into.position() + Math.min(CHUNK, end - into.position()));
      if (channel.read(into, at + into.position()) < 0) {
        throw new IOException(file + ": ends at byte " + (at + into.position()));
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer from) throws IOException {
    int end = from.limit();
    while (from.position() < end) {
      from.limit(from.position() + Math.min(CHUNK, end - from.position()));
      while (from.hasRemaining()) {
        channel.write(from);
      }
    }
  }
}
