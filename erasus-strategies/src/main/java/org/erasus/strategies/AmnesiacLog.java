package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;
import org.jspecify.annotations.Nullable;

/** What batches with sensitive rows changed, in a folder: a file for every such step and one that says what they belong to. */
final class AmnesiacLog {
  private static final String DELTA = "delta";
  private static final String ROWS = "rows";
  private static final String STEP = "step-";
  private static final String END = ".safetensors";

  /**
   * The training a log is of.
   *
   * @param start fingerprint of the weights it started from
   * @param data fingerprint of the data set
   * @param marks fingerprint of its marks
   * @param sensitive ids, ascending
   */
  record About(
      Training training,
      long seed,
      String architecture,
      String start,
      String data,
      String marks,
      List<Long> sensitive) {}

  /**
   * What stands in the folder.
   *
   * @param trained fingerprint of the weights it ended with, once it has
   * @param steps whose changes are kept, ascending
   * @param removed ids that were asked to be forgotten so far, ascending
   */
  record Index(About about, Optional<String> trained, List<Long> steps, List<Long> removed) {}

  /**
   * What a request takes back.
   *
   * @param steps whose changes are kept, ascending
   * @param rows ids to be forgotten, those of earlier requests among them
   */
  record Request(List<Long> steps, Set<Long> rows) {}

  /** Rows of a batch that are sensitive. */
  record Ids(List<Long> ids) {}

  private final Path folder;

  AmnesiacLog(Path folder) {
    this.folder = folder;
  }

  private Path index() {
    return folder.resolve("amnesiac.json");
  }

  private Path file(long step) {
    return folder.resolve(STEP + step + END);
  }

  /** Nobody else trains or writes down a request meanwhile. */
  private HeldFile hold() throws IOException {
    Files.createDirectories(folder);
    return HeldFile.of(
        folder.resolve("amnesiac.lock"),
        "the log in "
            + folder
            + " is in use: wait until that training has ended or that request is written down");
  }

  private UncheckedIOException failed(String verb, IOException e) {
    return new UncheckedIOException(
        "the log in " + folder + " could not be " + verb + ": " + e.getMessage(), e);
  }

  // ---- writing

