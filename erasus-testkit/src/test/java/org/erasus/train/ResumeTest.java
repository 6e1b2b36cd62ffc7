package org.erasus.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.erasus.Json;
import org.erasus.Mask;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.RunLog;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.TorchOps;
import org.erasus.io.Safetensors;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that is killed, wherever that is, goes on to what it would have been. */
@Timeout(120)
class ResumeTest {
  private UnlearningDataset data;
  private Network original;

  @BeforeEach
  void open() {
    data = Toys.pictures(1);
    original = Toys.convolution(1);
  }

  @AfterEach
  void close() {
    original.close();
    data.close();
  }

  /**
   * Uses all there is to forget: momentum or Adam's moments, a schedule, the teacher, wrong labels, random numbers of the
   * step, batch statistics, a score whose best is in the middle, and looks between steps, one of them on the last step of an
   * epoch.
   */
  private record Everything(Training training) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      NDArray loss =
          step.student()
              .crossEntropy(step.wrongLabels())
              .add(step.student().logits().sub(step.teacher().logits()).square().mean());
      return TorchOps.scale(loss, step.random("scale").nextDouble(0.5, 1));
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public OptionalDouble score(Progress progress) {
      return OptionalDouble.of(-Math.abs(progress.epoch() - 1));
    }

    @Override
    public OptionalInt checkEverySteps() {
      return OptionalInt.of(3);
    }

