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

/** Results, one JSON object a line, each on the disk before the next run begins. A line cut short by a crash is dropped. */
final class ResultFile {
  private static final ObjectMapper COMPACT = new ObjectMapper();

  private final Path file;

  ResultFile(Path file) {
    this.file = file;
  }

  List<ExperimentResult> read() throws IOException {
    List<ExperimentResult> results = new ArrayList<>();
    if (Files.exists(file)) {
      for (String line : whole(Files.readString(file)).lines().toList()) {
        results.add(Json.read(line, ExperimentResult.class));
      }
    }
    return results;
  }

  void append(ExperimentResult result) throws IOException {
    String line = COMPACT.readTree(Json.write(result)) + "\n";
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.truncate(whole(Files.readString(file)).getBytes(StandardCharsets.UTF_8).length);
      channel.position(channel.size());
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Everything up to the last line that was ended. */
  private static String whole(String text) {
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }
}