  RunRecord train(
      Training training,
      Network network,
      UnlearningDataset data,
      Rows sensitive,
      long seed,
      RunOptions options) {
    if (training.earlyStopping().isPresent()) {
      throw new IllegalArgumentException(
          "training must have no early stopping: it goes back to the weights of the best epoch, and the log has the steps of all");
    }
    data.requireOwn(sensitive);
    Set<Long> ids = new TreeSet<>();
    for (int position : sensitive.positions()) {
      if (data.mark(position) != Mark.RETAIN) {
        throw new IllegalArgumentException(
            "sensitive rows must be trained on, but row "
                + data.id(position)
                + " is "
                + data.mark(position));
      }
      ids.add(data.id(position));
    }
    Logged module = new Logged(training, List.copyOf(ids), folder);
    UnlearningTask task = UnlearningTask.of(network, data).withSeed(seed).withOptions(options);
    task.require(module);
    About about =
        new About(
            training,
            seed,
            network.architectureFingerprint(),
            fingerprint(network),
            data.fingerprint(),
            data.marksFingerprint(),
            module.sensitive());
    try (HeldFile held = hold()) {
      List<Long> removed = List.of();
      if (Files.exists(index())) {
        Index known = Json.load(index(), Index.class);
        if (!known.about().equals(about)) {
          throw new IllegalArgumentException(
              folder
                  + " holds the log of another training: use another folder, or delete this one");
        }
        removed = known.removed();
      }
      if (Files.notExists(index()) && !written().isEmpty()) {
        throw new IllegalArgumentException(
            folder
                + " holds steps of a training without its index: use another folder, or delete this one");
      }
      Json.save(index(), new Index(about, Optional.empty(), List.of(), removed));
      RunRecord record = new UnlearningTrainer(task, module).fit(network);
      Json.save(index(), new Index(about, Optional.of(fingerprint(network)), written(), removed));
      return record;
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  private List<Long> written() throws IOException {
    Set<Long> steps = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, STEP + "*" + END)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        steps.add(Long.valueOf(name.substring(STEP.length(), name.length() - END.length())));
      }
    }
    return List.copyOf(steps);
  }

  private static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }

  private void write(long step, List<Long> ids, float[] change) {
    try {
      new Safetensors(
              Map.of(DELTA, HostTensor.of(change, change.length)),
              Map.of(ROWS, Json.write(new Ids(ids))))
          .write(file(step));
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  // ---- reading

  /**
   * Checks that the log is of this network and knows these rows, and writes down that they are to be forgotten: from here on
   * every request forgets them.
   *
   * @param forget ids of the request
   * @param check refuses what it does not like of all ids to be forgotten, before anything is written
   */
  Request request(Network network, Set<Long> forget, Consumer<Set<Long>> check) {
    require(network, forget);
    try (HeldFile held = hold()) {
      Index index = require(network, forget);
      Set<Long> all = new TreeSet<>(index.removed());
      boolean more = all.addAll(forget);
      check.accept(all);
      if (more) {
        Json.save(
            index(), new Index(index.about(), index.trained(), index.steps(), List.copyOf(all)));
      }
      return new Request(index.steps(), all);
    } catch (IOException e) {
      throw failed("written", e);
    }
  }

  private Index require(Network network, Set<Long> forget) {
    if (Files.notExists(index())) {
      throw new IllegalArgumentException(
          "there is no log of a training in " + folder + ": train with Amnesiac.train");
    }
    Index index;
    try {
      index = Json.load(index(), Index.class);
    } catch (IOException e) {
      throw failed("read", e);
    }
    if (index.trained().isEmpty()) {
      throw new IllegalArgumentException(
          "the training logged in " + folder + " did not come to its end: start it again");
    }
    if (!index.trained().get().equals(fingerprint(network))) {
      throw new IllegalArgumentException(
          "the log in "
              + folder
              + " is of another network, or of this one before it was changed: it is for the network as it was trained");
    }
    List<Long> strange =
        forget.stream().filter(id -> !index.about().sensitive().contains(id)).sorted().toList();
    if (!strange.isEmpty()) {
      throw new IllegalArgumentException(
          strange.size()
              + " forget rows were not named sensitive when the network was trained, so their batches are not in the log; the"
              + " first is "
              + strange.get(0));
    }
    return index;
  }

  /**
   * Δ of a step, when one of some rows was in its batch.
   *
   * @param parameters P of the network it must fit
   */
  Optional<float[]> ofBatchWith(long step, Set<Long> rows, long parameters) {
    try {
      Safetensors read = Safetensors.read(file(step));
      HostTensor.requireFinite(file(step), read.tensors());
      Ids sensitive = Json.read(read.metadata().getOrDefault(ROWS, ""), Ids.class);
      if (sensitive.ids().stream().noneMatch(rows::contains)) {
        return Optional.empty();
      }
      float[] change = read.tensor(DELTA).toFloats();
      if (change.length != parameters) {
        throw new IOException(
            file(step)
                + " holds "
                + change.length
                + " changes, but the network has "
                + parameters
                + " parameters");
      }
      return Optional.of(change);
    } catch (IOException e) {
      throw failed("read", e);
    }
  }

  // ---- the training

  /** Plain training whose steps on batches with sensitive rows are logged. */
  record Logged(Training training, List<Long> sensitive, Path folder) implements UnlearningModule {
    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }

    @Override
    public UnlearningModule prepared(UnlearningTask task, RunLog log) {
      return new AtWork(training, Set.copyOf(sensitive), new AmnesiacLog(folder));
    }
  }

  /** Holds the weights from before a step on a batch with sensitive rows until the step is taken. */
  private static final class AtWork implements UnlearningModule {
    private final Training training;
    private final Set<Long> sensitive;
    private final AmnesiacLog log;
    private @Nullable NDArray before;
    private List<Long> inBatch = List.of();
    private long step;

    AtWork(Training training, Set<Long> sensitive, AmnesiacLog log) {
      this.training = training;
      this.sensitive = sensitive;
      this.log = log;
    }

    @Override
    public Training training() {
      return training;
    }

    @Override
    public NDArray retainStep(Step now) {
      release();
      inBatch =
          Arrays.stream(now.batch().rows().ids()).boxed().filter(sensitive::contains).toList();
      step = now.number();
      if (!inBatch.isEmpty()) {
        try (GradMode off = GradMode.off()) {
          before = now.parameters().duplicate();
        }
      }
      return now.student().crossEntropy();
    }

    @Override
    public Optional<AfterStep> afterStep() {
      return Optional.of(
          (parameters, original, rate, done) -> {
            if (before != null) {
              try (NDArray change = parameters.sub(before)) {
                log.write(step, new ArrayList<>(inBatch), change.toFloatArray());
              }
              release();
            }
          });
    }

    @Override
    public void release() {
      if (before != null) {
        before.close();
        before = null;
      }
    }
  }
}
