package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.erasus.train.Checkpoints;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.erasus.train.Optimizer;
import org.erasus.train.Training;

/** Runs of strategies on the toys, and numbers of them. */
final class Runs {
  private Runs() {}

  /** One plain step a sweep, on all rows of a kind at once. */
  static Training oneStep() {
    return Training.DEFAULTS
        .withBatchSize(1000)
        .withMaxEpochs(1)
        .withOptimizer(Optimizer.Sgd.plain())
        .withLearningRate(0.1);
  }

  /** A few small batches, fast enough to move the toys. */
  static Training fewEpochs() {
    return Toys.training().withMaxEpochs(5);
  }

  /** The first epoch of a run on a toy whose weights are all 0, so that every class has probability ⅓. */
  static EpochRecord firstEpochOnUniform(UnlearningStrategy strategy) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      network.parameters().subi(network.parameters().duplicate());
      return firstEpoch(strategy, network, data);
    }
  }

  /** The first epoch of a run. */
  static EpochRecord firstEpoch(
      UnlearningStrategy strategy, Network network, UnlearningDataset data) {
    try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data).withSeed(2))) {
      return unlearned.record().epochs().get(0);
    }
  }

  /** A number of the unlearned toy perceptron. */
  static double after(
      UnlearningStrategy strategy, ToDoubleBiFunction<Network, UnlearningDataset> measure) {
    return after(strategy, data -> data, measure);
  }

  /** A number of the unlearned toy perceptron, with marks of one's own. */
  static double after(
      UnlearningStrategy strategy,
      Function<UnlearningDataset, UnlearningDataset> marks,
      ToDoubleBiFunction<Network, UnlearningDataset> measure) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      UnlearningDataset marked = marks.apply(data);
      try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, marked).withSeed(2))) {
        return measure.applyAsDouble(unlearned.network(), marked);
      }
    }
  }

  /** The record of a run on the toy perceptron. */
  static RunRecord record(UnlearningStrategy strategy) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data).withSeed(2))) {
      return unlearned.record();
    }
  }

  /** A number of the trained toy perceptron before anything is unlearned. */
  static double before(ToDoubleBiFunction<Network, UnlearningDataset> measure) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      return measure.applyAsDouble(network, data);
    }
  }

  /** Mean cross entropy on forget rows. */
  static double forgetLoss(Network network, UnlearningDataset data) {
    return Probe.of(network, data.forget()).meanLoss();
  }

  /** Mean cross entropy on retain rows. */
  static double retainLoss(Network network, UnlearningDataset data) {
    return Probe.of(network, data.retain()).meanLoss();
  }

  /** The bits of all trainable weights after a run. */
  static float[] weightsAfter(
      UnlearningStrategy strategy, Network network, UnlearningDataset data) {
    try (Unlearned unlearned = strategy.unlearn(UnlearningTask.of(network, data).withSeed(2));
        Weights weights = unlearned.network().weights()) {
      return weights.toFloats();
    }
  }

  /** One linear layer from {@code inputs} values to two classes, with weights (W₀, W₁, b). */
  static Network linear(int inputs, float... weights) {
    Network network = Network.of(new Sequential().add(new Linear(2)), new Shape(inputs), 1);
    try (Weights values = Weights.of(network.layout(), weights, new float[0])) {
      network.restore(values);
    }
    return network;
  }

  /** h = ax + b, z = (u₀h + v₀, u₁h + v₁) of one input to two classes, with weights (a, b, u₀, u₁, v₀, v₁). */
  static Network twoLayers(float... weights) {
    Network network =
        Network.of(
            new Sequential().add("hidden", new Linear(1)).add("head", new Linear(2)),
            new Shape(1),
            1);
    try (Weights values = Weights.of(network.layout(), weights, new float[0])) {
      network.restore(values);
    }
    return network;
  }

  /** Rows of two classes, the first ones to be forgotten. */
  static UnlearningDataset rows(int inputs, float[] values, int[] labels, int forgotten) {
    UnlearningDataset all = UnlearningDataset.of(values, new Shape(inputs), labels, 2);
    return all.markForget(all.rows().first(forgotten));
  }

  /** A strategy by what it does, for those that are given what they would draw. */
  record Given(Function<UnlearningTask, Unlearned> run) implements UnlearningStrategy {
    @Override
    public Set<Need> needs() {
      return Set.of();
    }

    @Override
    public Unlearned unlearn(UnlearningTask task) {
      return run.apply(task);
    }
  }

  /** The toy clouds with the request to forget all of class 0. */
  static UnlearningDataset cloudsWithoutAClass() {
    UnlearningDataset data = Toys.clouds(1);
    return data.markRetain(data.trained()).markForgetClasses(0);
  }

  /** How many entries are bit-identical. */
  static long equalEntries(float[] a, float[] b) {
    return IntStream.range(0, a.length)
        .filter(i -> Float.floatToRawIntBits(a[i]) == Float.floatToRawIntBits(b[i]))
        .count();
  }

  /** Runs under a mask that freezes every other weight: the frozen ones stay to the bit, most of the others move. */
  static void assertFrozenWeightsStay(UnlearningStrategy strategy) {
    try (UnlearningDataset data = Toys.pictures(1);
        Network network = Toys.train(Toys.convolution(1), data, 1);
        NDManager manager = EngineRuntime.newManager()) {
      boolean[] free = new boolean[(int) network.layout().parameters()];
      for (int i = 0; i < free.length; i += 2) {
        free[i] = true;
      }
      try (Mask mask = Mask.of(manager.create(free).duplicate());
          Weights before = network.weights();
          Unlearned unlearned =
              strategy.unlearn(UnlearningTask.of(network, data).withSeed(2).withMask(mask));
          Weights after = unlearned.network().weights()) {
        float[] a = before.toFloats();
        float[] b = after.toFloats();
        int moved = 0;
        for (int i = 0; i < free.length; i++) {
          if (free[i]) {
            moved += a[i] == b[i] ? 0 : 1;
          } else {
            assertThat(Float.floatToRawIntBits(b[i])).isEqualTo(Float.floatToRawIntBits(a[i]));
          }
        }
        assertThat(moved).isGreaterThan(free.length / 4);
      }
    }
  }

  /** Kills a run after each of some steps and lets it go on from its checkpoints: it ends with the same weights, to the bit. */
  static void assertGoesOnAfterAnyStep(UnlearningStrategy strategy, int steps, Path folder) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1)) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(3);
      float[] whole = weights(strategy, task);
      for (int step = 1; step <= steps; step++) {
        RunOptions kept =
            RunOptions.DEFAULTS.withCheckpoints(
                Checkpoints.in(folder.resolve("killed-" + step)).withEverySteps(1));
        UnlearningTask dies = task.withOptions(kept.withListener(killAt(step)));
        assertThatThrownBy(() -> strategy.unlearn(dies)).hasMessage("killed");
        assertThat(weights(strategy, task.withOptions(kept)))
            .as("killed after step " + step)
            .isEqualTo(whole);
      }
    }
  }

  private static float[] weights(UnlearningStrategy strategy, UnlearningTask task) {
    try (Unlearned unlearned = strategy.unlearn(task);
        Weights weights = unlearned.network().weights()) {
      return weights.toFloats();
    }
  }

  private static Listener killAt(int step) {
    int[] seen = new int[1];
    return new Listener() {
      @Override
      public void stepped(long steps, double loss) {
        if (++seen[0] == step) {
          throw new IllegalStateException("killed");
        }
      }
    };
  }
}
