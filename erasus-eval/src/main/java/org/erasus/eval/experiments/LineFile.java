package org.erasus.eval.experiments;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.erasus.Json;

/**
 * One JSON object a line, each on the disk before the next run begins. A line cut short by a crash is dropped. Several
 * programs may append at the same time, none loses a line of another.
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
        String text = Files.readString(file);
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
          values.add(Json.read(line, type));
        }
      }
    }
    return values;
  }

  void append(T value) throws IOException {
    String line = COMPACT.readTree(Json.write(value)) + "\n";
    synchronized (ONE_AT_A_TIME) {
      try (FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        channel.lock(); // until the channel is closed; another process may be writing its line
        channel.truncate(endOfLastLine(channel));
        channel.position(channel.size());
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
    }
  }

  private static int endOfLastLine(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
    int end = bytes.position();
    while (end > 0 && bytes.get(end - 1) != '\n') {
      end--;
    }
    return end;
  }
}
