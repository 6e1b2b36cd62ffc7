package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.erasus.Batch;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TorchOps;
import org.erasus.nn.BatchNorm2d;
import org.erasus.nn.Conv2d;
import org.erasus.nn.Dropout;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Checkpoints;
import org.erasus.train.EarlyStopping;
import org.erasus.train.Listener;
import org.erasus.train.Monitor;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SisaTest implements StrategyContract {
  private static final long SEED = 4;

  @TempDir Path folders;

  private Sisa sisa(String folder) {
    return new Sisa(3, 2, Sisa.Vote.SOFT, Toys.training().withMaxEpochs(3), Optional.empty())
        .withFolder(folders.resolve(folder));
  }

  /** An ensemble of everything the contract's data set trains on, made when first asked for. */
  @Override
  public UnlearningStrategy strategy() {
    Sisa sisa = sisa("contract");
    if (Files.notExists(folders.resolve("contract"))) {
      try (UnlearningDataset data = data();
          Network network = Toys.perceptron(1)) {
        sisa.train(network, data.markRetain(data.trained()), SEED).close();
      }
    }
    return sisa;
  }

  /** Trains on everything, asks for what is wanted, gives the fingerprint of what predicts in the end. */
  private String afterwards(String folder, Consumer<SisaEnsemble> use) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            sisa(folder).train(network, data.markRetain(data.trained()), SEED)) {
      use.accept(ensemble);
      return StrategyContract.fingerprint(ensemble.network());
    }
  }

  private String withoutRows(String folder, long... ids) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            sisa(folder).train(network, data.markRetain(data.trained()).markForget(ids), SEED)) {
      return StrategyContract.fingerprint(ensemble.network());
    }
  }

  // ---- exactness

  /** The claim of the paper, bit for bit, over two requests; the control is that the rows had left a trace. */
  @Test
  void afterDeletionsItIsWhatItWouldBeWithoutTheRows() {
    String without = withoutRows("without", 3, 40, 41, 177);
    assertThat(
            afterwards(
                "deleted",
                ensemble -> {
                  ensemble.delete(40, 3);
                  assertThat(ensemble.delete(41, 177, 40).ids()).containsExactly(41L, 177L);
                  assertThat(ensemble.deleted()).isEqualTo(Set.of(3L, 40L, 41L, 177L));
                }))
        .isEqualTo(without);
    assertThat(afterwards("all", ensemble -> {})).isNotEqualTo(without);
    assertThat(afterwards("one", ensemble -> ensemble.delete(3, 40, 41))).isNotEqualTo(without);
  }

  /** Neither the place of a row in the data set nor the rows that are not there make a difference. */
  @Test
  void aDataSetWithoutTheRowsInAnotherOrderGivesTheSame() {
    try (UnlearningDataset data = Toys.clouds(1);
        UnlearningDataset less = withoutBackwards(data, Set.of(3L, 40L));
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble = sisa("less").train(network, less, SEED)) {
      assertThat(StrategyContract.fingerprint(ensemble.network()))
          .isEqualTo(withoutRows("marked", 3, 40));
    }
  }

  private static UnlearningDataset withoutBackwards(UnlearningDataset data, Set<Long> gone) {
    int[] kept =
        IntStream.range(0, data.size())
            .map(i -> data.size() - 1 - i)
            .filter(i -> data.trained().size() > i && !gone.contains(data.id(i)))
            .toArray();
    try (Batch batch = data.rows().take(kept).load(EngineRuntime.defaultDevice())) {
      return UnlearningDataset.of(
          batch.inputs().singletonOrThrow().toFloatArray(),
          new Shape(Toys.WIDTH),
          batch.rows().labels(),
          Toys.CLASSES,
          batch.rows().ids());
    }
  }

  /** Every slice is a run of its own, with a seed of its own: no one's checkpoint is for another. */
  @Test
  void checkpointsOfTheCallerAreNotInTheWay() {
    RunOptions options =
        RunOptions.DEFAULTS.withCheckpoints(
            new Checkpoints(folders.resolve("checkpoints"), OptionalInt.of(1)));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      try (SisaEnsemble ensemble = sisa("kept").train(network, all, SEED, options)) {
        ensemble.delete(3);
      }
      try (SisaEnsemble opened = sisa("kept").open(network, all, options)) {
        assertThat(StrategyContract.fingerprint(opened.network()))
            .isEqualTo(withoutRows("without-checkpoints", 3));
      }
    }
  }

  @Test
  void onlyTheShardOfTheRowIsTrainedAgain() {
    Sisa sisa = sisa("shards");
    int touched = sisa.shardOf(40, new Seeds(SEED));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble = sisa.train(network, data.markRetain(data.trained()), SEED);
        Network before = ensemble.network().copy()) {
      ensemble.delete(40);
      for (int shard = 0; shard < 3; shard++) {
        try (Network old = before.part("shard-" + shard);
            Network now = ensemble.network().part("shard-" + shard)) {
          assertThat(StrategyContract.fingerprint(old).equals(StrategyContract.fingerprint(now)))
              .isEqualTo(shard != touched);
        }
      }
    }
  }

  /** What a slice file must hold is more than parameters: running statistics, and where dropout had come to by its seed. */
  @Test
  void itIsExactWithRunningStatisticsAndDropoutAfterOpeningToo() {
    Sisa sisa = sisa("pictures").withShards(2);
    Seeds seeds = new Seeds(SEED);
    long late =
        IntStream.range(0, 180).filter(i -> sisa.sliceOf(i, seeds) == 1).findFirst().orElseThrow();
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = dropping()) {
      UnlearningDataset all = data.markRetain(data.trained());
      try (SisaEnsemble whole = sisa.train(network, all, SEED);
          SisaEnsemble without =
              sisa("pictures-without").withShards(2).train(network, all.markForget(late), SEED)) {
        String expected = StrategyContract.fingerprint(without.network());
        assertThat(StrategyContract.fingerprint(whole.network())).isNotEqualTo(expected);
        whole.close();
        try (SisaEnsemble opened = sisa.open(network, all)) {
          SisaEnsemble.Deletion deletion = opened.delete(late);
          assertThat(deletion.slices()).as("from the file of the first slice on").isEqualTo(1);
          assertThat(StrategyContract.fingerprint(opened.network())).isEqualTo(expected);
          try (Weights weights = opened.network().weights()) {
            assertThat(weights.values("shard-0.bn.running_var")).doesNotContain(1f);
          }
        }
      }
    }
  }

  private static Network dropping() {
    return Network.of(
        new Sequential()
            .add("conv", Conv2d.of(6, 3, 1, 1))
            .add("bn", new BatchNorm2d())
            .apply(Activation::relu)
            .apply(TorchOps::globalAverage)
            .add("drop", new Dropout(0.3))
            .add("head", new Linear(Toys.CLASSES)),
        new Shape(2, 2, 2),
        1);
  }

  // ---- work

  /** What the other shards are is known since the ensemble was opened. */
  @Test
  void aDeletionReadsTheFilesOfItsOwnShardsAlone() {
    int touched = sisa("own").shardOf(40, new Seeds(SEED));
    assertThat(
            afterwards(
                "own",
                ensemble -> {
                  for (int shard = 0; shard < 3; shard++) {
                    for (int slice = 0; slice < 2 && shard != touched; slice++) {
                      folders
                          .resolve("own/shard-%d-slice-%d.safetensors".formatted(shard, slice))
                          .toFile()
                          .delete();
                    }
                  }
                  assertThat(ensemble.delete(40).shards()).isEqualTo(1);
                }))
        .isEqualTo(withoutRows("own-without", 40));
  }

  /** A row of the last slice costs its last slice alone; training without it costs what it says. */
  @Test
  void saysWhatADeletionTookAndWhatTrainingAgainWouldHaveTaken() {
    Sisa sisa = sisa("work");
    Seeds seeds = new Seeds(SEED);
    long last =
        IntStream.range(0, 180).filter(i -> sisa.sliceOf(i, seeds) == 1).findFirst().orElseThrow();
    long first =
        IntStream.range(0, 180).filter(i -> sisa.sliceOf(i, seeds) == 0).findFirst().orElseThrow();
    SisaEnsemble.Deletion[] done = new SisaEnsemble.Deletion[3];
    afterwards(
        "work",
        ensemble -> {
          assertThat(ensemble.records()).hasSize(6);
          done[0] = ensemble.delete(last);
          done[1] = ensemble.delete(first);
          done[2] = ensemble.delete(first);
        });
    assertThat(done[0].slices()).isEqualTo(1);
    assertThat(done[0].shards()).isEqualTo(1);
    assertThat(done[1].slices()).isEqualTo(2);
    assertThat(done[2].ids()).isEmpty();
    assertThat(done[2].rowsForwardBackward()).isZero();
    assertThat(done[2].saved()).isEqualTo(1);
    assertThat(done[1].rowsForwardBackward()).isBetween(1L, done[1].rowsOfRetraining() / 2);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble again =
            sisa("again")
                .train(network, data.markRetain(data.trained()).markForget(first, last), SEED)) {
      assertThat(done[1].rowsOfRetraining())
          .isEqualTo(again.records().stream().mapToLong(RunRecord::rowsForwardBackward).sum());
    }
  }

  /** Σ_r 2e/(R+1) · r/R = e where that is whole; ⌊2er/(R+1)⌋ epochs up to slice r otherwise. */
  @Test
  void sliceEpochsCostAsMuchAsEpochsWithoutSlices() {
    Sisa whole = Sisa.DEFAULTS;
    assertThat(IntStream.range(0, 4).map(whole::epochs)).containsExactly(4, 4, 4, 4);
    assertThat(IntStream.range(0, 4).mapToDouble(r -> whole.epochs(r) * (r + 1) / 4.0).sum())
        .isEqualTo(whole.training().maxEpochs());
    Sisa broken = whole.withSlices(3).withTraining(Training.DEFAULTS.withMaxEpochs(5));
    assertThat(IntStream.range(0, 3).map(broken::epochs)).containsExactly(2, 3, 2);
  }

  // ---- a program that is killed

  /** Ends the run before its k-th file is written. */
  private static SisaFolder.Watch killedAt(int k) {
    int[] written = {0};
    return file -> {
      if (written[0]++ == k) {
        throw new IOException("killed");
      }
    };
  }

  private void run(Sisa sisa, SisaFolder.Watch watch) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            SisaEnsemble.train(
                sisa, network, data.markRetain(data.trained()), SEED, RunOptions.DEFAULTS, watch)) {
      ensemble.delete(40);
      ensemble.delete(3, 41);
    }
  }

  @Test
  void killedBeforeAnyWriteItGoesOnToTheSame() {
    String expected = withoutRows("never-seen", 3, 40, 41);
    int k = 0;
    boolean killed = true;
    while (killed) {
      Sisa sisa = sisa("killed-" + k);
      killed = false;
      try {
        run(sisa, killedAt(k));
      } catch (UncheckedIOException e) {
        killed = true;
      }
      run(sisa, SisaFolder.UNWATCHED);
      try (UnlearningDataset data = Toys.clouds(1);
          Network network = Toys.perceptron(1);
          SisaEnsemble ensemble = sisa.open(network, data.markRetain(data.trained()))) {
        assertThat(StrategyContract.fingerprint(ensemble.network())).isEqualTo(expected);
        assertThat(ensemble.records()).isEmpty();
      }
      k++;
    }
    assertThat(k).isGreaterThan(1 + 6 + 2 + 2); // plan, slices, requests, a slice each at least
  }

  /** Once a request is written, opening the folder is enough to fulfil it: nobody need ask again. */
  @Test
  void aRequestThatWasWrittenIsFulfilledOnOpening() {
    Sisa sisa = sisa("asked");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> run(sisa, killedAt(1 + 6 + 1)));
    try (UnlearningDataset data = Toys.clouds(1);
        UnlearningDataset less = withoutBackwards(data, Set.of(40L));
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble = sisa.open(network, less)) {
      assertThat(ensemble.deleted()).containsExactly(40L);
      assertThat(ensemble.records()).isNotEmpty();
      assertThat(StrategyContract.fingerprint(ensemble.network()))
          .isEqualTo(withoutRows("unasked", 40));
    }
  }

  /** The request is written before anything else: when that fails nothing has happened, and it can be made again. */
  @Test
  void aRequestThatCouldNotBeWrittenLeavesEverythingAsItWas() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            SisaEnsemble.train(
                sisa("unwritten"),
                network,
                data.markRetain(data.trained()),
                SEED,
                RunOptions.DEFAULTS,
                killedAt(1 + 6))) {
      String before = StrategyContract.fingerprint(ensemble.network());
      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> ensemble.delete(40))
          .withMessageContaining("killed");
      assertThat(ensemble.deleted()).isEmpty();
      assertThat(ensemble.records()).hasSize(6);
      assertThat(StrategyContract.fingerprint(ensemble.network())).isEqualTo(before);
      assertThat(ensemble.delete(40).ids()).containsExactly(40L);
      assertThat(StrategyContract.fingerprint(ensemble.network()))
          .isEqualTo(withoutRows("written", 40));
    }
  }

  @Test
  void afterAFailureItPredictsNoMoreUntilOpenedAgain() {
    Sisa sisa = sisa("broken");
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            SisaEnsemble.train(
                sisa,
                network,
                data.markRetain(data.trained()),
                SEED,
                RunOptions.DEFAULTS,
                killedAt(1 + 6 + 1))) {
      assertThatExceptionOfType(UncheckedIOException.class)
          .isThrownBy(() -> ensemble.delete(40))
          .withMessageContaining("killed");
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(ensemble::network)
          .withMessageContaining("open it again");
    }
  }

  /** An interrupt that comes while a file is written, or read, does not break it; the run ends at the next step. */
  @Test
  void anInterruptWhileAFileIsWrittenOrReadLosesNothing() {
    Sisa sisa = sisa("interrupted");
    int[] written = {0};
    SisaFolder.Watch interrupts =
        file -> {
          if (written[0]++ == 2) {
            Thread.currentThread().interrupt();
          }
        };
    assertThatExceptionOfType(CancelledRunException.class).isThrownBy(() -> run(sisa, interrupts));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(written[0]).isEqualTo(3);
    run(sisa, SisaFolder.UNWATCHED);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Thread.currentThread().interrupt();
      try (SisaEnsemble ensemble = sisa.open(network, data.markRetain(data.trained()))) {
        assertThat(Thread.interrupted()).isTrue();
        assertThat(StrategyContract.fingerprint(ensemble.network()))
            .isEqualTo(withoutRows("not-interrupted", 3, 40, 41));
      } finally {
        Thread.interrupted();
      }
    }
  }

  /** In the middle of a slice the work of that slice is lost, and done again. */
  @Test
  void anInterruptWithinASliceIsMadeUpFor() {
    Sisa sisa = sisa("cancelled");
    int[] steps = {0};
    Listener interrupts =
        new Listener() {
          @Override
          public void stepped(long taken, double loss) {
            if (++steps[0] == 3) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      assertThatExceptionOfType(CancelledRunException.class)
          .isThrownBy(
              () -> sisa.train(network, all, SEED, RunOptions.DEFAULTS.withListener(interrupts)));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(steps[0]).isEqualTo(3);
      try (SisaEnsemble ensemble = sisa.open(network, all)) {
        assertThat(StrategyContract.fingerprint(ensemble.network()))
            .isEqualTo(afterwards("not-cancelled", never -> {}));
      }
    }
  }

  @Test
  void whatAKilledProgramLeftHalfWrittenIsRemoved() throws IOException {
    strategy();
    Path leftover = folders.resolve("contract/.erasus-1234.tmp");
    Files.writeString(leftover, "half");
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1)) {
      sisa("contract").open(network, data).close();
    }
    assertThat(leftover).doesNotExist();
  }

  // ---- as a strategy

  @Test
  void asAStrategyItDeletesTheForgetRowsAndTakesItsOwnNetwork() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1);
        Unlearned unlearned = strategy().unlearn(UnlearningTask.of(network, data));
        Unlearned again = strategy().unlearn(UnlearningTask.of(unlearned.network(), data))) {
      assertThat(StrategyContract.fingerprint(unlearned.network()))
          .isEqualTo(withoutRows("retrained", data.forget().ids()))
          .isEqualTo(StrategyContract.fingerprint(again.network()));
      assertThat(unlearned.record().reason())
          .matches("deleted 18 rows; trained \\d slices of 3 shards again, .*");
      assertThat(unlearned.record().rowsForwardBackward()).isPositive();
      assertThat(again.record().rowsForwardBackward()).isZero();
    }
  }

  @Test
  void theHardVoteIsThatOfTheMembers() {
    strategy();
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble = sisa("contract").withVote(Sisa.Vote.HARD).open(network, data)) {
      int[] votes = ensemble.network().predict(data.unseen());
      int[][] members = new int[3][];
      for (int shard = 0; shard < 3; shard++) {
        try (Network member = ensemble.network().part("shard-" + shard)) {
          members[shard] = member.predict(data.unseen());
        }
      }
      for (int i = 0; i < votes.length; i++) {
        int[] counts = new int[Toys.CLASSES];
        for (int[] member : members) {
          counts[member[i]]++;
        }
        assertThat(counts[votes[i]]).isEqualTo(Arrays.stream(counts).max().orElseThrow());
      }
    }
  }

  // ---- against PyTorch

  /** Two shards of two slices of a linear classifier that starts from 0, two rows deleted. */
  @Test
  void membersAndVoteAreThoseOfPyTorch() {
    Golden golden = Golden.load(SisaTest.class, "data");
    Block head = ai.djl.nn.core.Linear.builder().setUnits(3).build();
    head.setInitializer(Initializer.ZEROS, Parameter.Type.WEIGHT);
    Sisa sisa =
        new Sisa(2, 2, Sisa.Vote.SOFT, GoldenRun.training(3, 0.1), Optional.empty())
            .withFolder(folders.resolve("golden"));
    try (UnlearningDataset marked = GoldenRun.THREE_CLASSES.data();
        Network network = Network.of(new Sequential().add(head), new Shape(8), 1);
        SisaEnsemble ensemble = sisa.train(network, marked.markRetain(marked.trained()), 9)) {
      ensemble.delete(7);
      ensemble.delete(22);
      for (int shard = 0; shard < 2; shard++) {
        try (Network member = ensemble.network().part("shard-" + shard);
            Weights weights = member.weights()) {
          assertClose(weights.toFloats(), golden.numbers("/sisa/members/" + shard));
        }
      }
      double[][] found = Probe.of(ensemble.network(), marked.rows()).probabilities();
      double[][] expected = golden.table("/sisa/probabilities");
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i]).containsExactly(expected[i], within(1e-5));
      }
    }
  }

  private static void assertClose(float[] found, double[] expected) {
    assertThat(found).hasSize(expected.length);
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  // ---- refusals

  @Test
  void saysWhenTheFolderIsNotItsOwn() throws IOException {
    strategy();
    Sisa sisa = sisa("contract");
    try (UnlearningDataset data = data();
        UnlearningDataset other = Toys.clouds(2);
        Network network = Toys.perceptron(1);
        Network linear =
            Network.of(new Sequential().add(new Linear(Toys.CLASSES)), new Shape(Toys.WIDTH), 1)) {
      refuses(sisa("nowhere"), network, data, "there is no ensemble in");
      assertThat(folders.resolve("nowhere")).doesNotExist();
      refuses(sisa.withSlices(3), network, data, "3 shards of 2 slices");
      refuses(sisa.withTraining(Toys.training()), network, data, "it was trained with");
      refuses(sisa, network, other, "had other classes, weights or values");
      refuses(sisa, network, data.holdOut(0.1, Mark.UNSEEN, 1), "rows it was trained on are");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> sisa.train(network, data.markRetain(data.trained()), 99))
          .withMessageContaining("use another folder");
      refuses(sisa, linear, data, "members are of another architecture");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> {
              try (UnlearningDataset data = data();
                  Network network = Toys.perceptron(1)) {
                Sisa.DEFAULTS.unlearn(UnlearningTask.of(network, data));
              }
            })
        .withMessage(
            "sisa needs what its own training left in files, but its settings name none: train with its class and"
                + " give it the same folder or ledger");
    assertThat(Files.readString(folders.resolve("contract/ensemble.json")))
        .contains("\"seed\" : 4");
  }

  /** Other threads round differently: the ensemble predicts as it is, but nothing is trained and no request written. */
  @Test
  void onAnotherMachineItPredictsAndIsNotTrained() throws IOException {
    Sisa sisa = sisa("moved");
    String before = afterwards("moved", ensemble -> {});
    Path plan = folders.resolve("moved/ensemble.json");
    String here = Files.readString(plan);
    Files.writeString(plan, here.replaceAll("\"threads\" : \\d+", "\"threads\" : 99"));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      for (boolean opening : new boolean[] {true, false}) {
        try (SisaEnsemble ensemble =
            opening ? sisa.open(network, all) : sisa.train(network, all, SEED)) {
          assertThat(StrategyContract.fingerprint(ensemble.network())).isEqualTo(before);
          assertThatExceptionOfType(IllegalStateException.class)
              .isThrownBy(() -> ensemble.delete(40))
              .withMessageContaining("but the ensemble was trained with 99")
              .withMessageContaining("EngineRuntime.setThreads");
          assertThat(ensemble.deleted()).isEmpty();
          assertThat(ensemble.delete().ids()).isEmpty();
        }
      }
      assertThat(folders.resolve("moved/requests.json")).doesNotExist();
      Files.delete(folders.resolve("moved/shard-1-slice-1.safetensors"));
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> sisa.open(network, all))
          .withMessageContaining("but the ensemble was trained with 99");
      Files.writeString(plan, here);
      try (SisaEnsemble ensemble = sisa.open(network, all)) {
        assertThat(StrategyContract.fingerprint(ensemble.network())).isEqualTo(before);
      }
    }
  }

  /** Another may hold the folder by now: what it deleted must not come back. */
  @Test
  void aClosedEnsembleNeitherPredictsNorDeletes() {
    Sisa sisa = sisa("closed");
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset all = data.markRetain(data.trained());
      SisaEnsemble closed = sisa.train(network, all, SEED);
      closed.close();
      try (SisaEnsemble other = sisa.open(network, all)) {
        other.delete(3);
        closed.close(); // again: the lock is the other's
        assertThatExceptionOfType(IllegalStateException.class)
            .isThrownBy(() -> sisa.open(network, all))
            .withMessageContaining("is open elsewhere");
      }
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> closed.delete(40))
          .withMessageContaining("is closed");
      assertThatExceptionOfType(IllegalStateException.class).isThrownBy(closed::network);
      try (SisaEnsemble again = sisa.open(network, all)) {
        assertThat(again.deleted()).containsExactly(3L);
      }
    }
  }

  private static void refuses(Sisa sisa, Network network, UnlearningDataset data, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sisa.unlearn(UnlearningTask.of(network, data)))
        .withMessageContaining(message);
  }

  @Test
  void refusesRowsItNeverSawAndToLoseTheLast() {
    try (UnlearningDataset data = data();
        Network network = Toys.perceptron(1);
        SisaEnsemble ensemble =
            sisa("rows").train(network, data.markRetain(data.trained()), SEED)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ensemble.delete(40, data.unseen().ids()[0]))
          .withMessageContaining("was not trained on row");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ensemble.delete(data.trained()))
          .withMessageContaining("no row would be left");
      assertThat(ensemble.deleted()).isEmpty();
      assertThatExceptionOfType(IllegalStateException.class)
          .isThrownBy(() -> sisa("rows").open(network, data))
          .withMessageContaining("is open elsewhere");
    }
  }

  /** A shard whose rows are all gone has nothing to say. */
  @Test
  void aShardWithoutRowsDoesNotVote() {
    Sisa sisa = sisa("empty");
    Seeds seeds = new Seeds(SEED);
    long[] ofOne =
        IntStream.range(0, 180).filter(i -> sisa.shardOf(i, seeds) == 1).asLongStream().toArray();
    String left =
        afterwards(
            "empty",
            ensemble -> {
              ensemble.delete(ofOne);
              assertThat(
                      ensemble.network().layout().tensors().stream()
                          .map(tensor -> tensor.name().substring(0, 7))
                          .distinct())
                  .isEqualTo(List.of("shard-0", "shard-2"));
            });
    assertThat(left).isEqualTo(withoutRows("never", ofOne));
  }

  @Test
  void refusesAMaskEarlyStoppingAndSlicesWithoutEpochs() {
    SaliencyMask masked = new SaliencyMask(strategy(), 0.5);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> masked.unlearn(UnlearningTask.of(network, data)))
          .withMessageContaining("masked weights");
      UnlearningTask part =
          UnlearningTask.of(network, data)
              .withForgetCoreset(Coreset.of(data.forget().first(1).ids(), "part"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> strategy().unlearn(part))
          .withMessageContaining("some of the rows");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sisa.DEFAULTS.withTraining(Training.DEFAULTS.withMaxEpochs(2)))
        .withMessage(
            "slices must be at most 2·maxEpochs − 1 = 3, so that each is trained for an epoch, but was 4");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Sisa.DEFAULTS.withTraining(
                    Training.DEFAULTS.withEarlyStopping(
                        new EarlyStopping(Monitor.RETAIN_ACCURACY, EarlyStopping.Mode.MAX, 1))))
        .withMessageContaining("early stopping");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sisa.DEFAULTS.withShards(0))
        .withMessage("shards must be at least 1, but was 0");
  }
}
