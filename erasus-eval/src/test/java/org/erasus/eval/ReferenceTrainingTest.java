package org.erasus.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.eval.attacks.Attack;
import org.erasus.eval.attacks.Lira;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.attacks.ULira;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.DeLong;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Step;
import org.erasus.train.Supervised;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReferenceTrainingTest {
  private static final Supervised SHORT =
      new Supervised(Training.DEFAULTS.withMaxEpochs(4).withBatchSize(16).withLearningRate(0.1));

  @TempDir Path folder;

  private final UnlearningDataset data = Problem.randomLabels(60, 60, 100, 1);
  private final Network like = Problem.perceptron(1);

  @AfterAll
  void close() {
    like.close();
    data.close();
  }

  private ReferenceTraining four(String name) {
    return ReferenceTraining.in(folder.resolve(name)).withTraining(SHORT).withNetworks(4);
  }

  /** Everything the references hold shows in these scores: both means of every row and both deviations. */
  private List<Double> digest(References references) {
    ScoredRows rows =
        NetworkOutputs.score("like", like, ReferenceTraining.attacked(data), "attacked");
    Attack attack = Lira.online(references);
    return Arrays.stream(attack.calibrate(rows, rows).scores(rows)).boxed().toList();
  }

  private static Map<String, Long> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.collect(
          Collectors.toMap(
              f -> f.getFileName().toString(),
              f -> {
                try {
                  return Files.getLastModifiedTime(f).toMillis();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              }));
    }
  }

  @Test
  void theNumberOfWorkersMakesNoDifference() {
    List<Double> one = digest(four("one").trained(like, data));

    assertThat(digest(four("three").withWorkers(3).trained(like, data))).isEqualTo(one);
    assertThat(digest(four("other").withSeed(5).trained(like, data))).isNotEqualTo(one);
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    ReferenceTraining settings = four("kept");
    List<Double> first = digest(settings.trained(like, data));
    Map<String, Long> files = files(settings.folder());

    assertThat(files).hasSize(4);
    assertThat(digest(settings.withBudget(Duration.ZERO).trained(like, data))).isEqualTo(first);
    assertThat(files(settings.folder())).isEqualTo(files);
    digest(settings.withTraining(SHORT.withEpochs(3)).trained(like, data));
    assertThat(files(settings.folder())).hasSize(8);
  }

  @Test
  void aSpentBudgetSaysHowFarItWentAndTheWorkGoesOn() throws IOException {
    ReferenceTraining settings = four("budget");

    assertThatIllegalStateException()
        .isThrownBy(() -> settings.withBudget(Duration.ZERO).trained(like, data))
        .withMessage(
            "the budget of PT0S is spent with 0 of 4 reference networks done; they are kept in "
                + settings.folder()
                + ": start again to go on");
    List<Double> whole = digest(settings.trained(like, data));
    try (Stream<Path> files = Files.list(settings.folder())) {
      for (Path file : files.skip(1).toList()) {
        Files.delete(file);
      }
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> settings.withBudget(Duration.ZERO).trained(like, data))
        .withMessageContaining("with 1 of 4");
    assertThat(digest(settings.trained(like, data))).isEqualTo(whole);
  }

  /** The thread is interrupted in the middle of the second network; what was whole by then stays. */
  @Test
  void anInterruptEndsTheWorkAndTheNextCallGoesOn() throws Exception {
    Supervised longer = new Supervised(SHORT.training().withMaxEpochs(150));
    ReferenceTraining settings = four("interrupted").withTraining(longer).withWorkers(2);
    Thread caller = Thread.currentThread();
    Thread alarm =
        new Thread(
            () -> {
              try {
                while (!Files.exists(settings.folder())
                    || files(settings.folder()).keySet().stream()
                        .noneMatch(name -> name.endsWith(".safetensors"))) {
                  Thread.sleep(5);
                }
                caller.interrupt();
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    alarm.start();

    assertThatExceptionOfType(CancelledRunException.class)
        .isThrownBy(() -> settings.trained(like, data))
        .withMessageContaining("of 4 done");
    assertThat(Thread.interrupted()).as("the thread stays marked").isTrue();
    alarm.join();
    Set<String> before = Set.copyOf(files(settings.folder()).keySet());
    List<Double> resumed = digest(settings.trained(like, data));

    assertThat(before).isNotEmpty();
    assertThat(files(settings.folder()).keySet()).hasSize(4).containsAll(before);
    assertThat(resumed).isEqualTo(digest(four("alone").withTraining(longer).trained(like, data)));
  }

  /** Makes rows unlikely, and remembers what it was asked to forget. */
  record Spy(Training training) implements UnlearningModule {
    private static final Queue<List<Long>> FORGOTTEN = new ConcurrentLinkedQueue<>();

    @Override
    public NDArray forgetStep(Step step) {
      return step.student().logLikelihood().exp().mean();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      FORGOTTEN.add(Arrays.stream(task.data().forget().ids()).boxed().toList());
      return UnlearningModule.super.unlearn(task);
    }
  }

  /** What was kept of one would be taken for what another says. */
  @Test
  void aStrategyThatCannotBeToldFromOthersIsRefusedBeforeAnyTraining() throws IOException {
    ReferenceTraining settings = four("untold");
    UnlearningModule.Loss loss = step -> step.student().crossEntropy();

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> settings.unlearned(like, data, UnlearningModule.of(SHORT.training(), loss, loss)))
        .withMessageContaining("two losses without a name");
    assertThat(files(settings.folder())).isEmpty();
  }

  private interface Push {}

  private record Along(double strength) implements Push {}

  private record Against(double strength) implements Push {}

  private record Pushed(Training training, Push push) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }
  }

  /** The JSON text of both is the same. */
  @Test
  void strategiesOfOtherClassesAreKeptApart() throws IOException {
    Training training = SHORT.training().withMaxEpochs(1);
    ReferenceTraining settings = four("apart");
    settings.unlearned(like, data, new Pushed(training, new Along(1)));
    assertThat(files(settings.folder())).hasSize(8);
    settings.unlearned(like, data, new Pushed(training, new Against(1)));
    assertThat(files(settings.folder())).hasSize(12);
    settings.unlearned(like, data, new Pushed(training, new Along(1)));
    assertThat(files(settings.folder())).hasSize(12);
  }

  /** No record: its JSON text does not tell how it is trained. */
  private static final class Unrecorded implements UnlearningModule {
    private final Training training;

    Unrecorded(Training training) {
      this.training = training;
    }

    @Override
    public Training training() {
      return training;
    }

    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }
  }

  @Test
  void trainingsOfModulesThatAreNoRecordsAreKeptApart() throws IOException {
    Training training = SHORT.training().withMaxEpochs(1);
    ReferenceTraining settings = four("trainings");
    settings.unlearned(like, data, new Unrecorded(training));
    assertThat(files(settings.folder())).hasSize(8);
    settings.unlearned(like, data, new Unrecorded(training.withLearningRate(0.2)));
    assertThat(files(settings.folder())).hasSize(12);
    settings.unlearned(like, data, new Unrecorded(training));
    assertThat(files(settings.folder())).hasSize(12);
  }

  @Test
  void eachRowIsInHalfOfTheNetworksAndUnlearnedByThose() throws IOException {
    Spy.FORGOTTEN.clear();
    Spy method = new Spy(SHORT.training().withMaxEpochs(1).withLearningRate(0.02));
    ReferenceTraining settings = four("unlearned").withWorkers(2);
    References trained = settings.trained(like, data);
    References unlearned = settings.unlearned(like, data, method);

    assertThat(Spy.FORGOTTEN).hasSize(4);
    long[] attacked = ReferenceTraining.attacked(data).ids();
    assertThat(attacked).hasSize(160);
    for (long id : attacked) {
      assertThat(Spy.FORGOTTEN.stream().filter(ids -> ids.contains(id)).count()).isEqualTo(2);
    }
    assertThat(Spy.FORGOTTEN.stream().mapToInt(List::size).sum()).isEqualTo(320);
    assertThat(digest(unlearned)).isNotEqualTo(digest(trained));
    assertThat(digest(unlearned.withoutFrom(trained)))
        .isNotEqualTo(digest(unlearned))
        .isNotEqualTo(digest(trained));

    assertThat(digest(settings.withBudget(Duration.ZERO).unlearned(like, data, method)))
        .isEqualTo(digest(unlearned));
    assertThat(Spy.FORGOTTEN).as("nothing is unlearned again").hasSize(4);
    assertThat(files(settings.folder())).hasSize(8);
  }

  /** Labels that can only be learned by heart: the references tell rows in from rows out, of a network of their own kind. */
  @Test
  void membersOfANewNetworkAreFound() {
    ReferenceTraining settings =
        ReferenceTraining.in(folder.resolve("found"))
            .withTraining(
                new Supervised(
                    Training.DEFAULTS.withMaxEpochs(100).withBatchSize(40).withLearningRate(0.1)))
            .withNetworks(8)
            .withWorkers(2);
    Attack lira = Lira.online(settings.trained(like, data));
    try (Network original = Problem.perceptron(7);
        Network retrained = Problem.perceptron(8)) {
      settings.training().train(original, data.markRetain(data.trained()), 7);
      settings.training().train(retrained, data, 8);

      assertThat(auc(lira, original)).isGreaterThan(0.8);
      assertThat(auc(lira, retrained)).isBetween(0.35, 0.65);
    }
  }

  /** Rows that were made unlikely are still known, or too unlikely: whoever knows how it is done finds them. */
  @Test
  void whatUnlearningLeavesIsFound() {
    ReferenceTraining settings =
        ReferenceTraining.in(folder.resolve("left"))
            .withTraining(
                new Supervised(
                    Training.DEFAULTS.withMaxEpochs(100).withBatchSize(40).withLearningRate(0.1)))
            .withNetworks(16)
            .withWorkers(2);
    Spy method = new Spy(SHORT.training().withMaxEpochs(4).withLearningRate(0.05));
    References trained = settings.trained(like, data);
    References unlearned = settings.unlearned(like, data, method);
    try (Network original = Problem.perceptron(7);
        Network retrained = Problem.perceptron(8)) {
      settings.training().train(original, data.markRetain(data.trained()), 7);
      settings.training().train(retrained, data, 8);
      try (Unlearned result = method.unlearn(UnlearningTask.of(original, data))) {
        assertThat(auc(ULira.of(unlearned, trained), result.network())).isGreaterThan(0.58);
        assertThat(auc(ULira.heldOut(unlearned), result.network())).isGreaterThan(0.62);
        assertThat(auc(ULira.heldOut(unlearned), retrained)).isBetween(0.35, 0.65);
      }
    }
  }

  private double auc(Attack attack, Network network) {
    NetworkOutputs outputs = NetworkOutputs.of("network", network, data);
    ScoredRows members = outputs.forget();
    ScoredRows others = outputs.unseenOfForgetClasses();
    Attack.Scorer scorer = attack.calibrate(members, others);
    return DeLong.auc(scorer.scores(members), scorer.scores(others), 0.95).auc();
  }

  @Test
  void splitsWithoutRowsAreNamedBeforeAnyWork() {
    UnlearningDataset nothing = data.markRetain(data.forget());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> four("none").trained(like, nothing))
        .withMessageStartingWith(
            "split \"forget\" must have rows, but has none: reference networks");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> four("none").trained(like, data.markForget(data.retain())))
        .withMessageStartingWith("split \"retain\" must have rows, but has none");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> four("none").withNetworks(2))
        .withMessageStartingWith("networks must be even and at least 4")
        .withMessageEndingWith("but was 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> four("none").withNetworks(5))
        .withMessageEndingWith("but was 5");
    assertThat(folder.resolve("none")).doesNotExist();
  }
}
