package org.erasus.strategies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.erasus.Json;
import org.erasus.Machine;
import org.erasus.Network;
import org.erasus.io.Safetensors;
import org.erasus.io.Unbroken;
import org.erasus.nn.Compute;
import org.erasus.train.Training;

/**
 * The files of an ensemble, each replaced whole: what it is, the requests so far, the weights after every slice. Held by one
 * program at a time.
 */
final class SisaFolder implements AutoCloseable {
  /** Is told of every file before it is written, so that a test can end the run there. */
  interface Watch {
    void writing(Path file) throws IOException;
  }

  static final Watch UNWATCHED = file -> {};

  private static final String STAMP = "stamp";
  private static final String COST = "rowsForwardBackward";

  /**
   * What the ensemble is.
   *
   * @param initial fingerprint of the first member's first weights
   * @param machine all of it was trained on, as other ones round differently
   * @param ids rows it was trained on, ascending
   * @param cells fingerprints of the rows of each slice of each shard
   */
  record Plan(
      int shards,
      int slices,
      Training training,
      long seed,
      String architecture,
      String initial,
      Compute compute,
      Machine machine,
      List<Long> ids,
      List<List<String>> cells) {
    Plan on(Machine other) {
      return new Plan(
          shards, slices, training, seed, architecture, initial, compute, other, ids, cells);
    }
  }

  /**
   * What was deleted.
   *
   * @param requests ids of each, in order
   * @param cells fingerprints of the rows that are left in each slice of each shard
   */
  record Requests(List<List<Long>> requests, List<List<String>> cells) {}

  /**
   * What the weights after a slice depend on.
   *
   * @param cells fingerprints of the slices they were trained on
   */
  record Stamp(
      int shard,
      int slice,
      int slices,
      Training training,
      long seed,
      String initial,
      Compute compute,
      List<String> cells) {}

  private final Path folder;
  private final Watch watch;
  private final HeldFile held;

  SisaFolder(Path folder, Watch watch) {
    this.folder = folder;
    this.watch = watch;
    try {
      Files.createDirectories(folder);
      held =
          Unbroken.run(
              () ->
                  HeldFile.of(
                      folder.resolve("lock"),
                      "the ensemble in " + folder + " is open elsewhere: close it there first"));
    } catch (IOException e) {
      throw failed("opened", e);
    }
    try {
      removeLeftovers();
    } catch (IOException e) {
      close();
      throw failed("opened", e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** What a killed program left half written may hold weights that knew deleted rows. */
  private void removeLeftovers() throws IOException {
    try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, ".erasus-*.tmp")) {
      for (Path leftover : leftovers) {
        Files.delete(leftover);
      }
    }
  }

  private UncheckedIOException failed(String verb, IOException e) {
    return new UncheckedIOException(
        "the ensemble in " + folder + " could not be " + verb + ": " + e.getMessage(), e);
  }

  Optional<Plan> plan() {
    return load("ensemble.json", Plan.class);
  }

  void plan(Plan plan) {
    save("ensemble.json", plan);
  }

  Optional<Requests> requests() {
    return load("requests.json", Requests.class);
  }

  void requests(Requests requests) {
    save("requests.json", requests);
  }

  private <T> Optional<T> load(String name, Class<T> type) {
    Path file = folder.resolve(name);
    return read(() -> Files.exists(file) ? Optional.of(Json.load(file, type)) : Optional.empty());
  }

  private void save(String name, Object value) {
    write(folder.resolve(name), file -> Json.save(file, value));
  }

  private interface Content {
    void to(Path file) throws IOException;
  }

  private void write(Path file, Content content) {
    try {
      watch.writing(file);
      Unbroken.run(
          () -> {
            content.to(file);
            return file;
          });
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  private <T> T read(Unbroken.Access<T> access) {
    try {
      return Unbroken.run(access);
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  /** Rows that went forward and backward for the weights after a slice, when these are there and of the right rows. */
  Optional<Long> cost(Stamp stamp) {
    return read(stamp).map(file -> Long.valueOf(file.metadata().getOrDefault(COST, "")));
  }

  /** Puts the weights after a slice into a network, when they are there and of the right rows. */
  boolean load(Stamp stamp, Network into) {
    Optional<Safetensors> file = read(stamp);
    file.ifPresent(weights -> into.load(weights.tensors()));
    return file.isPresent();
  }

  private Optional<Safetensors> read(Stamp stamp) {
    Path file = file(stamp);
    return read(
        () ->
            Files.exists(file)
                ? Optional.of(Safetensors.read(file))
                    .filter(read -> Json.write(stamp).equals(read.metadata().get(STAMP)))
                : Optional.empty());
  }

  void save(Stamp stamp, Network weights, long rowsForwardBackward) {
    Safetensors kept =
        new Safetensors(
            weights.tensors(),
            Map.of(STAMP, Json.write(stamp), COST, Long.toString(rowsForwardBackward)));
    write(file(stamp), kept::write);
  }

  private Path file(Stamp stamp) {
    return folder.resolve("shard-" + stamp.shard() + "-slice-" + stamp.slice() + ".safetensors");
  }

  @Override
  public void close() {
    held.close();
  }
}
