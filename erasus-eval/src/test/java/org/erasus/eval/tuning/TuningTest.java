package org.erasus.eval.tuning;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.erasus.Mark;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.eval.Problem;
import org.erasus.eval.metrics.Evidence;
import org.erasus.eval.metrics.GapToRetrain;
import org.erasus.eval.metrics.Measure;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.train.LearningRate;
import org.erasus.train.Optimizer;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningTest {
  private static final int EPOCHS = 30;

  private static UnlearningDataset data;
  private static Network original;
  private static Network retrained;

  /** Trains fresh networks so long; 0 leaves the original as it is. */
  record Fresh(int epochs, String note) implements UnlearningStrategy {
    Fresh withEpochs(int epochs) {
      return new Fresh(epochs, note);
    }

    Fresh withNote(String note) {
      return new Fresh(epochs, note);
    }

    @Override
    public Set<Need> needs() {
      return EnumSet.of(Need.RETAIN_ROWS);
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      RunLog log = RunLog.start(task, this);
      Network network = epochs == 0 ? task.network().copy() : task.network().fresh(task.seed());
      if (epochs > 0) {
        Problem.train(network, task.data(), task.seed(), epochs);
      }
      return new Unlearned(network, log.end("done"));
    }
  }

  @BeforeAll
  static void train() {
    data = Problem.mislabelled(120, 480, 600, 1).cutValidation(0.5, 1);
    original = Problem.perceptron(1);
    Problem.train(original, data.markRetain(data.trained()), 1);
    retrained = Problem.perceptron(2);
    Problem.train(retrained, data, 2, EPOCHS);
  }

  @AfterAll
  static void close() {
    retrained.close();
    original.close();
    data.close();
  }

  private static UnlearningTask task() {
    return UnlearningTask.of(original, data).withSeed(3);
  }

  @Test
  void findsTheSettingsThatRetrain() {
    TuningResult found =
        Tuning.of(task(), retrained)
            .best(Axis.grid(new Fresh(0, ""), Axis.of(Fresh::withEpochs, 0, 1, EPOCHS)));

    assertThat(found.best().strategy()).isEqualTo(new Fresh(EPOCHS, ""));
    Trial nothingDone =
        found.trials().stream().filter(t -> t.strategy().equals(new Fresh(0, ""))).findAny().get();
    assertThat(found.best().gap()).isLessThan(nothingDone.gap() / 2);
  }

  @Test
  void theGapIsThatOfTheMetricWithValidationRowsAsUnseenOnes() {
    NetworkOutputs now = outputs(original);
    Map<String, Measure> measured =
        new GapToRetrain()
            .measure(
                new Evidence(
                    now, List.of(outputs(retrained)), now, List.of(), new Bootstrap(100, 0.95), 1));
    double metric = requireNonNull(measured.get("gap-to-retrain")).value().orElseThrow();

    double gap = Behaviour.of(now).gapTo(Behaviour.of(outputs(retrained)));
    assertThat(gap)
        .isCloseTo(metric, within(2e-3)); // the metric draws accuracies a little to the middle
    assertThat(Tuning.of(task(), retrained).best(List.of(new Fresh(0, ""))).best().gap())
        .isEqualTo(gap);
  }

  private static NetworkOutputs outputs(Network network) {
    return new NetworkOutputs(
        "network",
        Map.of(
            Mark.FORGET, NetworkOutputs.score("tuned", network, data.forget(), "forget"),
            Mark.RETAIN, NetworkOutputs.score("tuned", network, data.retain(), "retain"),
            Mark.UNSEEN, NetworkOutputs.score("tuned", network, data.validation(), "validation")),
        Optional.empty(),
        List.of());
  }

  @Test
  void halvingGivesTheBetterOnesMoreRunsWithOtherSeeds() {
    List<Fresh> candidates =
        Axis.grid(
            new Fresh(0, ""),
            Axis.of(Fresh::withEpochs, 1, 12),
            Axis.of(Fresh::withNote, "a", "b"));
    TuningResult found = Tuning.of(task(), retrained).halving(candidates, 2);

    assertThat(found.trials()).extracting(trial -> trial.runs().size()).containsExactly(2, 2, 1, 1);
    assertThat(found.best().strategy()).isIn(new Fresh(12, "a"), new Fresh(12, "b"));
    assertThat(found.best().runs()).extracting(Trial.Run::seed).doesNotHaveDuplicates();
  }

  @Test
  void averagesOverRequests() {
    UnlearningDataset other = data.markRetain(data.trained()).markForgetShare(0.2, 5);
    Tuning both = Tuning.of(task(), retrained).and(UnlearningTask.of(original, other), retrained);
    Trial trial = both.best(List.of(new Fresh(0, ""))).best();

    assertThat(trial.runs()).extracting(Trial.Run::request).containsExactly(0, 1);
    assertThat(trial.gap())
        .isEqualTo((trial.runs().get(0).gap().get() + trial.runs().get(1).gap().get()) / 2);
  }

  @Test
  void aDivergedCandidateIsLastAndNeverBest(@TempDir Path folder) throws Exception {
    UnlearningStrategy wild =
        UnlearningModule.of(
            "wild",
            Training.DEFAULTS
                .withOptimizer(new Optimizer.Sgd(0, 0, false))
                .withLearningRate(LearningRate.of(1e30)),
            step -> step.student().crossEntropy().neg(),
            step -> step.student().crossEntropy());
    Tuning tuning = Tuning.of(task(), retrained);
    TuningResult found = tuning.best(List.of(wild, new Fresh(1, "")));

    assertThat(found.trials().get(1).strategy()).isSameAs(wild);
    assertThat(found.trials().get(1).gap()).isInfinite();
    assertThat(found.trials().get(1).runs().get(0).failure().get()).contains("finite");
    assertThat(found.best().strategy()).isEqualTo(new Fresh(1, ""));
    assertThatThrownBy(() -> tuning.best(List.of(wild)).best())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("every candidate diverged");

    Path file = folder.resolve("tuning.json");
    tuning.best(List.of(new Fresh(1, ""))).save(file);
    assertThat(Files.readString(file)).contains("\"forgetAccuracy\"").contains("\"epochs\" : 1");
  }

  /** Its weights are finite, and what they say is not. */
  record Overflowing() implements UnlearningStrategy {
    @Override
    public Set<Need> needs() {
      return Set.of();
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      RunLog log = RunLog.start(task, this);
      Network network = task.network().copy();
      float[] values = new float[(int) network.layout().parameters()];
      Arrays.fill(values, 1e30f);
      try (Weights huge = Weights.of(network.layout(), values, new float[0])) {
        network.restore(huge);
      }
      return new Unlearned(network, log.end("done"));
    }
  }

  @Test
  void aCandidateWhoseOutputsAreNotFiniteIsLast() {
    TuningResult found =
        Tuning.of(task(), retrained).best(List.of(new Overflowing(), new Fresh(1, "")));

    assertThat(found.best().strategy()).isEqualTo(new Fresh(1, ""));
    assertThat(found.trials().get(1).gap()).isInfinite();
    assertThat(found.trials().get(1).runs().get(0).failure().get())
        .contains("must have finite outputs");
  }

  @Test
  void aCandidateThatDivergesInALaterRoundDoesNotHideTheOthers() {
    Trial.Run good = new Trial.Run(0, 1, Optional.empty(), Optional.of(0.1), Optional.empty(), 1);
    Trial.Run bad =
        new Trial.Run(0, 2, Optional.empty(), Optional.empty(), Optional.of("diverged"), 1);
    Trial once = new Trial(new Fresh(1, "once"), List.of(good));
    Trial twice = new Trial(new Fresh(1, "twice"), List.of(good, bad));

    assertThat(new TuningResult(List.of(), List.of(twice, once)).best()).isEqualTo(once);
  }

  @Test
  void refusesWithoutValidationRows() {
    UnlearningTask without = UnlearningTask.of(original, data.withoutValidation());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tuning.of(without, retrained))
        .withMessageContaining("cutValidation");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tuning.of(task(), retrained).best(List.of()))
        .withMessageContaining("number of candidates");
  }

  @Test
  void gridsChangeTheLastAxisFastest() {
    assertThat(
            Axis.grid(
                new Fresh(0, ""),
                Axis.of(Fresh::withEpochs, 1, 2),
                Axis.of(Fresh::withNote, "a", "b")))
        .containsExactly(
            new Fresh(1, "a"), new Fresh(1, "b"), new Fresh(2, "a"), new Fresh(2, "b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Axis.grid(1.0, Axis.logUniform((base, v) -> v, 0.1, 1)))
        .withMessageContaining("has no grid");
  }

  @Test
  void drawsAreUniformInTheLogarithmAndKeptWhenMoreAreAskedFor() {
    Axis<Double> axis = Axis.logUniform((base, v) -> v, 1e-4, 1);
    List<Double> draws = Axis.random(0.0, 4000, 1, axis);

    assertThat(draws).allMatch(v -> v >= 1e-4 && v <= 1);
    long below = draws.stream().filter(v -> v < 1e-2).count();
    assertThat(below / 4000.0).isCloseTo(0.5, within(0.03)); // 3.8 standard deviations
    assertThat(Axis.random(0.0, 3, 1, axis)).isEqualTo(draws.subList(0, 3));
    assertThat(Axis.random(0.0, 3, 2, axis)).isNotEqualTo(draws.subList(0, 3));
  }
}
