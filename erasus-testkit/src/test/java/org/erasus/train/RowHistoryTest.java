package org.erasus.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;
import org.erasus.testkit.Golden;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training leaves about its rows. */
class RowHistoryTest {
  @TempDir Path folder;
  private UnlearningDataset data;

  @BeforeEach
  void open() {
    data = Toys.clouds(1);
  }

  @AfterEach
  void close() {
    data.close();
  }

  private static final Supervised TRAINING = new Supervised(Toys.training().withMaxEpochs(3));

  private RunOptions kept(int... snapshots) {
    return RunOptions.DEFAULTS.withHistory(HistoryFolder.in(folder).withSnapshots(snapshots));
  }

  private static String train(UnlearningModule module, UnlearningDataset rows, RunOptions options) {
    try (Network network = Toys.perceptron(1)) {
      UnlearningTask task = UnlearningTask.of(network, rows).withSeed(1).withOptions(options);
      RunRecord ignored = new UnlearningTrainer(task, module).fit(network);
      assertThat(ignored.reason()).isNotEmpty();
      return fingerprint(network);
    }
  }

  private static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }

  // ---- values

  /**
   * Three rows, four visits. Row 7: right, wrong, right, wrong: forgotten twice. Row 8: never right. Row 9: wrong, then right:
   * learned and never forgotten. z = (log 2, 0, 0) says ½, ¼, ¼, so a visit costs log 2 when right and log 4 when wrong.
   */
  @Test
  void whatBecameOfThreeRowsByHand() {
    int[][] right = {{7}, {9}, {7, 9}, {9}};
    try (UnlearningDataset three =
            UnlearningDataset.of(
                new float[3], new Shape(1), new int[] {0, 1, 2}, 3, new long[] {7, 8, 9});
        NDManager manager = EngineRuntime.newManager()) {
      RowHistory history = RowHistory.of(three.rows());
      for (int[] now : right) {
        float[][] logits = new float[3][3];
        for (int row = 0; row < 3; row++) {
          int id = 7 + row;
          boolean hit = Arrays.stream(now).anyMatch(i -> i == id);
          logits[row][hit ? row : (row + 1) % 3] = (float) Math.log(2);
        }
        float[] flat = new float[9];
        for (int i = 0; i < 9; i++) {
          flat[i] = logits[i / 3][i % 3];
        }
        NDArray z = manager.create(flat, new Shape(3, 3));
        history.visit(three.rows(), new Outputs(z, z, Optional.empty()));
      }
      assertThat(history.forgettingEvents(7)).isEqualTo(2);
      assertThat(history.forgettingEvents(8)).isZero();
      assertThat(history.forgettingEvents(9)).isZero();
      assertThat(history.everLearned(7)).isTrue();
      assertThat(history.everLearned(8)).isFalse();
      assertThat(history.everLearned(9)).isTrue();
      assertThat(history.rightAtLast(7)).isFalse();
      assertThat(history.rightAtLast(9)).isTrue();
      assertThat(history.mostVisits()).isEqualTo(4);
      assertThat(history.accumulatedLoss(7)).isCloseTo(6 * Math.log(2), offset(1e-6));
      assertThat(history.accumulatedLoss(8)).isCloseTo(8 * Math.log(2), offset(1e-6));
      assertThat(history.accumulatedLoss(9)).isCloseTo(5 * Math.log(2), offset(1e-6));
    }
  }

  @Test
  void whatBecameOfRowsIsWhatNumpyCounts() {
    Golden golden = Golden.load(RowHistoryTest.class, "history");
    int[] labels = Arrays.stream(golden.numbers("/labels")).mapToInt(v -> (int) v).toArray();
    int n = labels.length;
    try (UnlearningDataset rows = UnlearningDataset.of(new float[n], new Shape(1), labels, 4);
        NDManager manager = EngineRuntime.newManager()) {
      RowHistory history = RowHistory.of(rows.rows());
      double[][] visits = golden.table("/logits");
      for (int t = 0; t < visits.length; t++) {
        NDArray z = manager.create(golden.floats("/logits/" + t), new Shape(n, 4));
        history.visit(rows.rows(), new Outputs(z, z, Optional.empty()));
      }
      for (int i = 0; i < n; i++) {
        assertThat(history.visits(i)).isEqualTo(visits.length);
        assertThat(history.forgettingEvents(i)).isEqualTo((int) golden.number("/forgotten/" + i));
        assertThat(history.everLearned(i)).isEqualTo(golden.number("/learned/" + i) == 1);
        assertThat(history.rightAtLast(i)).isEqualTo(golden.number("/right/" + i) == 1);
        assertThat(history.accumulatedLoss(i)).isCloseTo(golden.number("/loss/" + i), offset(1e-9));
      }
    }
  }

  /** Takes down what the network says in every step, in training mode, by itself. */
  private record Witness(Training training, Map<Long, List<float[]>> said)
      implements UnlearningModule {
    @Override
    public NDArray retainStep(Step step) {
      Outputs outputs = step.student();
      float[] logits = outputs.logits().toFloatArray();
      for (int i = 0; i < step.batch().size(); i++) {
        float[] own = Arrays.copyOfRange(logits, i * 3, i * 3 + 3);
        said.computeIfAbsent(step.batch().rows().ids()[i], id -> new ArrayList<>()).add(own);
      }
      return outputs.crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }
  }

  /** Counted anew from all that was said, as the authors of forgetting events count. */
  @Test
  void aTrainingKeepsWhatItsStepsSaid() throws IOException {
    Map<Long, List<float[]>> said = new HashMap<>();
    UnlearningDataset all = data.markRetain(data.trained());
    Witness witness =
        new Witness(
            Toys.training().withMaxEpochs(12).withLearningRate(0.5).withValidateEvery(100), said);
    train(witness, all, kept());
    RowHistory history = RowHistory.load(folder);
    assertThat(history.ids()).hasSize(180);
    int transitions = 0;
    for (int position : all.retain().positions()) {
      long id = all.id(position);
      List<float[]> own = said.getOrDefault(id, List.of());
      assertThat(history.visits(id)).isEqualTo(12);
      if (own.size() > 12) {
        continue; // the trainer looks at the first rows after an epoch, too, which is no step
      }
      int forgotten = 0;
      boolean before = false;
      boolean ever = false;
      double loss = 0;
      for (float[] z : own) {
        boolean now = true;
        double sum = 0;
        for (int c = 0; c < 3; c++) {
          now &= z[c] <= z[all.label(position)];
          sum += Math.exp(z[c]);
        }
        forgotten += before && !now ? 1 : 0;
        before = now;
        ever |= now;
        loss += Math.log(sum) - z[all.label(position)];
      }
      transitions += forgotten;
      assertThat(history.forgettingEvents(id)).isEqualTo(forgotten);
      assertThat(history.rightAtLast(id)).isEqualTo(before);
      assertThat(history.everLearned(id)).isEqualTo(ever);
      assertThat(history.accumulatedLoss(id)).isCloseTo(loss, offset(1e-5));
    }
    assertThat(transitions).isGreaterThan(20);
  }

  /** Forget and retain steps both count; rows of a part that no step looks at do not. */
  @Test
  void everyPartOfAStepIsKept() throws IOException {
    UnlearningModule both =
        UnlearningModule.of(
            "both",
            Toys.training().withMaxEpochs(2).withPairing(Pairing.JOINT),
            step -> step.student().crossEntropy(),
            step -> step.teacher().crossEntropy().add(step.l1Norm()));
    train(both, data, kept());
    RowHistory history = RowHistory.load(folder);
    for (long id : data.forget().ids()) {
      assertThat(history.visits(id)).isEqualTo(2);
    }
    history.requireRows(data.forget());
    assertThat(history.visits(data.retain().ids()[0])).isZero();
    assertThatThrownBy(() -> history.requireRows(data.retain()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row 1 was never visited in the training");
  }

  /** A step by a rule, its retain gradient at θ + shift. */
  private record Ruled(float shift) implements UnlearningModule {
    @Override
    public Training training() {
      return Toys.training().withMaxEpochs(2).withPairing(Pairing.JOINT);
    }

    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public Optional<GradientRule> gradientRule() {
      return Optional.of(
          gradients -> {
            NDArray forget = gradients.forget();
            return forget.add(gradients.retain(0, forget.zerosLike().addi(shift)));
          });
    }
  }

  /** What is said at weights on the way to a direction is no visit: the history is of the weights before each step. */
  @ParameterizedTest
  @ValueSource(floats = {0, 0.5f})
  void gradientsAtOtherWeightsThanBeforeTheStepAreNoVisits(float shift) throws IOException {
    train(new Ruled(shift), data, kept());
    RowHistory history = RowHistory.load(folder);
    for (long id : data.forget().ids()) {
      assertThat(history.visits(id)).isEqualTo(2);
    }
    int visits = Arrays.stream(data.retain().ids()).mapToInt(history::visits).sum();
    assertThat(visits > 0).isEqualTo(shift == 0);
  }

  @Test
  void keepingAHistoryChangesNothing() {
    assertThat(train(TRAINING, data, kept(0, 1, 2, 3)))
        .isEqualTo(train(TRAINING, data, RunOptions.DEFAULTS));
  }

  // ---- weights from the middle

  @Test
  void weightsAreKeptAfterTheEpochsNamed() throws IOException {
    HistoryFolder kept = HistoryFolder.in(folder).withSnapshots(3, 0, 2, 2);
    assertThat(kept.snapshots()).containsExactly(0, 2, 3);
    String end = train(TRAINING, data, RunOptions.DEFAULTS.withHistory(kept));
    String two =
        train(new Supervised(TRAINING.training().withMaxEpochs(2)), data, RunOptions.DEFAULTS);
    List<String> found = new ArrayList<>();
    for (Path file : kept.snapshotFiles()) {
      try (Network network = Toys.perceptron(9)) {
        network.load(file);
        found.add(fingerprint(network));
      }
    }
    try (Network start = Toys.perceptron(1)) {
      assertThat(found).containsExactly(fingerprint(start), two, end);
    }
    assertThat(Files.exists(kept.snapshotFile(1))).isFalse();
  }

  @Test
  void weightsBeyondTheLastEpochAreRefused() {
    assertThatThrownBy(() -> train(TRAINING, data, kept(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("snapshots must be at most maxEpochs = 3, but one was 4");
    assertThatThrownBy(() -> HistoryFolder.in(folder).withSnapshots(-1))
        .hasMessage("snapshots must be at least 0, but was -1");
  }

  // ---- going on

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private static Listener killAt(long step) {
    return new Listener() {
      @Override
      public void stepped(long steps, double loss) {
        if (steps == step) {
          throw new Killed();
        }
      }
    };
  }

  private static Map<String, byte[]> files(Path where) throws IOException {
    Map<String, byte[]> found = new TreeMap<>();
    try (var list = Files.list(where)) {
      for (Path file : list.toList()) {
        found.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return found;
  }

  private static void assertSame(Map<String, byte[]> found, Map<String, byte[]> expected) {
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    found.forEach((name, bytes) -> assertThat(bytes).as(name).isEqualTo(expected.get(name)));
  }

  /** 18 steps, 6 an epoch: killed after each, the files are the same to the last byte. */
  @ParameterizedTest
  @ValueSource(ints = {1, 4, 100})
  void aTrainingThatIsKilledLeavesTheSameHistory(int everySteps) throws IOException {
    HistoryFolder whole = HistoryFolder.in(folder.resolve("whole")).withSnapshots(0, 1, 3);
    train(TRAINING, data, RunOptions.DEFAULTS.withHistory(whole));
    Map<String, byte[]> expected = files(whole.folder());
    assertThat(expected.keySet())
        .containsExactly(
            "after-epoch-0.safetensors",
            "after-epoch-1.safetensors",
            "after-epoch-3.safetensors",
            "history.safetensors");
    for (int step = 1; step <= 18; step++) {
      Path own = folder.resolve("killed-" + step);
      RunOptions options =
          RunOptions.DEFAULTS
              .withCheckpoints(Checkpoints.in(own.resolve("run")).withEverySteps(everySteps))
              .withHistory(HistoryFolder.in(own.resolve("rows")).withSnapshots(0, 1, 3));
      int killed = step;
      assertThatThrownBy(() -> train(TRAINING, data, options.withListener(killAt(killed))))
          .isInstanceOf(Killed.class);
      assertThat(own.resolve("rows/history.safetensors")).doesNotExist();
      train(TRAINING, data, options);
      assertSame(files(own.resolve("rows")), expected);
      Files.delete(own.resolve("rows/history.safetensors"));
      train(TRAINING, data, options); // finished: the record is written from the state of the run
      assertSame(files(own.resolve("rows")), expected);
    }
  }

  /** Negative control: what a checkpoint holds of the rows is what the record goes on from. */
  @Test
  void whatACheckpointHoldsOfTheRowsMatters() throws IOException {
    RunOptions options = kept().withCheckpoints(Checkpoints.in(folder.resolve("run")));
    assertThatThrownBy(() -> train(TRAINING, data, options.withListener(killAt(8))))
        .isInstanceOf(Killed.class);
    Path file = folder.resolve("run/run.safetensors");
    Safetensors state = Safetensors.read(file);
    Map<String, HostTensor> tensors = new LinkedHashMap<>(state.tensors());
    assertThat(tensors)
        .containsKeys("history.ids", "history.visits", "history.loss", "history.learned");
    HostTensor visits = state.tensor("history.visits");
    ByteBuffer more = ByteBuffer.allocate(4 * visits.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (long v : visits.toLongs()) {
      more.putInt((int) v + 100);
    }
    tensors.put("history.visits", HostTensor.wrap(visits.spec(), more.flip()));
    new Safetensors(tensors, state.metadata()).write(file);
    train(TRAINING, data, options);
    assertThat(RowHistory.load(folder).mostVisits()).isEqualTo(103);
  }

  @Test
  void aRunThatWasBegunWithoutAHistoryOrWithAnotherIsRefused() {
    RunOptions plain = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder.resolve("run")));
    assertThatThrownBy(() -> train(TRAINING, data, plain.withListener(killAt(8))))
        .isInstanceOf(Killed.class);
    assertThatThrownBy(() -> train(TRAINING, data, plain.withHistory(HistoryFolder.in(folder))))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("holds the state of another run, its history differs");
  }

  @Test
  void aRunThatStartsAfreshLeavesNoOldRecordBehind() {
    train(TRAINING, data, kept());
    assertThat(folder.resolve("history.safetensors")).exists();
    assertThatThrownBy(() -> train(TRAINING, data, kept().withListener(killAt(2))))
        .isInstanceOf(Killed.class);
    assertThat(folder.resolve("history.safetensors")).doesNotExist();
  }

  /** Weights of an earlier run must not be taken for those of this one. */
  @Test
  void aRunThatStartsAfreshLeavesNoOldWeightsBehind() {
    train(TRAINING, data, kept(2));
    assertThat(folder.resolve("after-epoch-2.safetensors")).exists();
    train(TRAINING, data, kept(1));
    assertThat(folder.resolve("after-epoch-1.safetensors")).exists();
    assertThat(folder.resolve("after-epoch-2.safetensors")).doesNotExist();
  }

  // ---- what is no record, or of other rows

  @Test
  void filesThatAreNoHistoryAreRefused() throws IOException {
    assertThatThrownBy(() -> RowHistory.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(
            "history.safetensors is not there: train with RunOptions.withHistory");
    train(TRAINING, data, kept());
    Path file = folder.resolve("history.safetensors");
    Safetensors good = Safetensors.read(file);
    assertThat(good.metadata()).containsEntry("format", "erasus row history 1");
    new Safetensors(good.tensors(), Map.of("format", "erasus row history 2")).write(file);
    assertThatThrownBy(() -> RowHistory.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("must be of the format \"erasus row history 1\"");
    for (String name : good.tensors().keySet()) {
      Map<String, HostTensor> less = new LinkedHashMap<>(good.tensors());
      less.remove(name);
      new Safetensors(less, good.metadata()).write(file);
      assertThatThrownBy(() -> RowHistory.load(folder))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("\"" + name + "\"");
      less.put(name, HostTensor.of(new float[] {1}, 1));
      new Safetensors(less, good.metadata()).write(file);
      assertThatThrownBy(() -> RowHistory.load(folder)).isInstanceOf(IOException.class);
    }
    Files.writeString(file, "something else");
    assertThatThrownBy(() -> RowHistory.load(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
    good.write(file);
    assertThat(RowHistory.load(folder))
        .isEqualTo(RowHistory.load(folder))
        .hasToString("RowHistory[180 rows, at most 3 visits]");
  }

  /** A row is known by id, class and values; what is around it may change. */
  @Test
  void rowsAreKnownByWhatTheyAre() throws IOException {
    train(TRAINING, data.markRetain(data.trained()), kept());
    RowHistory history = RowHistory.load(folder);
    history.requireRows(data.trained());
    history.requireRows(data.trained().take(5, 3));
    try (UnlearningDataset other = Toys.clouds(2)) {
      assertThatThrownBy(() -> history.requireRows(other.trained()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("row 0 has another class or other values");
    }
    int width = Toys.WIDTH;
    float[] inputs = new float[width];
    try (var batch = data.withIds(4).load(ai.djl.Device.cpu())) {
      System.arraycopy(batch.inputs().singletonOrThrow().toFloatArray(), 0, inputs, 0, width);
    }
    int label = data.withIds(4).labels()[0];
    try (UnlearningDataset same =
            UnlearningDataset.of(inputs, new Shape(width), new int[] {label}, 3, new long[] {4});
        UnlearningDataset relabelled =
            UnlearningDataset.of(
                inputs, new Shape(width), new int[] {(label + 1) % 3}, 3, new long[] {4})) {
      history.requireRows(same.rows());
      assertThatThrownBy(() -> history.requireRows(relabelled.rows()))
          .hasMessageStartingWith("row 4 has another class");
    }
    assertThatThrownBy(() -> history.visits(4711))
        .hasMessage("row 4711 is not in the history, which holds 180 rows");
  }
}
