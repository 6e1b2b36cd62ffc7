package org.erasus.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.RunLog;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;
import org.erasus.io.Unbroken;

/** The state of a run in one file, replaced whole each time. */
final class RunFile {
  private static final String PARAMETERS = "parameters";
  private static final String STATISTICS = "statistics";
  private static final String SNAPSHOT = "snapshot.";
  private static final String OPTIMIZER = "optimizer.";
  private static final String NOTES = "notes";
  private static final String HISTORY = "history";

  private final Checkpoints checkpoints;
  private final Map<String, String> identity = new LinkedHashMap<>();

  /**
   * Names the file; nothing is read or written yet.
   *
   * @param history what is kept of rows, which must have been kept from the start
   * @throws IllegalArgumentException when the recipe cannot be told from others
   */
  RunFile(Checkpoints checkpoints, Recipe recipe, Optional<HistoryFolder> history) {
    this.checkpoints = checkpoints;
    identity.put("recipe", recipe.identity());
    history.ifPresent(kept -> identity.put(HISTORY, Json.write(kept.snapshots())));
  }

  private Path path() {
    return checkpoints.folder().resolve("run.safetensors");
  }

  /** Whether the state is to be left after a step within an epoch. */
  boolean due(long step) {
    return checkpoints.everySteps().isPresent() && step % checkpoints.everySteps().getAsInt() == 0;
  }

  /** Numbers beside the tensors. */
  record Notes(RunState.Saved state, RunLog.SoFar cost, List<Double> memory) {}

  void save(
      Network student,
      FlatOptimizer optimizer,
      Map<String, Weights> snapshots,
      RunState state,
      RunLog log,
      List<Double> memory,
      Optional<RowHistory> history) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    tensors.put(PARAMETERS, host(student.parameters()));
    tensors.put(STATISTICS, host(student.statistics()));
    optimizer.state().forEach((name, array) -> tensors.put(OPTIMIZER + name, host(array)));
    snapshots.forEach(
        (name, weights) -> {
          tensors.put(SNAPSHOT + PARAMETERS + "." + name, host(weights.parameters()));
          tensors.put(SNAPSHOT + STATISTICS + "." + name, host(weights.statistics()));
        });
    history.ifPresent(
        rows ->
            rows.tensors().forEach((name, tensor) -> tensors.put(HISTORY + "." + name, tensor)));
    Map<String, String> metadata = new LinkedHashMap<>(identity);
    metadata.put(NOTES, Json.write(new Notes(state.saved(), log.soFar(), memory)));
    unbroken(
        "written",
        () -> {
          new Safetensors(tensors, metadata).write(path());
          return path();
        });
  }

  /**
   * Puts back what was left, if anything was; returns the snapshots that were kept, by name.
   *
   * @param recall takes the module's numbers
   * @param remember takes the history of the rows, where one is kept
   */
  Map<String, Weights> resume(
      Network student,
      FlatOptimizer optimizer,
      RunState state,
      RunLog log,
      Consumer<List<Double>> recall,
      Consumer<RowHistory> remember) {
    Map<String, Weights> snapshots = new LinkedHashMap<>();
    unbroken("written", () -> Files.createDirectories(checkpoints.folder()));
    if (Files.notExists(path())) {
      return snapshots;
    }
    Safetensors file = unbroken("read", () -> Safetensors.read(path()));
    identity.forEach(
        (what, mine) -> {
          if (!mine.equals(file.metadata().get(what))) {
            throw new UncheckedIOException(
                new IOException(
                    path()
                        + " holds the state of another run, its "
                        + what
                        + " differs: other settings, seed, data, weights, precision, device, threads or version of"
                        + " libtorch. Use another folder, or delete this one to start afresh"));
          }
        });
    Notes notes =
        unbroken("read", () -> Json.read(file.metadata().getOrDefault(NOTES, ""), Notes.class));
    put(student.parameters(), file.tensor(PARAMETERS));
    put(student.statistics(), file.tensor(STATISTICS));
    optimizer.state().forEach((name, array) -> put(array, file.tensor(OPTIMIZER + name)));
    state.restore(notes.state());
    log.resume(notes.cost());
    recall.accept(notes.memory());
    if (identity.containsKey(HISTORY)) {
      remember.accept(unbroken("read", () -> RowHistory.from(path(), below(HISTORY + ".", file))));
    }
    String prefix = SNAPSHOT + PARAMETERS + ".";
    for (String tensor : file.tensors().keySet()) {
      if (tensor.startsWith(prefix)) {
        String name = tensor.substring(prefix.length());
        snapshots.put(
            name,
            Weights.of(
                student.layout(),
                file.tensor(tensor).toFloats(),
                file.tensor(SNAPSHOT + STATISTICS + "." + name).toFloats()));
      }
    }
    return snapshots;
  }

  private static Map<String, HostTensor> below(String prefix, Safetensors file) {
    Map<String, HostTensor> found = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), tensor);
              }
            });
    return found;
  }

  private <T> T unbroken(String verb, Unbroken.Access<T> access) {
    return unbroken("the state of the run in " + checkpoints.folder(), verb, access);
  }

  /** Reads or writes even when the thread is interrupted. */
  static <T> T unbroken(String what, String verb, Unbroken.Access<T> access) {
    try {
      return Unbroken.run(access);
    } catch (IOException e) {
      throw new UncheckedIOException(
          what + " could not be " + verb + ", and what was there before is untouched: " + e, e);
    }
  }

  private static HostTensor host(NDArray array) {
    return HostTensor.of(array.toFloatArray(), array.getShape().getShape());
  }

  private static void put(NDArray target, HostTensor source) {
    try (GradMode off = GradMode.off();
        NDManager scope = target.getManager().newSubManager()) {
      NDArray values =
          scope.create(
              FloatBuffer.wrap(source.toFloats()), new Shape(target.getShape().getShape()));
      TorchOps.copyInPlace(target, values);
    }
  }
}
