package org.erasus.train;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.erasus.Check;

/**
 * Where a run leaves what became of each row on the way, a {@link RowHistory}, and weights from the middle of it.
 *
 * <pre>{@code
 * history.safetensors            what became of the rows, written when the run has ended
 * after-epoch-3.safetensors      the weights after three epochs; 0 are those at the start
 * }</pre>
 *
 * <p>With {@link Checkpoints} a run that is killed leaves the same files in the end as one that is not, bit for bit. A run that
 * starts afresh deletes the record and the weights of the one before.
 *
 * @param folder one for each run
 * @param snapshots after how many epochs weights are kept, each 0 or more, ascending; those that the run does not reach are
 *     not there
 */
public record HistoryFolder(Path folder, List<Integer> snapshots) {
  /** Checks the range and puts the numbers in order. */
  public HistoryFolder {
    snapshots = snapshots.stream().distinct().sorted().toList();
    snapshots.forEach(epochs -> Check.atLeast(0, epochs, "snapshots"));
  }

  /** Without weights from the middle. */
  public static HistoryFolder in(Path folder) {
    return new HistoryFolder(folder, List.of());
  }

  /** The same with weights kept after some numbers of epochs. */
  public HistoryFolder withSnapshots(int... afterEpochs) {
    return new HistoryFolder(folder, Arrays.stream(afterEpochs).boxed().toList());
  }

  /** That of a run that is part of this one, in a folder below. */
  public HistoryFolder part(String name) {
    return new HistoryFolder(folder.resolve(name), snapshots);
  }

  /** The files of the weights that are kept, in the order of the run. */
  public List<Path> snapshotFiles() {
    return snapshots.stream().map(this::snapshotFile).toList();
  }

  void requireWithin(int epochs) {
    snapshots.forEach(
        after -> {
          if (after > epochs) {
            throw new IllegalArgumentException(
                "snapshots must be at most maxEpochs = " + epochs + ", but one was " + after);
          }
        });
  }

  /** Deletes what an earlier run left, whatever weights that kept. */
  void clear() throws IOException {
    RowHistory.delete(folder);
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> old =
          Files.newDirectoryStream(folder, "after-epoch-*.safetensors")) {
        for (Path file : old) {
          Files.delete(file);
        }
      }
    }
  }

  /** The file of the weights after a number of epochs. */
  public Path snapshotFile(int afterEpochs) {
    return folder.resolve("after-epoch-" + afterEpochs + ".safetensors");
  }
}