    @Override
    public Optional<String> stop(Progress progress) {
      double looked =
          progress.originalValue(Monitor.FORGET_LOSS) + progress.value(Monitor.RETAIN_ACCURACY);
      return looked > 0 && progress.steps() == 15 ? Optional.of("fifteen") : Optional.empty();
    }
  }

  private static final Everything MODULE =
      new Everything(
          Toys.training()
              .withMaxEpochs(4)
              .withBatchSize(32)
              .withOptimizer(Optimizer.AdamW.DEFAULTS)
              .withLearningRate(new LearningRate.WarmUp(4, new LearningRate.Cosine(0.05, 0.001)))
              .withEarlyStopping(
                  new EarlyStopping(Monitor.VALIDATION_LOSS, EarlyStopping.Mode.MIN, 9)));

  private static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }

  /** All that must come out the same: weights, curves, cost, reason. */
  private record Outcome(
      String weights, List<EpochRecord> epochs, long rows, long rowsForward, String reason) {
    static Outcome of(Unlearned unlearned) {
      try (unlearned) {
        RunRecord record = unlearned.record();
        return new Outcome(
            fingerprint(unlearned.network()),
            record.epochs(),
            record.rowsForwardBackward(),
            record.rowsForward(),
            record.reason());
      }
    }
  }

  private Outcome run(UnlearningModule module, RunOptions options) {
    return Outcome.of(
        module.unlearn(UnlearningTask.of(original, data).withSeed(3).withOptions(options)));
  }

  private static RunOptions in(Path folder, int everySteps) {
    return RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder).withEverySteps(everySteps));
  }

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

  private static Listener interruptAt(long step) {
    return new Listener() {
      @Override
      public void stepped(long steps, double loss) {
        if (steps == step) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  /** 6 steps an epoch, stopped after 15: killed after each of them, with checkpoints every 1, 2, 3 and 100 steps. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 100})
  void aRunKilledAfterAnyStepEndsTheSame(int everySteps, @TempDir Path folder) {
    Outcome whole = run(MODULE, RunOptions.DEFAULTS);
    assertThat(whole.reason()).isEqualTo("fifteen");
    assertThat(whole.epochs()).hasSize(3);
    for (int step = 1; step <= 15; step++) {
      Path own = folder.resolve("killed-" + step);
      RunOptions options = in(own, everySteps);
      int killed = step;
      assertThatThrownBy(() -> run(MODULE, options.withListener(killAt(killed))))
          .isInstanceOf(Killed.class);
      assertThat(run(MODULE, options)).as("killed after step " + step).isEqualTo(whole);
    }
  }

  /** The third step makes weights infinite, and no loss tells it. What is left to go on from is the state before. */
  @Test
  void aRunThatDivergedDoesSoAgainWhenItIsStartedAgain(@TempDir Path folder) {
    UnlearningModule far =
        UnlearningModule.of(
            "far",
            Toys.training().withOptimizer(Optimizer.Sgd.plain()).withLearningRate(1e30),
            step -> TorchOps.scale(step.student().logits().sum(), 0),
            step -> TorchOps.scale(step.student().crossEntropy(), step.number() == 2 ? 1e30 : 0));
    for (int time = 0; time < 2; time++) {
      DivergedException e =
          catchThrowableOfType(DivergedException.class, () -> run(far, in(folder, 1)));
      assertThat(e).hasMessageContaining("after 3 steps: its weights were no longer finite");
      try (Weights last = e.lastGood()) {
        assertThat(last.isFinite()).isTrue();
      }
    }
  }

  /** A rule on both gradients that looks elsewhere, two retain batches a step. */
  private record Ruled(Training training) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy(step.wrongLabels());
    }

    @Override
    public NDArray retainStep(Step step) {
      return TorchOps.scale(step.student().crossEntropy(), step.random("scale").nextDouble());
    }

    @Override
    public Optional<GradientRule> gradientRule() {
      return Optional.of(g -> g.retain(1, g.retain(0, g.forget())).mul((float) (1 - g.done())));
    }

    @Override
    public int retainBatches() {
      return 2;
    }
  }

  /** 3 steps an epoch, 4 epochs. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100})
  void aRunWithARuleKilledAfterAnyStepEndsTheSame(int everySteps, @TempDir Path folder) {
    Ruled ruled = new Ruled(MODULE.training());
    Outcome whole = run(ruled, RunOptions.DEFAULTS);
    for (int step = 1; step <= 12; step++) {
      RunOptions options = in(folder.resolve("killed-" + step), everySteps);
      int killed = step;
      assertThatThrownBy(() -> run(ruled, options.withListener(killAt(killed))))
          .isInstanceOf(Killed.class);
      assertThat(run(ruled, options)).as("killed after step " + step).isEqualTo(whole);
    }
  }

  /** A weight of the loss that grows with every step, by what the step found. */
  private record Growing(Training training) implements UnlearningModule {
    @Override
    public UnlearningModule prepared(UnlearningTask task, RunLog log) {
      return new Grown(training);
    }
  }

  private static final class Grown implements UnlearningModule, UnlearningModule.Memory {
    private final Training training;
    private double weight = 0.1;
    private double found;

    Grown(Training training) {
      this.training = training;
    }

    @Override
    public Training training() {
      return training;
    }

    @Override
    public NDArray forgetStep(Step step) {
      return TorchOps.scale(step.student().crossEntropy(), weight);
    }

    @Override
    public NDArray retainStep(Step step) {
      NDArray loss = step.student().crossEntropy();
      found = loss.getFloat();
      return loss;
    }

    @Override
    public Optional<AfterStep> afterStep() {
      return Optional.of((parameters, before, rate, done) -> weight += found);
    }

    @Override
    public Optional<Memory> memory() {
      return Optional.of(this);
    }

    @Override
    public List<Double> numbers() {
      return List.of(weight);
    }

    @Override
    public void recall(List<Double> numbers) {
      weight = numbers.get(0);
    }
  }

  /** 6 steps an epoch, 4 epochs; a file whose numbers are changed is the control. */
  @Test
  void aRunWithAMemoryKilledAfterAnyStepEndsTheSame(@TempDir Path folder) throws IOException {
    Growing growing = new Growing(MODULE.training());
    Outcome whole = run(growing, RunOptions.DEFAULTS);
    for (int step = 1; step <= 24; step++) {
      RunOptions options = in(folder.resolve("killed-" + step), 2);
      int killed = step;
      assertThatThrownBy(() -> run(growing, options.withListener(killAt(killed))))
          .isInstanceOf(Killed.class);
      assertThat(run(growing, options)).as("killed after step " + step).isEqualTo(whole);
    }
    Path own = folder.resolve("changed");
    assertThatThrownBy(() -> run(growing, in(own, 1).withListener(killAt(8))))
        .isInstanceOf(Killed.class);
    Path file = own.resolve("run.safetensors");
    Safetensors state = Safetensors.read(file);
    var metadata = new java.util.LinkedHashMap<>(state.metadata());
    metadata.computeIfPresent(
        "notes",
        (key, notes) -> notes.replaceFirst("(?s)\"memory\" : \\[.*?\\]", "\"memory\" : [ 100.0 ]"));
    assertThat(metadata).isNotEqualTo(state.metadata());
    new Safetensors(state.tensors(), metadata).write(file);
    assertThat(run(growing, in(own, 1)).weights()).isNotEqualTo(whole.weights());
  }

  /** Negative control: a run that starts from other weights than the checkpoint's ends elsewhere. */
  @Test
  void whatIsResumedMatters(@TempDir Path folder) throws IOException {
    Outcome whole = run(MODULE, RunOptions.DEFAULTS);
    assertThatThrownBy(() -> run(MODULE, in(folder, 1).withListener(killAt(8))))
        .isInstanceOf(Killed.class);
    Path file = folder.resolve("run.safetensors");
    Safetensors state = Safetensors.read(file);
    assertThat(state.tensors().keySet())
        .contains(
            "parameters", "statistics", "optimizer.mean", "optimizer.square", "optimizer.step");
    var tensors = new java.util.LinkedHashMap<>(state.tensors());
    float[] moments = state.tensor("optimizer.mean").toFloats();
    moments[0] += 1;
    tensors.put("optimizer.mean", org.erasus.io.HostTensor.of(moments, moments.length));
    new Safetensors(tensors, state.metadata()).write(file);
    assertThat(run(MODULE, in(folder, 1)).weights()).isNotEqualTo(whole.weights());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 6, 10, 14})
  void anInterruptLeavesACheckpointAndTheMarkAndTheRunGoesOn(int step, @TempDir Path folder) {
    Outcome whole = run(MODULE, RunOptions.DEFAULTS);
    RunOptions options = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder));
    assertThatThrownBy(() -> run(MODULE, options.withListener(interruptAt(step))))
        .isInstanceOf(CancelledRunException.class)
        .hasMessageContaining("interrupted after step " + step);
    assertThat(Thread.interrupted()).as("the thread stays marked").isTrue();
    long[] resumedAt = new long[1];
    Listener listener =
        new Listener() {
          @Override
          public void started(String name, long steps, long done) {
            resumedAt[0] = done;
          }
        };
    assertThat(run(MODULE, options.withListener(listener))).isEqualTo(whole);
    assertThat(resumedAt[0]).as("nothing is done twice").isEqualTo(step);
  }

  /** The step on which the module ends the run is the last: an interrupt there changes nothing. */
  @Test
  void anInterruptOnTheLastStepDoesNotUndoTheRun(@TempDir Path folder) {
    Outcome whole = run(MODULE, RunOptions.DEFAULTS);
    assertThat(run(MODULE, in(folder, 1).withListener(interruptAt(15)))).isEqualTo(whole);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void withoutCheckpointsAnInterruptEndsTheRunAllTheSame() {
    assertThatThrownBy(() -> run(MODULE, RunOptions.DEFAULTS.withListener(interruptAt(2))))
        .isInstanceOf(CancelledRunException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aFinishedRunIsGivenBackWithoutAStep(@TempDir Path folder) {
    Outcome whole = run(MODULE, in(folder, 4));
    Listener none =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            throw new Killed();
          }
        };
    assertThat(run(MODULE, in(folder, 4).withListener(none))).isEqualTo(whole);
    assertThat(run(MODULE, in(folder, 4).withListener(none))).as("and again").isEqualTo(whole);
  }

  @Test
  void aPerceptronWithoutStatisticsGoesOnToo(@TempDir Path folder) {
    try (UnlearningDataset clouds = Toys.clouds(1);
        Network perceptron = TrainerTest.dropoutNetwork()) {
      UnlearningTask task = UnlearningTask.of(perceptron, clouds).withSeed(5);
      UnlearningModule module =
          new Everything(MODULE.training().withOptimizer(new Optimizer.Sgd(0.9, 1e-3, true)));
      Outcome whole = Outcome.of(module.unlearn(task));
      for (int step : new int[] {1, 4, 9}) {
        RunOptions options = in(folder.resolve("at-" + step), 2);
        assertThatThrownBy(
                () -> module.unlearn(task.withOptions(options.withListener(killAt(step)))))
            .isInstanceOf(Killed.class);
        assertThat(Outcome.of(module.unlearn(task.withOptions(options)))).isEqualTo(whole);
      }
    }
  }

  /** Forget rows are gone over three times an epoch, twice alone: an order that was repeated or left out would show. */
  @Test
  void sweepsListedTwiceGoOnWhereTheyWere(@TempDir Path folder) {
    UnlearningModule module = new Sweeping(MODULE.training().withMaxEpochs(2).withBatchSize(8));
    Outcome whole = run(module, RunOptions.DEFAULTS);
    for (int step : new int[] {1, 4, 7, 29, 33}) {
      RunOptions options = in(folder.resolve("at-" + step), 2);
      assertThatThrownBy(() -> run(module, options.withListener(killAt(step))))
          .isInstanceOf(Killed.class);
      assertThat(run(module, options)).as("killed after step " + step).isEqualTo(whole);
    }
  }

  private record Sweeping(Training training) implements UnlearningModule {
    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET, Sweep.FORGET, Sweep.PAIRED);
    }

    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy(step.wrongLabels());
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  // ---- the wrong folder

  @Test
  void theStateOfAnotherRunIsRefused(@TempDir Path folder) {
    RunOptions options = in(folder, 1);
    run(MODULE, options);
    UnlearningTask task = UnlearningTask.of(original, data).withSeed(3).withOptions(options);
    assertRefused(MODULE, task.withSeed(4), "recipe");
    assertRefused(new Everything(MODULE.training().withLearningRate(0.2)), task, "recipe");
    UnlearningDataset other = data.markRetain(data.forget().first(1));
    assertRefused(
        MODULE, UnlearningTask.of(original, other).withSeed(3).withOptions(options), "recipe");
    try (Network fresh = original.fresh(2)) {
      assertRefused(MODULE, task.withNetwork(fresh), "recipe");
    }
  }

  /** The JSON text of a class that is no record does not tell its training; its identity does. */
  @Test
  void theStateOfAnotherMaskOrOfOtherSettingsIsRefused(@TempDir Path folder) {
    try (NDManager manager = EngineRuntime.newManager();
        Mask even = mask(manager, 2);
        Mask third = mask(manager, 3)) {
      UnlearningTask task =
          UnlearningTask.of(original, data).withSeed(3).withOptions(in(folder, 1));
      module(0.1).unlearn(task.withMask(even)).close();
      assertRefused(module(0.1), task.withMask(third), "recipe");
      assertRefused(module(0.1), task, "recipe");
      assertRefused(module(0.2), task.withMask(even), "recipe");
      module(0.1).unlearn(task.withMask(even)).close();
    }
  }

  private static UnlearningModule pair(String name, double factor) {
    return UnlearningModule.of(
        name,
        MODULE.training().withMaxEpochs(1),
        step -> TorchOps.scale(step.student().crossEntropy(), factor),
        step -> step.student().crossEntropy());
  }

  /** Two lambdas look like any others: the name tells them apart. */
  @Test
  void theStateOfOtherLossesIsRefused(@TempDir Path folder) {
    UnlearningTask task = UnlearningTask.of(original, data).withOptions(in(folder, 1));
    try (Unlearned ascent = pair("ascent", -1).unlearn(task)) {
      assertThat(ascent.record().name()).isEqualTo("ascent");
      assertThat(Json.write(ascent.record().recipe())).contains("\"losses\" : \"ascent\"");
    }
    assertRefused(pair("descent", 1), task, "recipe");
    pair("ascent", -1).unlearn(task).close();
  }

  @Test
  void lossesWithoutANameLeaveNoCheckpoints(@TempDir Path folder) {
    UnlearningModule.Loss loss = step -> step.student().crossEntropy();
    UnlearningModule unnamed = UnlearningModule.of(MODULE.training(), loss, loss);
    UnlearningTask task = UnlearningTask.of(original, data);
    assertThatThrownBy(() -> unnamed.unlearn(task.withOptions(in(folder, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name them, UnlearningModule.of(name, training, forget, retain)");
    assertThat(folder).isEmptyDirectory();
    unnamed.unlearn(task).close();
    assertThatThrownBy(() -> UnlearningModule.of(" ", MODULE.training(), loss, loss))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("name must tell the two losses from others, but was \" \"");
  }

  private static UnlearningModule module(double rate) {
    return new NoRecord(MODULE.training().withMaxEpochs(1).withLearningRate(rate));
  }

  private static class NoRecord implements UnlearningModule {
    private final Training training;

    NoRecord(Training training) {
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
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  // ---- settings that a recipe cannot tell

  /** How large a loss is. */
  private interface Size {
    double of(long step);
  }

  private record Constant(double value) implements Size {
    @Override
    public double of(long step) {
      return value;
    }
  }

  private record Growth(double value) implements Size {
    @Override
    public double of(long step) {
      return value * step;
    }
  }

  private enum Usual implements Size {
    ONE {
      @Override
      public double of(long step) {
        return 1;
      }
    }
  }

  private static final class Hidden implements Size {
    private final double secret;

    Hidden(double secret) {
      this.secret = secret;
    }

    @Override
    public double of(long step) {
      return secret;
    }
  }

  private record Sized(Training training, List<Optional<Size>> sizes) implements UnlearningModule {
    static Sized of(Size size) {
      return new Sized(MODULE.training().withMaxEpochs(1), List.of(Optional.of(size)));
    }

    @Override
    public NDArray forgetStep(Step step) {
      return TorchOps.scale(
          step.student().crossEntropy(), sizes.get(0).orElseThrow().of(step.number()));
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }
  }

  private record Wrapped(Training training, Sized inner) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return inner.forgetStep(step);
    }

    @Override
    public NDArray retainStep(Step step) {
      return inner.retainStep(step);
    }
  }

  private void assertUntold(UnlearningModule module, Path folder, String what) {
    UnlearningTask task = UnlearningTask.of(original, data);
    assertThatThrownBy(() -> module.unlearn(task.withOptions(in(folder, 1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the recipe of " + module.displayName())
        .hasMessageContaining(what)
        .hasMessageEndingWith(
            "make it a record or an enum, or run without checkpoints, reference networks and experiments");
    assertThat(folder).isEmptyDirectory();
    module.unlearn(task).close();
  }

  @Test
  void settingsWithoutANameLeaveNoCheckpoints(@TempDir Path folder) {
    assertUntold(Sized.of(step -> 2), folder, "its setting \"sizes.0\" is a lambda");
    Size unnamed =
        new Size() {
          @Override
          public double of(long step) {
            return 2;
          }
        };
    assertUntold(Sized.of(unnamed), folder, "\"sizes.0\" is of a class without a name");
    assertUntold(Sized.of(new Hidden(3)), folder, "Hidden, whose field secret is not told");
    assertUntold(
        new Wrapped(MODULE.training().withMaxEpochs(1), Sized.of(step -> 2)),
        folder,
        "its setting \"inner.sizes.0\" is a lambda");
    assertUntold(
        new NoRecord(MODULE.training().withMaxEpochs(1)) {},
        folder,
        "it is of a class without a name");
  }

  /** The same numbers in a class of another name are another setting. */
  @Test
  void theStateOfSettingsOfAnotherClassIsRefused(@TempDir Path folder) {
    UnlearningTask task = UnlearningTask.of(original, data).withOptions(in(folder, 1));
    Sized.of(new Constant(2)).unlearn(task).close();
    assertRefused(Sized.of(new Growth(2)), task, "recipe");
    assertRefused(Sized.of(new Constant(3)), task, "recipe");
    Sized.of(new Constant(2)).unlearn(task).close();
    Path other = folder.resolve("other");
    Sized.of(Usual.ONE).unlearn(task.withOptions(in(other, 1))).close();
    Sized.of(Usual.ONE).unlearn(task.withOptions(in(other, 1))).close();
  }

  private record Pair(Training training, Size forget, Size retain) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return TorchOps.scale(step.student().crossEntropy(), forget.of(step.number()));
    }

    @Override
    public NDArray retainStep(Step step) {
      return TorchOps.scale(step.student().crossEntropy(), retain.of(step.number()));
    }
  }

  /** The same classes at other places are other settings. */
  @Test
  void theStateOfSettingsInAnotherOrderIsRefused(@TempDir Path folder) {
    UnlearningTask task = UnlearningTask.of(original, data).withOptions(in(folder, 1));
    Training training = MODULE.training().withMaxEpochs(1);
    new Pair(training, new Constant(2), new Growth(2)).unlearn(task).close();
    assertRefused(new Pair(training, new Growth(2), new Constant(2)), task, "recipe");
    assertRefused(new Pair(training, new Growth(2), new Growth(2)), task, "recipe");
    new Pair(training, new Constant(2), new Growth(2)).unlearn(task).close();
    Sized first = new Sized(training, sizes(new Constant(2), new Growth(2), new Growth(2)));
    Sized second = new Sized(training, sizes(new Growth(2), new Constant(2), new Growth(2)));
    Sized third = new Sized(training, sizes(new Constant(2), new Growth(2), new Constant(2)));
    assertThat(Stream.of(first, second, third).map(m -> Recipe.of(task, m).identity()).distinct())
        .hasSize(3);
    assertThat(Stream.of(first, second, third).map(m -> Recipe.of(task, m).fingerprint()))
        .containsOnly(Recipe.of(task, first).fingerprint());
  }

  private static List<Optional<Size>> sizes(Size... sizes) {
    return Stream.of(sizes).map(Optional::of).toList();
  }

  /** Tells one of its numbers and keeps another to itself. */
  static final class HalfTold implements Size {
    private final double shown;
    private final double secret;

    HalfTold(double shown, double secret) {
      this.shown = shown;
      this.secret = secret;
    }

    public double getShown() {
      return shown;
    }

    @Override
    public double of(long step) {
      return shown + secret;
    }
  }

  /** Tells all it has, under another name, too. */
  static final class Told implements Size {
    private final double shown;

    @JsonProperty("other")
    private final double named;

    Told(double shown, double named) {
      this.shown = shown;
      this.named = named;
    }

    public double getShown() {
      return shown;
    }

    @Override
    public double of(long step) {
      return shown + named;
    }
  }

  @SuppressWarnings("unused") // none of it is for anything but to be there
  private static final class Warmed extends NoRecord {
    private final Training warming;

    Warmed(Training training, Training warming) {
      super(training);
      this.warming = warming;
    }
  }

  private static final class Schooled implements Size {
    private final Training school;

    Schooled(Training school) {
      this.school = school;
    }

    @Override
    public double of(long step) {
      return school.maxEpochs();
    }
  }

  /** One number told does not make up for another, and only the training that the identity tells is told. */
  @Test
  void settingsToldInPartLeaveNoCheckpoints(@TempDir Path folder) {
    Training training = MODULE.training().withMaxEpochs(1);
    assertUntold(Sized.of(new HalfTold(1, 2)), folder, "HalfTold, whose field secret is not told");
    assertUntold(
        Sized.of(new Schooled(training)), folder, "Schooled, whose field school is not told");
    assertUntold(new Warmed(training, training), folder, "Warmed, whose field warming is not told");
    UnlearningTask task = UnlearningTask.of(original, data).withOptions(in(folder, 1));
    Sized.of(new Told(1, 2)).unlearn(task).close();
    assertRefused(Sized.of(new Told(1, 3)), task, "recipe");
  }

  private record Inside(Training training, UnlearningModule inner) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return inner.forgetStep(step);
    }

    @Override
    public NDArray retainStep(Step step) {
      return inner.retainStep(step);
    }
  }

  @Test
  void lossesWithoutANameInAnotherModuleLeaveNoCheckpoints(@TempDir Path folder) {
    Training training = MODULE.training().withMaxEpochs(1);
    UnlearningModule.Loss loss = step -> step.student().crossEntropy();
    assertUntold(
        new Inside(training, UnlearningModule.of(training, loss, loss)),
        folder,
        "its setting \"inner\" is two losses without a name (name them,"
            + " UnlearningModule.of(name, training, forget, retain))");
    UnlearningTask task = UnlearningTask.of(original, data).withOptions(in(folder, 1));
    new Inside(training, UnlearningModule.of("equal", training, loss, loss)).unlearn(task).close();
  }

  private Mask mask(NDManager manager, int every) {
    boolean[] kept = new boolean[(int) original.layout().parameters()];
    for (int i = 0; i < kept.length; i += every) {
      kept[i] = true;
    }
    return Mask.of(manager.create(kept).duplicate());
  }

  private static void assertRefused(UnlearningModule module, UnlearningTask task, String what) {
    assertThatThrownBy(() -> module.unlearn(task))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("holds the state of another run")
        .hasMessageContaining("its " + what + " differs")
        .hasMessageContaining("precision, device, threads or version of libtorch")
        .hasMessageContaining("Use another folder, or delete this one");
  }

  @Test
  void aFolderThatCannotBeWrittenIsAnErrorBeforeAnyStep(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    List<Long> steps = new ArrayList<>();
    Listener listener =
        new Listener() {
          @Override
          public void stepped(long taken, double loss) {
            steps.add(taken);
          }
        };
    assertThatThrownBy(() -> run(MODULE, in(file.resolve("below"), 1).withListener(listener)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the state of the run in " + file.resolve("below"))
        .hasMessageContaining("could not be written");
    assertThat(steps).isEmpty();
  }

  @Test
  void aDamagedCheckpointIsAnErrorNamingTheFile(@TempDir Path folder) throws IOException {
    run(MODULE, in(folder, 1));
    Path file = folder.resolve("run.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> run(MODULE, in(folder, 1)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(file.toString());
  }

  // ---- a process killed from outside

  /** The process that is killed. */
  static final class Runner {
    private Runner() {}

    public static void main(String[] args) {
      EngineRuntime.setThreads(Integer.parseInt(args[2]));
      Listener slow =
          new Listener() {
            @Override
            public void stepped(long steps, double loss) {
              System.out.println("step " + steps);
              sleep();
            }

            private void sleep() {
              try {
                Thread.sleep(Long.parseLong(args[1]));
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            }
          };
      try (UnlearningDataset data = Toys.pictures(1);
          Network network = Toys.convolution(1);
          Unlearned unlearned =
              MODULE.unlearn(
                  UnlearningTask.of(network, data)
                      .withSeed(3)
                      .withOptions(in(Path.of(args[0]), 1).withListener(slow)))) {
        System.out.println("end " + fingerprint(unlearned.network()));
      }
    }
  }

  @Test
  void aProcessKilledInTheMiddleGoesOnInAnother(@TempDir Path folder) throws Exception {
    Outcome whole = run(MODULE, RunOptions.DEFAULTS);
    Process process = start(folder, 60);
    try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (line != null && !line.equals("step 8")) {
        line = lines.readLine();
      }
      assertThat(line).isEqualTo("step 8");
      process.destroyForcibly();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(folder.resolve("run.safetensors")).exists();
    assertThat(run(MODULE, in(folder, 1))).isEqualTo(whole);
  }

  private static Process start(Path folder, int millis) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:-UsePerfData",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Runner.class.getName(),
            folder.toString(),
            Integer.toString(millis),
            Integer.toString(EngineRuntime.info().threads()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
