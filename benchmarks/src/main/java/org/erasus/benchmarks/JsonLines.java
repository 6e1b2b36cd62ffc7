package org.erasus.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.erasus.Json;
import org.erasus.io.AtomicFile;

/**
 * Results in a file, a line of JSON each, added one by one as they come: a program that is killed and started again finds what
 * it has done.
 *
 * @param <T> what a line holds
 */
final class JsonLines<T> {
  private final Path file;
  private final List<T> lines = new ArrayList<>();

  private JsonLines(Path file) {
    this.file = file;
  }

  /** Reads what is there, without the rest of a line that was being written when the program was killed. */
  static <T> JsonLines<T> open(Path file, Class<T> type) throws IOException {
    JsonLines<T> opened = new JsonLines<>(file);
    if (Files.exists(file)) {
      String text = Files.readString(file);
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      for (String line : whole.lines().toList()) {
        opened.lines.add(Json.read(line, type));
      }
      if (whole.length() < text.length()) {
        AtomicFile.writeString(file, whole);
      }
    } else {
      Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
    }
    return opened;
  }

  List<T> lines() {
    return List.copyOf(lines);
  }

  /**
   * Adds a line.
   *
   * @param said on the console
   */
  void add(T line, String said) throws IOException {
    String text = Json.write(line).replaceAll("\\s*\n\\s*", " ");
    Files.writeString(file, text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    lines.add(line);
    System.out.println(said);
  }
}
