package org.erasus.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.erasus.Batch;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Rows;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.WeightLayout;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TensorList;
import org.erasus.engine.TorchOps;
import org.erasus.io.HostTensor;
import org.erasus.testkit.Golden;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final Training SHORT = Toys.training().withMaxEpochs(3);

  /** Descent on the retain rows, ascent on the forget rows. */
  private static final UnlearningModule BOTH =
      UnlearningModule.of(
          SHORT,
          step -> step.student().crossEntropy().neg(),
          step -> step.student().crossEntropy());

  private static UnlearningModule both(Training training) {
    return UnlearningModule.of(
        training,
        step -> step.student().crossEntropy().neg(),
        step -> step.student().crossEntropy());
  }

  private static String fingerprint(Network network) {
    try (Weights weights = network.weights()) {
      return weights.fingerprint();
    }
  }

  // ---- against PyTorch

  private static final Golden GOLDEN = Golden.load(TrainerTest.class, "training");

  private static Map<String, HostTensor> tensors(Network network, String at) {
    Map<String, HostTensor> tensors = new LinkedHashMap<>();
    for (WeightLayout.Tensor tensor : network.layout().tensors()) {
      tensors.put(
          tensor.name(),
          HostTensor.of(GOLDEN.floats(at + "/" + tensor.name()), tensor.shape().getShape()));
    }
    return tensors;
  }

  private static void assertTrainsAsPyTorch(
      String name, Network untrained, Shape rowShape, Training training) {
    int[] labels =
        Arrays.stream(GOLDEN.numbers("/" + name + "/y")).mapToInt(v -> (int) v).toArray();
    try (untrained;
        UnlearningDataset data =
            UnlearningDataset.of(GOLDEN.floats("/" + name + "/x"), rowShape, labels, 3)) {
      untrained.load(tensors(untrained, "/" + name + "/start"));
      RunRecord record = new Supervised(training).train(untrained, data, 1);
      double[] losses = GOLDEN.numbers("/" + name + "/losses");
      assertThat(record.epochs()).hasSize(losses.length);
      for (int i = 0; i < losses.length; i++) {
        assertThat(record.epochs().get(i).retainLoss().orElseThrow())
            .isCloseTo(losses[i], within(1e-5));
      }
      try (Weights end = untrained.weights()) {
        for (WeightLayout.Tensor tensor : untrained.layout().tensors()) {
          float[] expected = GOLDEN.floats("/" + name + "/end/" + tensor.name());
          assertThat(end.values(tensor.name()))
              .as(tensor.name())
              .containsExactly(expected, within(1e-5f));
        }
      }
    }
  }

  @Test
  void aPerceptronTrainsAsInPyTorch() {
    assertTrainsAsPyTorch(
        "perceptron",
        Toys.perceptron(9),
        new Shape(8),
        SHORT.withMaxEpochs(8).withLearningRate(0.1));
  }

  @Test
  void aConvolutionWithBatchNormTrainsAsInPyTorchStatisticsIncluded() {
    assertTrainsAsPyTorch(
        "convolution",
        Toys.convolution(9),
        new Shape(2, 2, 2),
        SHORT
            .withMaxEpochs(8)
            .withOptimizer(Optimizer.AdamW.DEFAULTS)
            .withLearningRate(new LearningRate.Step(0.01, 2, 0.5)));
  }

  // ---- which rows a step sees

  /** Takes down what each step sees. */
  private static final class Recorder implements UnlearningModule {
    private final Training training;
    private final List<Sweep> sweeps;
    private final List<String> seen = new ArrayList<>();
    private final List<Long> forgetIds = new ArrayList<>();
    private final List<Long> retainIds = new ArrayList<>();

    Recorder(Training training, Sweep... sweeps) {
      this.training = training;
      this.sweeps = List.of(sweeps);
    }

    @Override
    public Training training() {
      return training;
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return sweeps;
    }

    private NDArray loss(Step step, String kind, List<Long> ids) {
      seen.add(kind + "@" + step.number());
      Arrays.stream(step.batch().rows().ids()).forEach(ids::add);
      return step.student().crossEntropy();
    }

    @Override
    public NDArray forgetStep(Step step) {
      return loss(step, "f", forgetIds);
    }

    @Override
    public NDArray retainStep(Step step) {
      return loss(step, "r", retainIds);
    }

    @Override
    public NDArray unionStep(Step step) {
      return loss(step, "u", retainIds);
    }
  }

  /**
   * 18 forget rows in batches of 4 are 5 steps, 162 retain rows 41. The module is asked once more after each epoch, for its
   * record.
   */
  private static Recorder record(Pairing pairing, int epochs, Sweep... sweeps) {
    Recorder recorder =
        new Recorder(
            Toys.training().withMaxEpochs(epochs).withBatchSize(4).withPairing(pairing), sweeps);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      recorder.unlearn(UnlearningTask.of(network, data).withSeed(3)).close();
    }
    return recorder;
  }

  private static long[] sorted(List<Long> ids) {
    return ids.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static long[] forgetIds() {
    return LongStream.range(0, 180).filter(i -> i % 10 == 0).toArray();
  }

  private static long[] retainIds() {
    return LongStream.range(0, 180).filter(i -> i % 10 != 0).toArray();
  }

  @Test
  void jointLastsAsLongAsTheForgetBatchesAndRetainGoesOn() {
    Recorder one = record(Pairing.JOINT, 1, Sweep.PAIRED);
    List<String> steps = one.seen.subList(0, 10);
    assertThat(steps)
        .containsExactly("f@0", "r@0", "f@1", "r@1", "f@2", "r@2", "f@3", "r@3", "f@4", "r@4");
    assertThat(sorted(one.forgetIds.subList(0, 18))).isEqualTo(forgetIds());
    assertThat(one.retainIds.subList(0, 20)).doesNotHaveDuplicates();
    // 8 epochs of 5 batches of 4: 160 of the 162 retain rows, none of them twice
    Recorder eight = record(Pairing.JOINT, 8, Sweep.PAIRED);
    List<Long> retain = turns(eight, "r", eight.retainIds, 5, 4);
    assertThat(retain).hasSize(160).doesNotHaveDuplicates();
  }

  /** Without the questions for the record that come after every {@code perEpoch} batches. */
  private static List<Long> turns(
      Recorder recorder, String kind, List<Long> ids, int perEpoch, int batch) {
    List<Long> kept = new ArrayList<>();
    int at = 0;
    int turn = 0;
    for (String seen : recorder.seen) {
      if (seen.startsWith(kind)) {
        if (turn % (perEpoch + 1) != perEpoch) {
          kept.addAll(ids.subList(at, at + batch));
        }
        at += batch;
        turn++;
      }
    }
    return kept;
  }

  @Test
  void cycleShorterLastsAsLongAsTheLonger() {
    Recorder one = record(Pairing.CYCLE_SHORTER, 1, Sweep.PAIRED);
    assertThat(one.seen.stream().filter(s -> s.startsWith("f") && !s.endsWith("@41"))).hasSize(41);
    assertThat(sorted(one.retainIds.subList(0, 162))).isEqualTo(retainIds());
    // passes of 4, 4, 4, 4 and 2 rows: 8 whole ones in 41 steps, each with every row once
    for (int pass = 0; pass < 8; pass++) {
      assertThat(sorted(one.forgetIds.subList(18 * pass, 18 * pass + 18))).isEqualTo(forgetIds());
    }
    assertThat(one.forgetIds.subList(0, 18)).isNotEqualTo(one.forgetIds.subList(18, 36));
  }

  @Test
  void alternateTakesTurns() {
    Recorder one = record(Pairing.ALTERNATE, 1, Sweep.PAIRED);
    List<String> steps = one.seen.subList(0, 82);
    for (int i = 0; i < 82; i++) {
      assertThat(steps.get(i)).isEqualTo((i % 2 == 0 ? "f@" : "r@") + i);
    }
    assertThat(sorted(one.retainIds.subList(0, 162))).isEqualTo(retainIds());
  }

  @Test
  void sweepsFollowEachOtherAndTheUnionMixes() {
    Recorder two = record(Pairing.JOINT, 1, Sweep.FORGET, Sweep.RETAIN);
    assertThat(two.seen.subList(0, 46))
        .isEqualTo(IntStream.range(0, 46).mapToObj(i -> (i < 5 ? "f@" : "r@") + i).toList());
    assertThat(sorted(two.forgetIds.subList(0, 18))).isEqualTo(forgetIds());
    Recorder union = record(Pairing.JOINT, 1, Sweep.UNION);
    assertThat(sorted(union.retainIds.subList(0, 180)))
        .isEqualTo(LongStream.range(0, 180).toArray());
    assertThat(union.retainIds.subList(0, 180))
        .isNotEqualTo(LongStream.range(0, 180).boxed().toList());
  }

  /** An epoch asks for every row once a sweep, then for 4 rows for its record. */
  @Test
  void aSweepListedTwiceGoesOnWithTheNextOrder() {
    List<Long> twice = record(Pairing.JOINT, 2, Sweep.FORGET, Sweep.FORGET).forgetIds;
    List<Long> once = record(Pairing.JOINT, 4, Sweep.FORGET).forgetIds;
    List<List<Long>> passes = new ArrayList<>();
    for (int pass = 0; pass < 4; pass++) {
      int start = 18 * pass + 4 * (pass / 2);
      passes.add(twice.subList(start, start + 18));
      assertThat(sorted(passes.get(pass))).isEqualTo(forgetIds());
      assertThat(passes.get(pass))
          .as("as in twice as many epochs")
          .isEqualTo(once.subList(22 * pass, 22 * pass + 18));
    }
    assertThat(passes).doesNotHaveDuplicates();
  }

  /** A step a sweep; of the largest number there is nothing can be added to. */
  @ParameterizedTest
  @ValueSource(ints = {180, Integer.MAX_VALUE})
  void aBatchAsLargeAsAllRowsIsTheWholePass(int batchSize) {
    Recorder all =
        new Recorder(
            SHORT.withMaxEpochs(2).withBatchSize(batchSize),
            Sweep.FORGET,
            Sweep.RETAIN,
            Sweep.UNION,
            Sweep.PAIRED);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      for (Rows rows : List.of(data.trained(), data.trained().first(0))) {
        assertThat(rows.batchCount(batchSize)).isEqualTo(rows.batches(batchSize).size());
      }
      try (Unlearned unlearned = all.unlearn(UnlearningTask.of(network, data))) {
        assertThat(unlearned.record().epochs().get(1).steps()).isEqualTo(8);
        assertThat(sorted(all.forgetIds.subList(0, 18))).isEqualTo(forgetIds());
        assertThat(sorted(all.retainIds.subList(0, 162))).isEqualTo(retainIds());
      }
    }
  }

  /** Two parts of a joint step draw apart, and so do two steps; the same run draws the same. */
  @Test
  void randomNumbersAreThoseOfTheBatch() {
    List<Long> drawn = new ArrayList<>();
    UnlearningModule.Loss loss =
        step -> {
          drawn.add(step.random("any").nextLong());
          return step.student().crossEntropy();
        };
    UnlearningModule module = UnlearningModule.of(SHORT.withMaxEpochs(1), loss, loss);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      module.unlearn(UnlearningTask.of(network, data)).close();
      List<Long> first = List.copyOf(drawn);
      assertThat(first).hasSizeGreaterThan(12).doesNotHaveDuplicates();
      drawn.clear();
      module.unlearn(UnlearningTask.of(network, data)).close();
      assertThat(drawn).isEqualTo(first);
    }
  }

  @Test
  void batchOrderDependsOnTheSeedAndTheEpochOnly() {
    Recorder once = record(Pairing.CYCLE_SHORTER, 2, Sweep.PAIRED);
    assertThat(record(Pairing.CYCLE_SHORTER, 2, Sweep.PAIRED).retainIds).isEqualTo(once.retainIds);
    assertThat(record(Pairing.ALTERNATE, 1, Sweep.PAIRED).retainIds.subList(0, 162))
        .isEqualTo(once.retainIds.subList(0, 162));
  }

  // ---- weights of the losses

  /** With plain SGD one step moves by −η(wf·∇f + wr·∇r): computed apart. */
  @Test
  void forgetAndRetainWeightsScaleTheGradients() {
    Training training =
        SHORT
            .withMaxEpochs(1)
            .withBatchSize(200)
            .withOptimizer(Optimizer.Sgd.plain())
            .withLearningRate(0.5)
            .withForgetWeight(0.25)
            .withRetainWeight(2);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights();
        Unlearned unlearned = both(training).unlearn(UnlearningTask.of(network, data));
        Weights end = unlearned.network().weights()) {
      float[] forget = gradient(network, data.forget().load(network.device()));
      float[] retain = gradient(network, data.retain().load(network.device()));
      float[] from = start.toFloats();
      float[] expected = new float[from.length];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = from[i] - 0.5f * (-0.25f * forget[i] + 2 * retain[i]);
      }
      assertThat(end.toFloats()).containsExactly(expected, within(1e-6f));
      assertThat(unlearned.record().epochs().get(0).forgetLoss().orElseThrow())
          .as("before weighting")
          .isCloseTo(-Probe.of(network, data.forget()).meanLoss(), within(1e-6));
    }
  }

  // ---- rules on both gradients

  private record Ruled(Training training, int retainBatches, GradientRule rule)
      implements UnlearningModule {
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
      return Optional.of(rule);
    }
  }

  private static final Training ONE_STEP =
      SHORT
          .withMaxEpochs(1)
          .withBatchSize(200)
          .withOptimizer(Optimizer.Sgd.plain())
          .withLearningRate(0.5);

  /** θ − η(2∇L_f(θ) − ∇L_r(θ + ε)) with weights of the losses, the gradients computed apart on networks of their own. */
  @Test
  void aRuleGetsTheForgetGradientHereAndTheRetainGradientThere() {
    Ruled ruled =
        new Ruled(
            ONE_STEP.withForgetWeight(0.25).withRetainWeight(3),
            1,
            g -> {
              assertThat(g.learningRate()).isEqualTo(0.5);
              assertThat(g.done()).isZero();
              NDArray shift = g.forget().mul(10f);
              return g.forget().mul(2f).sub(g.retain(0, shift));
            });
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Network there = network.copy();
        Weights start = network.weights();
        Unlearned unlearned = ruled.unlearn(UnlearningTask.of(network, data));
        Weights end = unlearned.network().weights()) {
      float[] forget = gradient(network, data.forget().load(network.device()));
      float[] from = start.toFloats();
      float[] shifted = new float[from.length];
      for (int i = 0; i < from.length; i++) {
        shifted[i] = from[i] + 10 * 0.25f * forget[i];
      }
      try (Weights moved = Weights.of(network.layout(), shifted, new float[0])) {
        there.restore(moved);
      }
      float[] retain = gradient(there, data.retain().load(network.device()));
      float[] expected = new float[from.length];
      for (int i = 0; i < from.length; i++) {
        expected[i] = from[i] - 0.5f * (2 * 0.25f * forget[i] - 3 * retain[i]);
      }
      assertThat(end.toFloats()).containsExactly(expected, within(1e-5f));
      assertThat(unlearned.record().epochs().get(0).retainLoss().orElseThrow())
          .as("where the gradient was taken, before weighting")
          .isCloseTo(Probe.of(there, data.retain()).meanLoss(), within(1e-5));
    }
  }

  /** η∇CE(two other rows; θ); those two rows beside the forget rows and, for the record, the rows of both kinds. */
  @Test
  void aRuleMayAskAboutOtherRows() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Weights start = network.weights()) {
      Rows two = data.retain().first(2);
      Ruled ruled =
          new Ruled(
              ONE_STEP,
              1,
              g -> {
                assertThat(g.number()).isZero();
                return g.of(two, step -> step.student().crossEntropy()).add(g.forget().mul(0f));
              });
      float[] gradient = gradient(network, two.load(network.device()));
      float[] expected = start.toFloats();
      for (int i = 0; i < expected.length; i++) {
        expected[i] -= 0.5f * gradient[i];
      }
      try (Unlearned unlearned = ruled.unlearn(UnlearningTask.of(network, data));
          Weights end = unlearned.network().weights()) {
        assertThat(end.toFloats()).containsExactly(expected, within(1e-6f));
        assertThat(unlearned.record().rowsForwardBackward()).isEqualTo(2 + 18 + 16);
      }
    }
  }

  /** Far enough that adding and taking away would leave other weights. */
  @Test
  void theWeightsAreBackToTheBitAfterALookElsewhere() {
    Ruled still =
        new Ruled(
            ONE_STEP,
            1,
            g -> {
              g.retain(0, g.forget().onesLike().mul(12345.678f));
              return g.forget().zerosLike();
            });
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned = still.unlearn(UnlearningTask.of(network, data))) {
      assertThat(fingerprint(unlearned.network())).isEqualTo(fingerprint(network));
    }
  }

  /** 5 forget batches and 41 retain batches, two a step: 21 steps, each retain row once. */
  @Test
  void aRuleMayReadSeveralRetainBatchesAStep() {
    List<String> seen = new ArrayList<>();
    List<Long> ids = new ArrayList<>();
    Training training = SHORT.withMaxEpochs(1).withBatchSize(4);
    UnlearningModule module =
        new UnlearningModule() {
          @Override
          public Training training() {
            return training;
          }

          @Override
          public int retainBatches() {
            return 2;
          }

          @Override
          public NDArray forgetStep(Step step) {
            seen.add("f@" + step.number());
            return step.student().crossEntropy();
          }

          @Override
          public NDArray retainStep(Step step) {
            seen.add("r@" + step.number());
            Arrays.stream(step.batch().rows().ids()).forEach(ids::add);
            return step.student().crossEntropy();
          }

          @Override
          public Optional<GradientRule> gradientRule() {
            return Optional.of(
                g -> {
                  NDArray nowhere = g.forget().zerosLike();
                  return g.retain(0, nowhere).add(g.retain(1, nowhere));
                });
          }
        };
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      try (Unlearned unlearned = module.unlearn(UnlearningTask.of(network, data).withSeed(3))) {
        assertThat(unlearned.record().epochs().get(0).steps()).isEqualTo(21);
      }
      assertThat(seen.subList(0, 6)).containsExactly("f@0", "r@0", "r@0", "f@1", "r@1", "r@1");
      assertThat(sorted(ids.subList(0, 162))).isEqualTo(retainIds());
    }
  }

  /** The gradients are there, and nothing else of the batches they were taken of. */
  @Test
  void aStepHoldsGradientsAndNoBatches() {
    List<Integer> open = new ArrayList<>();
    Ruled ruled =
        new Ruled(
            ONE_STEP.withBatchSize(20),
            4,
            g -> {
              int before = EngineRuntime.openArrays();
              NDArray forget = g.forget();
              open.add(EngineRuntime.openArrays() - before);
              for (int i = 0; i < 4; i++) {
                g.retain(i, forget);
                open.add(EngineRuntime.openArrays() - before);
              }
              return forget;
            });
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      ruled.unlearn(UnlearningTask.of(network, data)).close();
      assertThat(open.subList(0, 5)).containsExactly(1, 2, 3, 4, 5);
    }
  }

  @Test
  void aRuleSeesNoFrozenEntriesAndDoesNotMoveThem() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Mask mask = Mask.of(network.parameters().duplicate().gt(0f));
        Weights before = network.weights()) {
      Ruled ruled =
          new Ruled(
              SHORT,
              1,
              g -> {
                for (NDArray gradient : List.of(g.forget(), g.retain(0, g.forget().onesLike()))) {
                  float[] values = gradient.toFloatArray();
                  boolean[] free = mask.kept().toBooleanArray();
                  double moving = 0;
                  for (int i = 0; i < values.length; i++) {
                    assertThat(free[i] || values[i] == 0).isTrue();
                    moving += Math.abs(values[i]);
                  }
                  assertThat(moving).isPositive();
                }
                return g.forget().onesLike();
              });
      try (Unlearned unlearned = ruled.unlearn(UnlearningTask.of(network, data).withMask(mask));
          Weights after = unlearned.network().weights()) {
        boolean[] free = mask.kept().toBooleanArray();
        float[] from = before.toFloats();
        float[] to = after.toFloats();
        for (int i = 0; i < free.length; i++) {
          assertThat(Float.floatToRawIntBits(to[i]) == Float.floatToRawIntBits(from[i]))
              .isEqualTo(!free[i]);
        }
      }
    }
  }

  @Test
  void aLossThatIsNoNumberElsewhereLeavesTheWeightsHere() {
    Ruled far =
        new Ruled(
            ONE_STEP, 1, g -> g.retain(0, g.forget().onesLike().mul(Float.POSITIVE_INFINITY)));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(() -> far.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOfSatisfying(
              DivergedException.class,
              e -> {
                try (Weights weights = e.lastGood()) {
                  assertThat(weights.fingerprint()).isEqualTo(fingerprint(network));
                }
              });
    }
  }

  @Test
  void aRuleNeedsStepsWithBothGradients() {
    Ruled ruled = new Ruled(SHORT.withPairing(Pairing.ALTERNATE), 1, Gradients::forget);
    Ruled none = new Ruled(SHORT, 0, Gradients::forget);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(() -> ruled.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ALTERNATE")
          .hasMessageContaining("choose JOINT or CYCLE_SHORTER");
      assertThatThrownBy(() -> none.unlearn(UnlearningTask.of(network, data)))
          .hasMessage("retainBatches must be at least 1, but was 0");
    }
  }

  /** The batch's own inputs, given as if they were others, give the same run to the bit. */
  @Test
  void theStudentCanBeAskedAboutInputsOfOnesOwn() {
    UnlearningModule own =
        UnlearningModule.of(
            SHORT,
            step -> step.student().crossEntropy().neg(),
            step ->
                step.student(
                        step.batch().inputs().singletonOrThrow().mul(1f),
                        step.labels(),
                        step.weights())
                    .crossEntropy());
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.convolution(1);
        Unlearned a = own.unlearn(UnlearningTask.of(network, data));
        Unlearned b = BOTH.unlearn(UnlearningTask.of(network, data))) {
      assertThat(fingerprint(a.network())).isEqualTo(fingerprint(b.network()));
    }
  }

  private static float[] gradient(Network network, Batch batch) {
    try (batch;
        GradMode on = GradMode.on()) {
      NDArray loss =
          TorchOps.crossEntropy(network.forward(batch, Network.Mode.EVALUATE, 0), batch.labels());
      return TorchOps.flatGradient(loss, network.trainable()).toFloatArray();
    }
  }

  @Test
  void aListenerHearsOfEveryStepOnceWithWhatWasMinimised() {
    List<Long> steps = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    Listener listener =
        new Listener() {
          @Override
          public void stepped(long taken, double loss) {
            steps.add(taken);
            losses.add(loss);
          }
        };
    Training training = SHORT.withMaxEpochs(1).withForgetWeight(0.5).withRetainWeight(3);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            both(training)
                .unlearn(
                    UnlearningTask.of(network, data)
                        .withOptions(RunOptions.DEFAULTS.withListener(listener)))) {
      assertThat(steps).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
      EpochRecord epoch = unlearned.record().epochs().get(0);
      assertThat(losses.stream().mapToDouble(v -> v).average().orElseThrow())
          .isCloseTo(
              0.5 * epoch.forgetLoss().orElseThrow() + 3 * epoch.retainLoss().orElseThrow(),
              within(1e-6));
    }
  }

  // ---- what an epoch's record says

  /** Under a mask of half of one tensor, over that half. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void normAndCosineAreThoseOfTheGradientsAtTheEndOfTheEpoch(boolean masked) {
    Training training = SHORT.withMaxEpochs(2).withBatchSize(16);
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        NDManager manager = EngineRuntime.newManager()) {
      boolean[] free = new boolean[(int) network.layout().parameters()];
      Arrays.fill(free, 0, masked ? 16 * Toys.WIDTH / 2 : free.length, true);
      UnlearningTask task = UnlearningTask.of(network, data);
      try (Mask mask = Mask.of(manager.create(free).duplicate());
          Unlearned unlearned = both(training).unlearn(masked ? task.withMask(mask) : task)) {
        assertNormAndCosine(unlearned, data, free);
      }
    }
  }

  private static void assertNormAndCosine(
      Unlearned unlearned, UnlearningDataset data, boolean[] free) {
    Network end = unlearned.network();
    float[] f = gradient(end, data.forget().first(16).load(end.device()));
    float[] r = gradient(end, data.retain().first(16).load(end.device()));
    double dot = 0;
    double ff = 0;
    double rr = 0;
    double sum = 0;
    for (int i = 0; i < f.length; i++) {
      if (free[i]) {
        dot -= f[i] * r[i];
        ff += f[i] * f[i];
        rr += r[i] * r[i];
        sum += (r[i] - f[i]) * (r[i] - f[i]);
      }
    }
    EpochRecord last = unlearned.record().epochs().get(1);
    assertThat(last.gradientCosine().orElseThrow())
        .isBetween(-1.0, 1.0)
        .isCloseTo(dot / Math.sqrt(ff * rr), within(1e-5));
    assertThat(last.gradientNorm()).isCloseTo(Math.sqrt(sum), within(1e-5));
    assertThat(last.epoch()).isEqualTo(1);
    assertThat(last.steps()).isEqualTo(22); // 162 rows in batches of 16 are 11
    assertThat(last.learningRate()).isEqualTo(0.05);
    assertThat(last.watched().get(Monitor.VALIDATION_ACCURACY))
        .isEqualTo(end.accuracy(data.validation()));
  }

  /** The mean over the steps, each as the module gave it. */
  @Test
  void lossesAreMeansOverTheSteps() {
    Map<String, List<Double>> given = new HashMap<>();
    UnlearningModule module =
        UnlearningModule.of(
            SHORT.withMaxEpochs(1),
            step -> taken(given, "f", TorchOps.scale(step.student().crossEntropy(), 2)),
            step -> taken(given, "r", step.student().crossEntropy()));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned = module.unlearn(UnlearningTask.of(network, data))) {
      EpochRecord epoch = unlearned.record().epochs().get(0);
      assertThat(given.get("f")).hasSize(7); // the seventh is for the record
      assertThat(epoch.forgetLoss().orElseThrow())
          .isCloseTo(mean(given.getOrDefault("f", List.of())), within(1e-9));
      assertThat(epoch.retainLoss().orElseThrow())
          .isCloseTo(mean(given.getOrDefault("r", List.of())), within(1e-9));
    }
  }

  private static double mean(List<Double> values) {
    return values.subList(0, 6).stream().mapToDouble(v -> v).average().orElseThrow();
  }

  private static NDArray taken(Map<String, List<Double>> given, String key, NDArray loss) {
    given.computeIfAbsent(key, k -> new ArrayList<>()).add((double) loss.getFloat());
    return loss;
  }

  // ---- ending early

  /** A module whose weights drift and whose score is what a list says. */
  private record Scored(Training training, List<Double> scores) implements UnlearningModule {
    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }

    @Override
    public OptionalDouble score(Progress progress) {
      return progress.epoch() < scores.size()
          ? OptionalDouble.of(scores.get(progress.epoch()))
          : OptionalDouble.empty();
    }
  }

  /** Runs a module and returns which epoch's weights it ended with. */
  private static int epochOfResult(UnlearningModule module) {
    List<String> after = new ArrayList<>();
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      Network[] student = new Network[1];
      student[0] = network.copy();
      Listener listener =
          new Listener() {
            @Override
            public void epochEnded(EpochRecord epoch) {
              after.add(fingerprint(student[0]));
            }
          };
      UnlearningTask task =
          UnlearningTask.of(network, data).withOptions(RunOptions.DEFAULTS.withListener(listener));
      try (Network trained = student[0]) {
        new UnlearningTrainer(task, module).fit(trained);
        assertThat(after.subList(0, 2)).doesNotHaveDuplicates();
        return after.indexOf(fingerprint(trained));
      }
    }
  }

  @Test
  void theWeightsOfTheHighestScoreAreTheResultTheEarliestAmongEquals() {
    assertThat(epochOfResult(new Scored(SHORT.withMaxEpochs(5), List.of(1.0, 3.0, 2.0, 3.0, 0.0))))
        .isEqualTo(1);
    assertThat(epochOfResult(new Scored(SHORT, List.of(-5.0, -7.0, -4.0)))).isEqualTo(2);
    assertThat(epochOfResult(new Scored(SHORT, List.of()))).as("no score: the last").isEqualTo(2);
  }

  @Test
  void aScoreThatIsNoNumberIsNeverTheBest() {
    assertThat(epochOfResult(new Scored(SHORT, List.of(Double.NaN, 1.0, Double.NaN)))).isEqualTo(1);
    assertThat(epochOfResult(new Scored(SHORT, List.of(Double.NaN, Double.NaN, Double.NaN))))
        .isEqualTo(2);
  }

  /** Accuracies are below 1 and the scores below −100: were they compared, the second epoch could not win. */
  @Test
  void aScoreIsNotComparedWithTheWatchedNumber() {
    Training training =
        SHORT.withEarlyStopping(
            new EarlyStopping(Monitor.VALIDATION_ACCURACY, EarlyStopping.Mode.MAX, 3));
    assertThat(epochOfResult(new Scored(training, List.of(-300.0, -100.0, -200.0)))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "VALIDATION_LOSS,MIN",
    "VALIDATION_ACCURACY,MAX",
    "FORGET_LOSS,MAX",
    "RETAIN_ACCURACY,MIN"
  })
  void earlyStoppingWaitsForPatienceAndGoesBackToTheBest(Monitor monitor, EarlyStopping.Mode mode) {
    Training training =
        Toys.training()
            .withMaxEpochs(30)
            .withLearningRate(0.3)
            .withEarlyStopping(new EarlyStopping(monitor, mode, 2));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            both(training.withForgetWeight(0.1)).unlearn(UnlearningTask.of(network, data))) {
      List<EpochRecord> epochs = unlearned.record().epochs();
      double sign = mode == EarlyStopping.Mode.MAX ? 1 : -1;
      double[] values =
          epochs.stream()
              .mapToDouble(e -> sign * e.watched().getOrDefault(monitor, Double.NaN))
              .toArray();
      int best = 0;
      int end = values.length;
      for (int i = 1; i < values.length; i++) {
        if (values[i] > values[best]) {
          best = i;
        } else if (i - best == 2) {
          end = i + 1;
          break;
        }
      }
      assertThat(epochs).as("stops after two epochs without a better one").hasSize(end);
      assertThat(unlearned.record().reason())
          .isEqualTo(
              end < 30 || values.length - 1 - best == 2
                  ? monitor + " was not better for 2 validations"
                  : "all epochs done");
      Probe probe =
          Probe.of(
              unlearned.network(),
              switch (monitor) {
                case VALIDATION_LOSS, VALIDATION_ACCURACY -> data.validation();
                case FORGET_LOSS, FORGET_ACCURACY -> data.forget();
                case RETAIN_ACCURACY -> data.retain();
              });
      double now =
          monitor == Monitor.VALIDATION_LOSS || monitor == Monitor.FORGET_LOSS
              ? probe.meanLoss()
              : probe.accuracy();
      assertThat(sign * now).as("the best is restored").isEqualTo(values[best]);
    }
  }

  @Test
  void validationHappensEverySoManyEpochs() {
    Training training =
        Toys.training()
            .withMaxEpochs(7)
            .withValidateEvery(3)
            .withEarlyStopping(
                new EarlyStopping(Monitor.FORGET_ACCURACY, EarlyStopping.Mode.MAX, 9));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned = both(training).unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.record().epochs().stream().map(e -> e.watched().keySet()))
          .containsExactly(
              Set.of(),
              Set.of(),
              Set.of(Monitor.VALIDATION_ACCURACY, Monitor.FORGET_ACCURACY),
              Set.of(),
              Set.of(),
              Set.of(Monitor.VALIDATION_ACCURACY, Monitor.FORGET_ACCURACY),
              Set.of());
    }
  }

  /** Stops when the run has taken enough steps. */
  private record Stopping(Training training, int after, int every) implements UnlearningModule {
    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }

    @Override
    public Optional<String> stop(Progress progress) {
      return progress.steps() >= after
          ? Optional.of("enough at " + progress.steps())
          : Optional.empty();
    }

    @Override
    public OptionalInt checkEverySteps() {
      return every == 0 ? OptionalInt.empty() : OptionalInt.of(every);
    }
  }

  /** 162 rows in batches of 32 are 6 steps an epoch. */
  @ParameterizedTest
  @CsvSource({"0,7,12", "1,7,7", "4,7,8", "5,1,5", "100,8,12"})
  void stopIsAskedAfterEveryEpochAndEverySoManySteps(int every, int after, int expected) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            new Stopping(SHORT, after, every).unlearn(UnlearningTask.of(network, data))) {
      assertThat(unlearned.record().reason()).isEqualTo("enough at " + expected);
      List<EpochRecord> epochs = unlearned.record().epochs();
      assertThat(epochs.get(epochs.size() - 1).steps()).isEqualTo(expected);
    }
  }

  /** Finds a fault when the run has taken enough steps. */
  private record Guarded(Training training, int faultAt) implements UnlearningModule {
    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.RETAIN);
    }

    @Override
    public Optional<Guard> guard() {
      return Optional.of(
          progress -> progress.steps() >= faultAt ? Optional.of("a fault") : Optional.empty());
    }
  }

  /** Accuracy on the rows trained on grows, so the smallest, which early stopping looks for here, is that of the first epoch. */
  @Test
  void aRunThatItsModuleEndedKeepsTheWeightsItEndedWithWhateverWasBest() {
    Training smallest =
        SHORT.withEarlyStopping(
            new EarlyStopping(Monitor.RETAIN_ACCURACY, EarlyStopping.Mode.MIN, 9));
    assertThat(epochOfResult(new Stopping(smallest, 100, 0))).as("the best").isZero();
    assertThat(epochOfResult(new Stopping(smallest, 12, 0))).as("where it stopped").isEqualTo(1);
    assertThat(epochOfResult(new Guarded(smallest, 100))).as("the best").isZero();
    assertThat(epochOfResult(new Guarded(smallest, 18))).as("the last check").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "VALIDATION_LOSS,VALIDATION_ROWS",
    "VALIDATION_ACCURACY,VALIDATION_ROWS",
    "FORGET_LOSS,FORGET_ROWS",
    "FORGET_ACCURACY,FORGET_ROWS",
    "RETAIN_ACCURACY,RETAIN_ROWS"
  })
  void aWatchedNumberNeedsTheRowsItIsOf(Monitor monitor, Need rows) {
    UnlearningModule watching =
        new Supervised(
            SHORT.withEarlyStopping(new EarlyStopping(monitor, EarlyStopping.Mode.MAX, 1)));
    assertThat(watching.needs()).isEqualTo(EnumSet.of(Need.RETAIN_ROWS, rows));
  }

  @Test
  void aTrainerRefusesRowsThatDoNotDoForItsModule() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningTask task = UnlearningTask.of(network, data.markRetain(data.forget()));
      assertThatThrownBy(() -> new UnlearningTrainer(task, BOTH))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("needs forget rows, but the data set has none");
    }
  }

  // ---- what a run costs

  /** Asks the teacher about forget rows, the original about validation rows, and looks at forget and retain rows. */
  private record Looking(Training training) implements UnlearningModule {
    @Override
    public NDArray forgetStep(Step step) {
      return step.student().logits().sub(step.teacher().logits()).square().mean();
    }

    @Override
    public NDArray retainStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public Optional<Guard> guard() {
      return Optional.of(
          progress ->
              progress.originalValue(Monitor.VALIDATION_ACCURACY) < 0
                  ? Optional.of("never")
                  : Optional.empty());
    }

    @Override
    public OptionalDouble score(Progress progress) {
      return OptionalDouble.of(progress.value(Monitor.FORGET_LOSS));
    }

    @Override
    public Optional<EpochChoice> epochChoice() {
      return Optional.of(
          new EpochChoice() {
            @Override
            public double note(Progress progress) {
              return progress.value(Monitor.FORGET_LOSS); // known from the score
            }

            @Override
            public int choose(List<Double> notes, Progress end) {
              Probe probe = end.probe(end.task().retainRows());
              return probe.accuracy() + probe.meanLoss() > 0 ? 0 : 1; // one pass for both
            }
          });
    }
  }

  /**
   * 18 forget, 162 retain, 30 validation rows; 3 epochs of 6 steps, each with all forget rows and up to 32 retain rows; 16 and
   * 16 rows an epoch for the gradients in its record.
   */
  @Test
  void everyRowThatGoesThroughTheNetworkIsCounted() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned = new Looking(SHORT).unlearn(UnlearningTask.of(network, data))) {
      long teacher = 18;
      long original = 30;
      long anEpoch = 30 + 18; // validation accuracy, forget loss
      long choice = 162;
      assertThat(unlearned.record().rowsForward())
          .isEqualTo(teacher + original + 3 * anEpoch + choice);
      assertThat(unlearned.record().rowsForwardBackward()).isEqualTo(3 * (6 * 18 + 162 + 16 + 16));
    }
  }

  // ---- numbers that are none

  private static UnlearningModule failing(Training training, int atStep, float factor) {
    return UnlearningModule.of(
        training,
        step -> step.student().crossEntropy(),
        step ->
            TorchOps.scale(step.student().crossEntropy(), step.number() >= atStep ? factor : 1));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void aLossThatIsNoNumberEndsTheRunWithTheWeightsBefore(float factor) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      String original = fingerprint(network);
      Network student = network.copy();
      List<String> after = new ArrayList<>();
      Listener listener =
          new Listener() {
            @Override
            public void stepped(long steps, double loss) {
              after.add(fingerprint(student));
            }
          };
      UnlearningTask task =
          UnlearningTask.of(network, data).withOptions(RunOptions.DEFAULTS.withListener(listener));
      try (student) {
        UnlearningTrainer trainer = new UnlearningTrainer(task, failing(SHORT, 4, factor));
        DivergedException e =
            catchThrowableOfType(DivergedException.class, () -> trainer.fit(student));
        assertThat(e.step()).isEqualTo(4);
        assertThat(e).hasMessageContaining("after 4 steps: its loss was " + factor);
        assertThat(Double.compare(e.loss(), factor)).isZero();
        try (Weights last = e.lastGood()) {
          assertThat(last.fingerprint()).isEqualTo(after.get(3));
          assertThat(last.isFinite()).isTrue();
        }
      }
      assertThat(after).hasSize(4);
      assertThat(fingerprint(network)).isEqualTo(original);
    }
  }

  /** A finite loss with a gradient of 1e38 · … makes weights infinite without a loss that tells. */
  @ParameterizedTest
  @ValueSource(ints = {0, 5, 17})
  void weightsThatAreNoNumbersEndTheRunEvenInTheLastStepOfAnEpoch(int atStep) {
    UnlearningModule module =
        UnlearningModule.of(
            SHORT.withOptimizer(Optimizer.Sgd.plain()).withLearningRate(1e30),
            step -> TorchOps.scale(step.student().logits().sum(), 0),
            step ->
                step.number() == atStep
                    ? TorchOps.scale(step.student().crossEntropy(), 1e30)
                    : TorchOps.scale(step.student().logits().sum(), 0));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      DivergedException e =
          catchThrowableOfType(
              DivergedException.class, () -> module.unlearn(UnlearningTask.of(network, data)));
      assertThat(e.step()).isEqualTo(atStep + 1L);
      try (Weights last = e.lastGood()) {
        assertThat(last.isFinite()).isTrue();
      }
    }
  }

  @Test
  void aNetworkThatIsNoNumberToBeginWithIsRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      try (GradMode off = GradMode.off()) {
        network.parameters().muli(Float.NaN);
      }
      assertThatThrownBy(() -> BOTH.unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the weights to start from must be finite, but hold NaN or infinity");
    }
  }

  @Test
  void aBatchWhoseRowsAllWeighNothingLeavesTheWeights() {
    Training training = SHORT.withOptimizer(Optimizer.Sgd.plain());
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      UnlearningDataset nothing = data.withWeights(data.retain(), new double[data.retain().size()]);
      String before = fingerprint(network);
      new Supervised(training).train(network, nothing, 1);
      assertThat(fingerprint(network)).isEqualTo(before);
    }
  }

  // ---- masks

  @ParameterizedTest
  @EnumSource(Pairing.class)
  void maskedEntriesStayBitIdenticalWhateverMomentumAndDecayDo(Pairing pairing) {
    for (Optimizer rule :
        List.of(new Optimizer.Sgd(0.9, 0.1, true), new Optimizer.AdamW(0.9, 0.99, 1e-8, 0.5))) {
      try (UnlearningDataset data = Toys.clouds(1);
          Network network = Toys.perceptron(1);
          NDManager manager = EngineRuntime.newManager()) {
        int size = (int) network.layout().parameters();
        boolean[] free = new boolean[size];
        var random = new Seeds(1).stream("mask");
        for (int i = 0; i < size; i++) {
          free[i] = random.nextBoolean();
        }
        try (Mask mask = Mask.of(manager.create(free).duplicate());
            Unlearned unlearned =
                both(SHORT.withOptimizer(rule).withPairing(pairing).withClipNorm(0.5))
                    .unlearn(UnlearningTask.of(network, data).withMask(mask));
            Weights before = network.weights();
            Weights after = unlearned.network().weights()) {
          float[] a = before.toFloats();
          float[] b = after.toFloats();
          int moved = 0;
          for (int i = 0; i < size; i++) {
            if (free[i]) {
              moved += a[i] == b[i] ? 0 : 1;
            } else {
              assertThat(Float.floatToRawIntBits(b[i])).isEqualTo(Float.floatToRawIntBits(a[i]));
            }
          }
          assertThat(moved).isGreaterThan(size / 4);
        }
      }
    }
  }

  // ---- running statistics

  @Test
  void frozenStatisticsStayBitIdenticalAndOthersMove() {
    for (Statistics policy : Statistics.values()) {
      try (UnlearningDataset data = Toys.pictures(1);
          Network network = Toys.train(Toys.convolution(1), data, 1);
          Unlearned unlearned =
              both(SHORT.withStatistics(policy)).unlearn(UnlearningTask.of(network, data));
          Weights before = network.weights();
          Weights after = unlearned.network().weights()) {
        for (String name : List.of("bn.running_mean", "bn.running_var")) {
          assertThat(Arrays.equals(before.values(name), after.values(name)))
              .as(name)
              .isEqualTo(policy == Statistics.FREEZE);
        }
        assertThat(after.distance(before)).isPositive();
      }
    }
  }

  // ---- the teacher

  @Test
  void theTeacherIsTheOriginalAllAlongAndAskedOnceForEachSet() {
    List<String> problems = new ArrayList<>();
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      float[][] expected = network.logits(data.rows());
      UnlearningModule.Loss loss =
          step -> {
            float[] found = step.teacher().logits().toFloatArray();
            for (int i = 0; i < step.batch().size(); i++) {
              float[] own = Arrays.copyOfRange(found, 3 * i, 3 * i + 3);
              if (!Arrays.equals(own, expected[step.batch().rows().position(i)])) {
                problems.add("row " + i + " of step " + step.number());
              }
            }
            Outputs teacher = step.teacher();
            Outputs student = step.student();
            if (teacher != step.teacher() || student != step.student()) {
              problems.add("computed twice");
            }
            return step.student().crossEntropy().neg();
          };
      try (Unlearned unlearned =
          UnlearningModule.of(SHORT, loss, loss).unlearn(UnlearningTask.of(network, data))) {
        assertThat(fingerprint(unlearned.network())).isNotEqualTo(fingerprint(network));
      }
      // Batches of another size round differently, so bits are those of the sets the trainer asks
      // in.
      assertThat(problems).isEmpty();
    }
  }

  /** Had the logits not been kept, changing the teacher in the middle of the run would show. */
  @Test
  void theTeacherIsNotAskedAgain() {
    float[][] seen = new float[2][];
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Network student = network.copy()) {
      UnlearningModule module =
          UnlearningModule.of(
              SHORT.withMaxEpochs(2).withBatchSize(200),
              step -> {
                long[] ids = step.batch().rows().ids();
                int at =
                    IntStream.range(0, ids.length)
                        .filter(i -> ids[i] == 10)
                        .findFirst()
                        .orElseThrow();
                seen[step.epoch()] =
                    Arrays.copyOfRange(step.teacher().logits().toFloatArray(), 3 * at, 3 * at + 3);
                try (GradMode off = GradMode.off()) {
                  network.parameters().addi(1);
                }
                return step.student().crossEntropy();
              },
              step -> step.student().crossEntropy());
      new UnlearningTrainer(UnlearningTask.of(network, data), module).fit(student);
      assertThat(network.logits(data.withIds(10))[0]).isNotEqualTo(seen[0]);
    }
    assertThat(seen[1]).isEqualTo(seen[0]);
  }

  // ---- wrong labels

  /** Collects wrong labels by epoch and id. */
  private static Map<Integer, Map<Long, Long>> wrongLabels(
      long seed, int batchSize, int epochs, int classes) {
    Map<Integer, Map<Long, Long>> found = new HashMap<>();
    int rows = 600;
    int[] labels = IntStream.range(0, rows).map(i -> i % classes).toArray();
    UnlearningModule module =
        UnlearningModule.of(
            SHORT.withMaxEpochs(epochs).withBatchSize(batchSize).withPairing(Pairing.JOINT),
            step -> {
              long[] wrong = step.wrongLabels().toLongArray();
              long[] ids = step.batch().rows().ids();
              for (int i = 0; i < wrong.length; i++) {
                Long before =
                    found.computeIfAbsent(step.epoch(), e -> new HashMap<>()).put(ids[i], wrong[i]);
                assertThat(before == null || before == wrong[i]).isTrue();
              }
              return step.student().crossEntropy(step.wrongLabels());
            },
            step -> {
              assertThat(step.wrongLabels().toLongArray())
                  .as("other rows keep theirs")
                  .isEqualTo(step.labels().toLongArray());
              return step.student().crossEntropy();
            });
    try (UnlearningDataset all =
            UnlearningDataset.of(new float[rows * 2], new Shape(2), labels, classes);
        Network network =
            Network.of(
                new org.erasus.nn.Sequential().add("head", new org.erasus.nn.Linear(classes)),
                new Shape(2),
                1)) {
      UnlearningDataset data = all.markForget(all.rows().first(500));
      module.unlearn(UnlearningTask.of(network, data).withSeed(seed)).close();
    }
    return found;
  }

  @Test
  void wrongLabelsAreNeverTheOwnUniformAndDrawnAnewEachEpoch() {
    Map<Integer, Map<Long, Long>> found = wrongLabels(1, 100, 4, 5);
    long[] counts = new long[5];
    for (Map<Long, Long> epoch : found.values()) {
      assertThat(epoch).hasSize(500);
      epoch.forEach(
          (id, label) -> {
            int offset = (int) Math.floorMod(label - id % 5, 5L);
            assertThat(offset).as("offset from the own class").isBetween(1, 4);
            counts[offset]++;
          });
    }
    // 2,000 draws over 4 classes: χ² with 3 degrees of freedom is below 16.27 with probability
    // 0.999
    double chi = 0;
    for (int i = 1; i < 5; i++) {
      chi += Math.pow(counts[i] - 500, 2) / 500;
    }
    assertThat(chi).isLessThan(16.27);
    assertThat(found.get(1)).isNotEqualTo(found.get(0));
    // two independent draws agree on a quarter of 500 rows, standard deviation 9.7
    long same =
        found.getOrDefault(0, Map.of()).entrySet().stream()
            .filter(found.getOrDefault(1, Map.of()).entrySet()::contains)
            .count();
    assertThat(same).isBetween(125L - 49, 125L + 49);
  }

  @Test
  void wrongLabelsDependOnSeedEpochAndRowNotOnTheBatch() {
    Map<Integer, Map<Long, Long>> found = wrongLabels(1, 100, 2, 5);
    assertThat(wrongLabels(1, 37, 2, 5)).isEqualTo(found);
    assertThat(wrongLabels(2, 100, 2, 5)).isNotEqualTo(found);
    assertThat(wrongLabels(1, 100, 1, 2).get(0))
        .as("with two classes there is one other")
        .allSatisfy((id, label) -> assertThat(label).isEqualTo(1 - id % 2));
  }

  // ---- dropout

  @Test
  void dropoutDiffersFromStepToStepAndBetweenTheBatchesOfAStep() {
    List<float[]> logits = new ArrayList<>();
    UnlearningModule.Loss loss =
        step -> {
          logits.add(step.student().logits().toFloatArray());
          return TorchOps.scale(step.student().logits().sum(), 0);
        };
    // every row is the same and the weights do not move, so only dropout can make a difference
    int[] labels = new int[64];
    float[] inputs = new float[64 * 8];
    Arrays.fill(inputs, 1);
    Training training =
        SHORT.withMaxEpochs(1).withBatchSize(16).withOptimizer(Optimizer.Sgd.plain());
    try (UnlearningDataset all = UnlearningDataset.of(inputs, new Shape(8), labels, 3);
        Network network = dropoutNetwork()) {
      UnlearningDataset data = all.markForget(all.rows().first(32));
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(4);
      UnlearningModule.of(training, loss, loss).unlearn(task).close();
      List<float[]> steps = logits.subList(0, 4);
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < i; j++) {
          assertThat(steps.get(i)).isNotEqualTo(steps.get(j));
        }
      }
      List<float[]> once = new ArrayList<>(logits);
      logits.clear();
      UnlearningModule.of(training, loss, loss).unlearn(task).close();
      for (int i = 0; i < once.size(); i++) {
        assertThat(logits.get(i)).isEqualTo(once.get(i));
      }
      assertThat(once.get(4)).as("for the record nothing is dropped").isEqualTo(once.get(5));
    }
  }

  static Network dropoutNetwork() {
    return Network.of(
        new org.erasus.nn.Sequential()
            .add("hidden", new org.erasus.nn.Linear(16))
            .apply(ai.djl.nn.Activation::relu)
            .add("dropout", new org.erasus.nn.Dropout(0.5))
            .add("head", new org.erasus.nn.Linear(3)),
        new Shape(8),
        2);
  }

  // ---- needs and settings

  @Test
  void settingsThatCannotBeAreRefusedBeforeAnyWork() {
    assertThatThrownBy(() -> Checkpoints.in(java.nio.file.Path.of("x")).withEverySteps(0))
        .hasMessage("everySteps must be at least 1, but was 0");
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(() -> new Stopping(SHORT, 1, -1).unlearn(UnlearningTask.of(network, data)))
          .hasMessage("checkEverySteps must be at least 1, but was -1");
      Training needsValidation =
          SHORT.withEarlyStopping(
              new EarlyStopping(Monitor.VALIDATION_LOSS, EarlyStopping.Mode.MIN, 1));
      assertThatThrownBy(
              () ->
                  both(needsValidation)
                      .unlearn(
                          UnlearningTask.of(
                              network, data.withoutValidation().markRetain(data.forget()))))
          .hasMessageContaining("needs forget rows")
          .hasMessageContaining("needs validation rows");
    }
  }

  // ---- lists of tensors, windows

  /** The engine reads windows on Java memory after it is gone; nothing handed out may be one. */
  @Test
  void nothingHandedOutIsAWindowOnJavaMemory() throws ReflectiveOperationException {
    List<NDArray> handed = new ArrayList<>();
    List<Boolean> windows = new ArrayList<>();
    var field = ai.djl.pytorch.engine.PtNDArray.class.getDeclaredField("dataRef");
    field.setAccessible(true);
    UnlearningModule.Loss loss =
        step -> {
          handed.addAll(
              List.of(
                  step.batch().inputs().singletonOrThrow(),
                  step.labels(),
                  step.wrongLabels(),
                  step.teacher().logits()));
          for (NDArray array : handed) {
            try {
              windows.add(field.get(array) != null);
            } catch (IllegalAccessException e) {
              throw new IllegalStateException(e);
            }
          }
          handed.clear();
          return step.student().crossEntropy();
        };
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Unlearned unlearned =
            UnlearningModule.of(SHORT, loss, loss).unlearn(UnlearningTask.of(network, data));
        Weights weights = Weights.of(network.layout(), new float[195], new float[0]);
        NDManager manager = EngineRuntime.newManager()) {
      assertThat(windows).isNotEmpty().containsOnly(false);
      assertThat(field.get(weights.parameters())).isNull();
      assertThat(field.get(unlearned.network().parameters())).isNull();
      assertThat(field.get(manager.create(new float[] {1}))).as("the search finds one").isNotNull();
    }
  }

  @Test
  void aThousandListsLeaveNoArrayBehind() {
    try (NDManager manager = EngineRuntime.newManager()) {
      NDArray array = manager.ones(new Shape(3));
      int open = EngineRuntime.openArrays();
      for (int i = 0; i < 1000; i++) {
        TensorList.of(array, array).close();
      }
      assertThat(EngineRuntime.openArrays()).isEqualTo(open);
      assertThat(array.toFloatArray()).as("still open").containsOnly(1);
    }
  }
}
