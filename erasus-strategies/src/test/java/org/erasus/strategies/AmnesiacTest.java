package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.erasus.Coreset;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.io.HostTensor;
import org.erasus.io.Safetensors;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Checkpoints;
import org.erasus.train.EarlyStopping;
import org.erasus.train.Listener;
import org.erasus.train.Monitor;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AmnesiacTest implements StrategyContract {
  private static final Training TRAINING = Toys.training().withMaxEpochs(3);

  @TempDir Path folder;

  @Override
  public Amnesiac strategy() {
    return Amnesiac.DEFAULTS.withRepair(Toys.training().withMaxEpochs(1)).withFolder(folder);
  }

  /** Trained with the log, which is the same network as trained without. */
  @Override
  public Network network(UnlearningDataset data) {
    return trained(Toys.perceptron(1), data, RunOptions.DEFAULTS);
  }

  private Network trained(Network network, UnlearningDataset data, RunOptions options) {
    strategy().train(TRAINING, network, data.markRetain(data.trained()), data.forget(), 1, options);
    return network;
  }

  @Test
  void trainingIsPlainTraining() {
    try (UnlearningDataset data = data();
        Network logged = network(data);
        Network plain = Toys.perceptron(1)) {
      new Supervised(TRAINING).train(plain, data.markRetain(data.trained()), 1);
      assertThat(StrategyContract.fingerprint(logged))
          .isEqualTo(StrategyContract.fingerprint(plain));
    }
  }

  /** θ − Σ_S Δ = θ₀ + Σ of the others; when every batch holds a forget row nothing but θ₀ is left. */
  @Test
  void takingAllStepsBackLeavesTheFirstWeights() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1);
        Weights start = network.weights()) {
      strategy()
          .train(
              TRAINING.withBatchSize(1000),
              network,
              data.markRetain(data.trained()),
              data.forget(),
              1);
      float[] trained = floats(network);
      float[] back = Runs.weightsAfter(strategy().withoutRepair(), network, data);
      for (int i = 0; i < back.length; i++) {
        assertThat(back[i]).isCloseTo(start.toFloats()[i], within(1e-6f));
      }
      assertThat(back).isNotEqualTo(trained);
    }
  }

  /** What is subtracted is what lies in the files, of batches with the row and of no others. */
  @Test
  void takesBackTheFilesOfTheBatchesWithTheRow() throws IOException {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningDataset one = data.markRetain(data.forget()).markForget(20);
      float[] expected = floats(network);
      int taken = 0;
      for (int step = 0; step < 18; step++) {
        Path file = folder.resolve("step-" + step + ".safetensors");
        if (Files.exists(file)) {
          Safetensors change = Safetensors.read(file);
          if (change.metadata().getOrDefault("rows", "").matches("(?s).*\\b20\\b.*")) {
            float[] delta = change.tensor("delta").toFloats();
            for (int i = 0; i < expected.length; i++) {
              expected[i] -= delta[i];
            }
            taken++;
          }
        }
      }
      assertThat(taken).isEqualTo(3); // once an epoch
      assertThat(Runs.weightsAfter(strategy().withoutRepair(), network, one)).isEqualTo(expected);
    }
  }

  /** A second request that names its own rows alone ends, to the bit, as one for the rows of both, and so does one after a restart. */
  @Test
  void whatWasForgottenStaysForgotten() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningDataset all = data.markRetain(data.trained());
      long[] ids = data.forget().ids();
      float[] first = Runs.weightsAfter(strategy(), network, all.markForget(ids[0]));
      float[] second = Runs.weightsAfter(strategy(), network, all.markForget(ids[1]));
      float[] both = Runs.weightsAfter(strategy(), network, all.markForget(ids[0], ids[1]));
      assertThat(second).isEqualTo(both);
      assertThat(second).isNotEqualTo(first);
      try (Network again = network(data)) {
        assertThat(Runs.weightsAfter(strategy(), again, all.markForget(ids[1]))).isEqualTo(both);
      }
    }
  }

  /** Nor does a retain coreset bring it back; what is left of the coreset keeps its weights. */
  @Test
  void whatWasForgottenStaysForgottenInARetainCoreset() throws IOException {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningDataset all = data.markRetain(data.trained());
      long[] ids = data.forget().ids();
      Runs.weightsAfter(strategy(), network, all.markForget(ids[0]));
      UnlearningTask second = UnlearningTask.of(network, all.markForget(ids[1])).withSeed(2);
      Coreset others = Coreset.of(data.retain().first(40).ids(), "others");
      Coreset alone = Coreset.of(new long[] {ids[0]}, "alone");
      double[] twos = new double[41];
      Arrays.fill(twos, 2);
      twos[1] = 7;
      String before = Files.readString(folder.resolve("amnesiac.json"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(second.withRetainCoreset(alone)))
          .withMessageContaining(
              "amnesiac needs retain rows for its repair, but all 1 were to be forgotten by earlier requests");
      assertThat(folder.resolve("amnesiac.json")).hasContent(before);
      float[] without =
          after(second.withRetainCoreset(others.withWeights(Arrays.copyOf(twos, 40))));
      assertThat(after(second.withRetainCoreset(others.union(alone).withWeights(twos))))
          .isEqualTo(without);
      assertThat(after(second.withRetainCoreset(others))).isNotEqualTo(without);
    }
  }

  private float[] after(UnlearningTask task) {
    try (Unlearned unlearned = strategy().unlearn(task)) {
      return floats(unlearned.network());
    }
  }

  /** The control: repair alone is fine-tuning, and ends elsewhere. */
  @Test
  void isNotFineTuning() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(strategy(), network, data))
          .isNotEqualTo(
              Runs.weightsAfter(new FineTune(strategy().repair().orElseThrow()), network, data));
    }
  }

  @Test
  void endsWhereItDoesInPyTorch() {
    Golden golden = Golden.load(AmnesiacTest.class, "data");
    Amnesiac amnesiac = strategy().withRepair(GoldenRun.training(3, 0.05));
    try (UnlearningDataset marked = GoldenRun.THREE_CLASSES.data();
        Network network = GoldenRun.THREE_CLASSES.network()) {
      UnlearningDataset all = marked.markRetain(marked.trained());
      UnlearningDataset data = all.markForget(0, 10);
      amnesiac.train(GoldenRun.training(2, 0.05).withBatchSize(8), network, all, data.forget(), 9);
      assertClose(floats(network), golden.numbers("/amnesiac/trained"));
      try (Unlearned unlearned = amnesiac.unlearn(UnlearningTask.of(network, data).withSeed(9))) {
        assertClose(floats(unlearned.network()), golden.numbers("/amnesiac/repaired"));
        int steps = (int) golden.number("/amnesiac/steps");
        assertThat(unlearned.record().reason())
            .isEqualTo("all epochs done: took back " + steps + " of " + steps + " logged steps");
      }
    }
  }

  private static void assertClose(float[] found, double[] expected) {
    assertThat(found).hasSize(expected.length);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  private static float[] floats(Network network) {
    try (Weights weights = network.weights()) {
      return weights.toFloats();
    }
  }

  @Test
  void aTrainingThatWasKilledGoesOnToTheSameLog() {
    Checkpoints checkpoints = new Checkpoints(folder.resolve("checkpoints"), OptionalInt.of(1));
    RunOptions kept = RunOptions.DEFAULTS.withCheckpoints(checkpoints);
    RunOptions killed =
        kept.withListener(
            new Listener() {
              @Override
              public void stepped(long steps, double loss) {
                if (steps == 8) {
                  throw new IllegalStateException("killed");
                }
              }
            });
    try (UnlearningDataset data = data();
        Network first = Toys.perceptron(1);
        Network second = Toys.perceptron(1)) {
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> trained(first, data, killed));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(UnlearningTask.of(first, data)))
          .withMessageContaining("did not come to its end");
      trained(second, data, kept);
      float[] expected = Runs.weightsAfter(strategy(), second, data);
      try (Network whole = network(data)) {
        assertThat(Runs.weightsAfter(strategy(), whole, data)).isEqualTo(expected);
      }
    }
  }

  @Test
  void aRepairThatWasKilledGoesOnToTheSameWeights() {
    RunOptions kept =
        RunOptions.DEFAULTS.withCheckpoints(
            new Checkpoints(folder.resolve("checkpoints"), OptionalInt.of(1)));
    Listener killer =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            if (steps == 3) {
              throw new IllegalStateException("killed");
            }
          }
        };
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(2);
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> strategy().unlearn(task.withOptions(kept.withListener(killer))))
          .withMessage("killed");
      try (Unlearned resumed = strategy().unlearn(task.withOptions(kept))) {
        assertThat(floats(resumed.network()))
            .isEqualTo(Runs.weightsAfter(strategy(), network, data));
      }
    }
  }

  @Test
  void maskedWeightsStay() {
    try (UnlearningDataset data = data();
        Network network = network(data);
        NDManager scope = EngineRuntime.newManager();
        Mask mask =
            Mask.ofLargest(scope.arange(0f, (float) network.layout().parameters(), 1f), 0.5);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data).withMask(mask))) {
      float[] before = floats(network);
      float[] after = floats(unlearned.network());
      long frozen = before.length / 2;
      assertThat(Runs.equalEntries(before, after)).isBetween(frozen, frozen + 20);
      for (int i = 0; i < frozen; i++) {
        assertThat(after[i]).isEqualTo(before[i]);
      }
    }
  }

  @Test
  void saysWhenTheLogIsNotOfThisNetworkOrTheseRows() throws IOException {
    Amnesiac amnesiac = strategy();
    try (UnlearningDataset data = data();
        Network network = network(data);
        Network other = Toys.perceptron(1)) {
      refuses(
          Amnesiac.DEFAULTS.withFolder(folder.resolve("nowhere")),
          network,
          data,
          "there is no log of a training in");
      refuses(Amnesiac.DEFAULTS, network, data, "its settings name none");
      refuses(amnesiac, other, data, "is of another network");
      refuses(
          amnesiac,
          network,
          data.markForget(1),
          "1 forget rows were not named sensitive when the network was trained");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  amnesiac.train(
                      TRAINING, other, data.markRetain(data.trained()), data.retain(), 1))
          .withMessageContaining("holds the log of another training");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> amnesiac.train(TRAINING, other, data, data.unseen(), 1))
          .withMessageContaining("sensitive rows must be trained on, but row");
      List<Path> steps;
      try (var files = Files.list(folder)) {
        steps = files.filter(file -> file.toString().contains("step-")).toList();
      }
      new Safetensors(
              Map.of("delta", HostTensor.of(new float[] {1, 2}, 2)),
              Safetensors.read(steps.get(0)).metadata())
          .write(steps.get(0));
      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> amnesiac.unlearn(UnlearningTask.of(network, data)))
          .withMessageContaining("holds 2 changes, but the network has 195 parameters");
      Files.delete(steps.get(0));
      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> amnesiac.unlearn(UnlearningTask.of(network, data)))
          .withMessageContaining("could not be read");
    }
  }

  /** Steps whose index is gone might be of any training: they are neither taken back nor mixed with those of another. */
  @Test
  void stepsWithoutTheirIndexAreNotUsed() throws IOException {
    try (UnlearningDataset data = data();
        Network network = network(data);
        Network fresh = Toys.perceptron(1)) {
      Files.delete(folder.resolve("amnesiac.json"));
      refuses(strategy(), network, data, "there is no log of a training in");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> trained(fresh, data, RunOptions.DEFAULTS))
          .withMessageContaining("holds steps of a training without its index");
      assertThat(folder.resolve("amnesiac.json")).doesNotExist();
    }
  }

  /** It would go back to the weights of an epoch, while the log has the steps after it. */
  @Test
  void refusesToTrainWithEarlyStopping() {
    Training stopping =
        TRAINING.withEarlyStopping(
            new EarlyStopping(Monitor.VALIDATION_ACCURACY, EarlyStopping.Mode.MAX, 1));
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().train(stopping, network, all, data.forget(), 1))
          .withMessageStartingWith("training must have no early stopping");
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** Rows are named by their places, at which other rows stand here. */
  @Test
  void refusesSensitiveRowsOfAnotherDataSet() {
    try (UnlearningDataset data = data();
        UnlearningDataset others =
            UnlearningDataset.of(
                new float[Toys.WIDTH], data.rowShape(), new int[1], 3, new long[] {7});
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().train(TRAINING, network, all, others.rows(), 1))
          .withMessage("the rows are of another data set");
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void aLogIsTrainedByOneAtATime() throws IOException {
    Path lock = folder.resolve("amnesiac.lock");
    boolean[] held = new boolean[1];
    Listener other =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            assertThatIllegalStateException()
                .isThrownBy(() -> HeldFile.of(lock, "held"))
                .withMessage("held");
            held[0] = true;
          }
        };
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      try (HeldFile first = HeldFile.of(lock, "held")) {
        assertThatIllegalStateException()
            .isThrownBy(() -> trained(network, data, RunOptions.DEFAULTS))
            .withMessageContaining("is in use: wait until that training has ended");
        assertThat(folder.resolve("amnesiac.json")).doesNotExist();
      }
      trained(network, data, RunOptions.DEFAULTS.withListener(other));
      assertThat(held[0]).isTrue();
    }
  }

  private static void refuses(
      UnlearningStrategy strategy, Network network, UnlearningDataset data, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> strategy.unlearn(UnlearningTask.of(network, data)))
        .withMessageContaining(message);
  }
}
