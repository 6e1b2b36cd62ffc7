package org.erasus.eval.experiments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.erasus.Json;
import org.erasus.io.Unbroken;

/**
 * One JSON object a line, each on the disk before the next run begins, also when the thread is interrupted. A line cut short by a
 * crash is dropped. Several programs may append at the same time, none loses a line of another.
 */
final class LineFile<T> {
  private static final ObjectMapper COMPACT = new ObjectMapper();

  /**
   * One thread of this process at a time: the lock of a file is held by the process, and closing any channel on the file, also
   * after reading, lets go of it.
   */
  private static final Object ONE_AT_A_TIME = new Object();

  private final Path file;
  private final Class<T> type;

  LineFile(Path file, Class<T> type) {
    this.file = file;
    this.type = type;
  }

  List<T> read() throws IOException {
    List<T> values = new ArrayList<>();
    synchronized (ONE_AT_A_TIME) {
      if (Files.exists(file)) {
        String text = Unbroken.run(() -> Files.readString(file));
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
          values.add(Json.read(line, type));
        }
      }
    }
    return values;
  }

  void append(T value) throws IOException {
    byte[] line = (COMPACT.readTree(Json.write(value)) + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (ONE_AT_A_TIME) {
      try (RandomAccessFile open = Unbroken.run(this::locked)) {
        open.setLength(endOfLastLine(open));
        open.seek(open.length());
        open.write(line);
        open.getFD().sync();
      }
    }
  }

  /**
   * The file, open and held until it is closed; another process may be writing its line. From here on no channel is used, which an
   * interrupt would close: what has finished is not lost.
   */
  private RandomAccessFile locked() throws IOException {
    RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw");
    try {
      open.getChannel().lock();
      return open;
    } catch (IOException | RuntimeException e) {
      open.close();
      throw e;
    }
  }

  private static int endOfLastLine(RandomAccessFile open) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(open.length())];
    open.readFully(bytes);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }
}
