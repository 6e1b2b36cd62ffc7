package org.erasus.eval.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineFileTest {
  private static FailedRun line(String experiment, int seed) {
    return new FailedRun(experiment, "0", seed, "why", Instant.EPOCH);
  }

  @Test
  void twoWritersLoseNoLineOfEachOther(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("lines.jsonl");
    int each = 60;
    ExecutorService pool = Executors.newFixedThreadPool(2);
    List<Future<Integer>> writers = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      Callable<Integer> writer =
          () -> {
            LineFile<FailedRun> own = new LineFile<>(file, FailedRun.class);
            for (int i = 0; i < each; i++) {
              own.append(line(name, i));
              assertThat(own.read()).contains(line(name, i));
            }
            return each;
          };
      writers.add(pool.submit(writer));
    }
    for (Future<Integer> writer : writers) {
      writer.get();
    }
    pool.shutdown();

    List<FailedRun> all = new LineFile<>(file, FailedRun.class).read();
    assertThat(all).hasSize(2 * each);
    for (String name : List.of("a", "b")) {
      assertThat(all.stream().filter(l -> l.experiment().equals(name)).map(FailedRun::seed))
          .as("in the order of their writer")
          .isSorted();
    }
  }

  @Test
  void aThreadThatIsInterruptedWritesItsLine(@TempDir Path folder) throws Exception {
    LineFile<FailedRun> lines = new LineFile<>(folder.resolve("lines.jsonl"), FailedRun.class);
    Thread.currentThread().interrupt();
    try {
      lines.append(line("a", 1));
      lines.append(line("b", 2));
      assertThat(lines.read()).containsExactly(line("a", 1), line("b", 2));
    } finally {
      assertThat(Thread.interrupted()).as("the thread stays marked").isTrue();
    }
  }

  @Test
  void aLineCutShortIsReplaced(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("lines.jsonl");
    LineFile<FailedRun> lines = new LineFile<>(file, FailedRun.class);
    lines.append(line("a", 1));
    lines.append(line("ä", 2));
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.length() - 5));

    assertThat(lines.read()).containsExactly(line("a", 1));
    lines.append(line("c", 3));
    assertThat(lines.read()).containsExactly(line("a", 1), line("c", 3));
  }
}
