package org.erasus.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that writes and looks at what is left. */
@Timeout(120)
class CrashTest {
  private static final int TENSORS = 16;
  private static final int TENSOR_BYTES = 1 << 20;

  private final Path directory;
  private final Path file;

  CrashTest(@TempDir Path directory) throws IOException {
    this.directory = directory;
    file = directory.resolve("model.safetensors");
    content(0).write(file);
  }

  /** The process that is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[1]);
      switch (args[0]) {
        case "stop halfway" -> Safetensors.write(file, specs(), Map.of(), Writer::stopHalfway);
        case "in place" -> {
          try (FileChannel channel =
              FileChannel.open(
                  file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            for (String name : specs().keySet()) {
              channel.write(stopHalfway(name).data());
            }
          }
        }
        case "again and again" -> {
          for (int i = 1; ; i++) {
            content(i).write(file);
          }
        }
        case "once" -> content(1).write(file);
        default -> throw new IllegalArgumentException(args[0]);
      }
    }

    /** Gives half of the tensors, then none for ever. */
    private static HostTensor stopHalfway(String name) {
      if (name.equals(name(TENSORS / 2))) {
        try {
          Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
      return content(1).tensor(name);
    }
  }

  @Test
  void aProcessKilledWhileWritingLeavesTheOldFile() throws Exception {
    byte[] before = Files.readAllBytes(file);
    Process process = start(List.of(), "stop halfway");
    waitUntil(process, () -> temporaries().stream().anyMatch(CrashTest::isHalf));
    kill(process);

    assertThat(file).hasBinaryContent(before);
    assertThat(Safetensors.read(file)).isEqualTo(content(0));
    assertThat(temporaries()).as("left behind: the process was in the middle").hasSize(1);
    content(2).write(file);
    assertThat(Safetensors.read(file)).isEqualTo(content(2));
  }

  /** Negative control: the same death of a process that writes in place is seen. */
  @Test
  void aProcessKilledWhileWritingInPlaceLeavesNeither() throws Exception {
    Process process = start(List.of(), "in place");
    waitUntil(process, () -> isHalf(file));
    kill(process);
    assertThatIOException().isThrownBy(() -> Safetensors.read(file));
  }

  /** Wherever the process is, in the data or the move, the file is one of those it wrote, as a whole. */
  @Test
  void aProcessKilledAtAnyMomentLeavesOneWholeFile() throws Exception {
    List<Integer> found = new ArrayList<>();
    for (int round = 0; round < 6; round++) {
      content(0).write(file);
      Process process = start(List.of(), "again and again");
      waitUntil(process, () -> valueIn(file) > 0);
      Thread.sleep(7L * round);
      kill(process);
      Safetensors read = Safetensors.read(file);
      found.add(valueIn(file));
      assertThat(read).isEqualTo(content(valueIn(file)));
    }
    assertThat(found).allMatch(value -> value > 0);
  }

  /** The system refuses to let a file grow beyond a limit, as it does on a full disk. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessWithoutRoomLeavesTheOldFileAndNothingElse() throws Exception {
    Process process = start(List.of("sh", "-c", "ulimit -f 8192; exec \"$@\"", "sh"), "once");
    String output =
        new String(
            process.getErrorStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isOne();
    assertThat(output).contains("java.io.IOException: File too large");
    assertThat(Safetensors.read(file)).isEqualTo(content(0));
    assertThat(temporaries()).isEmpty();
  }

  private Process start(List<String> prefix, String mode) throws IOException {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:-UsePerfData",
            "-cp",
            classPath,
            Writer.class.getName(),
            mode,
            file.toString()));
    return new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }

  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void waitUntil(Process process, Condition condition) throws Exception {
    while (!condition.holds()) {
      assertThat(process.isAlive()).isTrue();
      Thread.sleep(2);
    }
  }

  private List<Path> temporaries() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(path -> path.toString().endsWith(".tmp")).toList();
    }
  }

  /** Whether the half that the process gives is written. The old file is twice that. */
  private static boolean isHalf(Path path) {
    try {
      long bytes = Files.size(path);
      return bytes >= TENSORS / 2 * TENSOR_BYTES && bytes < TENSORS * TENSOR_BYTES;
    } catch (IOException moved) {
      return false;
    }
  }

  private static int valueIn(Path file) throws IOException {
    return Integer.parseInt(Safetensors.read(file).metadata().get("value"));
  }

  private static String name(int index) {
    return String.format("t%02d", index);
  }

  private static Map<String, TensorSpec> specs() {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    content(0).tensors().forEach((name, tensor) -> specs.put(name, tensor.spec()));
    return specs;
  }

  private static Safetensors content(int value) {
    float[] values = new float[TENSOR_BYTES / 4];
    Arrays.fill(values, value);
    HostTensor tensor = HostTensor.of(values, values.length);
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < TENSORS; i++) {
      tensors.put(name(i), tensor);
    }
    return new Safetensors(tensors, Map.of("value", "" + value));
  }
}
