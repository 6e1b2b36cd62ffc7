package org.erasus.eval.experiments;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.ScoringSelector;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.io.Safetensors;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Step;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExperimentRunnerTest {
  /** No weight moves, so that what is kept is what a training began with. */
  private static final Training STILL =
      Training.DEFAULTS.withMaxEpochs(1).withLearningRate(1e-30).withBatchSize(64);

  /** Fails while its label is among the broken, and says when it is asked. */
  record Descend(String label, Training training) implements UnlearningModule {
    static final Set<String> BROKEN = new HashSet<>();
    static final List<String> ASKED = new ArrayList<>();

    @Override
    public NDArray forgetStep(Step step) {
      if (ASKED.isEmpty() || !ASKED.get(ASKED.size() - 1).equals(label)) {
        ASKED.add(label);
      }
      if (BROKEN.contains(label)) {
        throw new IllegalStateException(label + " is broken");
      }
      return step.student().crossEntropy();
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  /** Knows one data set and one network, whatever they are called. */
  private record Toybox(long rows, Function<Long, Network> networks) implements Laboratory {
    static final Toybox DEFAULT = new Toybox(1, Toys::perceptron);

    @Override
    public UnlearningDataset data(String name, long seed) {
      UnlearningDataset data = Toys.clouds(rows);
      return data.markRetain(data.trained());
    }

    @Override
    public Network network(String name, UnlearningDataset data, long seed) {
      return networks.apply(seed);
    }
  }

  private static Experiment experiment(String name, int runs) {
    return experiment(name, new Descend(name, STILL), List.of(), runs);
  }

  private static Experiment experiment(
      String name, UnlearningStrategy strategy, List<String> metrics, int runs) {
    return experiment(name, strategy, Optional.empty(), 1, metrics, runs);
  }

  private static Experiment experiment(
      String name,
      UnlearningStrategy strategy,
      Optional<Selector> selector,
      double share,
      List<String> metrics,
      int runs) {
    return new Experiment(
        name,
        "clouds",
        "perceptron",
        STILL,
        Forget.fraction(0.1),
        strategy,
        selector,
        share,
        metrics,
        runs,
        1);
  }

  /** Else the runs of an experiment, whose means are compared, were not independent. */
  @Test
  void noReferenceBeginsAsTheOriginalOfTheNextRun(@TempDir Path folder) throws IOException {
    new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(experiment("a", 2)));

    assertThat(weights(folder, "-retrained-1")).isNotEqualTo(weights(folder, "-original-2"));
    assertThat(weights(folder, "-retrained-1")).isNotEqualTo(weights(folder, "-original-1"));
    try (Network second = Toys.perceptron(2)) {
      assertThat(weights(folder, "-original-2")).isEqualTo(second.parameters().toFloatArray());
    }
  }

  /** Names stay, what they name does not: results of the one must not be taken for those of the other. */
  @Test
  void otherDataOrAnotherNetworkUnderAnOldNameIsRunAnew(@TempDir Path folder) throws IOException {
    List<Experiment> one = List.of(experiment("a", 1));
    ExperimentResult first = new ExperimentRunner(Toybox.DEFAULT, folder).run(one).get(0);
    ExperimentResult otherRows =
        new ExperimentRunner(new Toybox(2, Toys::perceptron), folder).run(one).get(0);
    Toybox linear =
        new Toybox(
            1,
            seed ->
                Network.of(
                    new Sequential().add("head", new Linear(Toys.CLASSES)),
                    new Shape(Toys.WIDTH),
                    seed));
    ExperimentResult otherNetwork = new ExperimentRunner(linear, folder).run(one).get(0);

    assertThat(List.of(first.settings(), otherRows.settings(), otherNetwork.settings()))
        .doesNotHaveDuplicates();
    assertThat(otherRows.metrics()).isNotEqualTo(first.metrics());
    assertThat(new ExperimentRunner(Toybox.DEFAULT, folder).run(one)).containsExactly(first);
    assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(3);
  }

  /** Two pairs of lambdas look alike in JSON: the second would be given the results of the first. */
  @Test
  void aStrategyThatNothingTellsFromOthersIsRefusedBeforeAnyRun(@TempDir Path folder) {
    Experiment plain = experiment("a", 1);
    UnlearningModule unnamed =
        UnlearningModule.of(
            STILL, s -> s.student().crossEntropy().neg(), s -> s.student().crossEntropy());
    Experiment lambdas = experiment("b", unnamed, List.of(), 1);

    assertThatThrownBy(
            () -> new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(plain, lambdas)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name them");
    assertThat(folder.resolve("results.jsonl")).doesNotExist();
  }

  /** Descends on all rows. */
  interface Descending extends UnlearningModule {
    @Override
    default NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    default NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  /** No record: its JSON text does not tell how it is trained. */
  private static final class Unrecorded implements Descending {
    private final Training training;

    Unrecorded(Training training) {
      this.training = training;
    }

    @Override
    public Training training() {
      return training;
    }
  }

  @Test
  void anotherTrainingOfAModuleThatIsNoRecordIsRunAnew(@TempDir Path folder) throws IOException {
    Experiment one = experiment("a", new Unrecorded(STILL), List.of(), 1);
    Experiment other = experiment("b", new Unrecorded(STILL.withMaxEpochs(2)), List.of(), 1);

    assertThat(new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(one, other)))
        .extracting(ExperimentResult::settings)
        .doesNotHaveDuplicates();
  }

  /** Keeps to itself which rows it prefers. */
  private static final class Preferring implements ScoringSelector {
    private final int sign;

    Preferring(int sign) {
      this.sign = sign;
    }

    @Override
    public double[] score(Probe probe) {
      return Arrays.stream(probe.labels()).mapToDouble(label -> sign * label).toArray();
    }
  }

  /** A lambda and a class that does not tell what it holds look like others of their kind. */
  @Test
  void aSelectorThatNothingTellsFromOthersIsRefusedBeforeAnyRun(@TempDir Path folder) {
    ScoringSelector lambda = probe -> new double[probe.labels().length];
    Descend strategy = new Descend("a", STILL);
    for (Selector selector : List.of(lambda, new Preferring(1))) {
      Experiment untold = experiment("a", strategy, Optional.of(selector), 0.5, List.of(), 1);
      assertThatThrownBy(() -> new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(untold)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cannot be told from others")
          .hasMessageContaining("make it a record");
    }
    assertThat(folder.resolve("results.jsonl")).doesNotExist();
  }

  @Test
  void aShareWithoutASelectorIsRefused() {
    assertThatThrownBy(
            () -> experiment("a", new Descend("a", STILL), Optional.empty(), 0.5, List.of(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "share must be 1 without a selector, as nothing chooses the rows, but was 0.5: name one, such as"
                + " \"random\"");
  }

  /** Retraining reads the 162 retain rows once, and 16 for the gradient after the epoch. */
  @Test
  void theCostIsAShareOfThatOfRetraining(@TempDir Path folder) throws IOException {
    Map<String, Double> metrics =
        new ExperimentRunner(Toybox.DEFAULT, folder)
            .run(List.of(experiment("a", 1)))
            .get(0)
            .metrics();

    assertThat(metrics.get("wall-ratio")).isPositive();
    assertThat(metrics.get("rows-ratio"))
        .isCloseTo(requireNonNull(metrics.get("rows-forward-backward")) / 178, within(1e-12));
  }

  /** Its thread is interrupted when it has done its work, long before the networks are looked at. */
  record Interrupted(Training training) implements Descending {
    @Override
    public void release() {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aRunThatHasFinishedIsKeptWhenItsThreadIsInterrupted(@TempDir Path folder)
      throws IOException {
    ExperimentRunner runner = new ExperimentRunner(Toybox.DEFAULT, folder);
    List<Experiment> two = List.of(experiment("a", new Interrupted(STILL), List.of(), 2));
    try {
      assertThatThrownBy(() -> runner.run(two))
          .isInstanceOf(CancelledRunException.class)
          .hasMessage("interrupted: experiments, 1 of 2 done");
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    } finally {
      Thread.interrupted();
    }
    assertThat(Files.readAllLines(folder.resolve("results.jsonl"))).hasSize(1);
    try {
      assertThat(runner.run(two)).extracting(ExperimentResult::seed).containsExactly(1L, 2L);
    } finally {
      Thread.interrupted();
    }
    assertThat(folder.resolve("failures.jsonl")).doesNotExist();
  }

  /** For whole classes only. */
  record OfClasses(Training training) implements Descending {
    @Override
    public Set<Need> needs() {
      return Set.of(Need.WHOLE_CLASSES);
    }
  }

  @Test
  void aRequestThatCannotBeFailsBeforeTheTraining(@TempDir Path folder) {
    Experiment outside =
        new Experiment(
            "outside",
            "clouds",
            "perceptron",
            STILL,
            Forget.classes(Toys.CLASSES),
            new OfClasses(STILL),
            Optional.empty(),
            1,
            List.of(),
            1,
            1);
    Experiment lacking = experiment("lacking", new OfClasses(STILL), List.of(), 1);
    assertThatThrownBy(
            () -> new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(outside, lacking)))
        .isInstanceOf(FailedRunsException.class)
        .hasMessageStartingWith("2 runs failed: ")
        .hasMessageContaining("class must be in [0, 2], but was 3")
        .hasMessageContaining("needs forget rows of whole classes");
    assertThat(folder.resolve("trained")).doesNotExist();
  }

  @Test
  void aRunThatFailsIsToldAtTheEndAndTriedAgainAfterTheOthers(@TempDir Path folder)
      throws IOException {
    Descend.BROKEN.add("bad");
    ExperimentRunner runner = new ExperimentRunner(Toybox.DEFAULT, folder);
    List<Experiment> two = List.of(experiment("bad", 1), experiment("good", 1));
    try {
      assertThatThrownBy(() -> runner.run(two))
          .isInstanceOfSatisfying(
              FailedRunsException.class,
              e -> {
                assertThat(e)
                    .hasMessageStartingWith("1 run failed: bad, seed 1: ")
                    .hasMessageContaining("bad is broken");
                assertThat(e.failures()).extracting(FailedRun::experiment).containsExactly("bad");
                assertThat(e.results())
                    .extracting(ExperimentResult::experiment)
                    .containsExactly("good");
              });
      assertThat(Files.readAllLines(folder.resolve("failures.jsonl"))).hasSize(1);
    } finally {
      Descend.BROKEN.clear();
    }
    Descend.ASKED.clear();
    List<Experiment> three = List.of(two.get(0), two.get(1), experiment("new", 1));

    assertThat(runner.run(three))
        .extracting(ExperimentResult::experiment)
        .containsExactly("bad", "good", "new");
    assertThat(Descend.ASKED).containsExactly("new", "bad");
  }

  @Test
  void anExperimentMayAskForMetricsOfTheInside(@TempDir Path folder) throws IOException {
    Experiment plain = experiment("a", 1);
    Experiment asking =
        experiment("b", plain.strategy(), List.of("layer-distance", "cka", "gradient-cosine"), 1);
    List<ExperimentResult> both =
        new ExperimentRunner(Toybox.DEFAULT, folder).run(List.of(plain, asking));

    assertThat(both.get(0).metrics()).doesNotContainKey("cka");
    assertThat(both.get(1).metrics())
        .containsKeys("layer-distance", "relative-layer-distance", "cka", "gradient-cosine")
        .containsAllEntriesOf(withoutTimes(both.get(0).metrics()));
  }

  private static Map<String, Double> withoutTimes(Map<String, Double> metrics) {
    Map<String, Double> rest = new HashMap<>(metrics);
    rest.keySet().removeIf(name -> name.startsWith("wall"));
    return rest;
  }

  private static float[] weights(Path folder, String end) throws IOException {
    try (var trained = Files.list(folder.resolve("trained"))) {
      Path kept = trained.filter(p -> p.toString().endsWith(end)).findFirst().orElseThrow();
      return Safetensors.read(kept.resolve("run.safetensors")).tensor("parameters").toFloats();
    }
  }
}
