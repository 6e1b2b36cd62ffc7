package org.erasus.eval.metrics;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.RunRecord;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.train.Monitor;
import org.erasus.train.Optimizer;
import org.erasus.train.Progress;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/**
 * Teaches copies of a network the forget rows again and counts the steps: the recovery attack behind {@link AnamnesisIndex}.
 *
 * @param training optimizer, rate and batch size; its epochs are the budget
 * @param alpha how far below the original's accuracy on D_f is near enough, from 0 to below 1
 * @param everySteps steps between two looks at the accuracy, 1 or more
 * @param runs number of orders of the rows, 1 or more; 2 or more give an interval
 */
public record Relearning(Training training, double alpha, int everySteps, int runs) {
  /** SGD at 0.01 with momentum, batches of 32, at most 10 epochs; within 5 points; a look every second step; 3 orders. */
  public static final Relearning DEFAULTS =
      new Relearning(
          Training.DEFAULTS
              .withMaxEpochs(10)
              .withBatchSize(32)
              .withOptimizer(new Optimizer.Sgd(0.9, 0, false))
              .withLearningRate(0.01)
              .withValidateEvery(Integer.MAX_VALUE),
          0.05,
          2,
          3);

  /** Checks the ranges. */
  public Relearning {
    Check.inClosed(alpha, 0, Math.nextDown(1.0), "alpha");
    Check.atLeast(1, everySteps, "everySteps");
    Check.atLeast(1, runs, "runs");
  }

  /** The same with other training settings. */
  public Relearning withTraining(Training other) {
    return new Relearning(other, alpha, everySteps, runs);
  }

  /**
   * Measures a network; it stays as it is.
   *
   * @param originalAccuracy on the forget rows, of the network before unlearning
   * @param seed the orders of the rows come from it: the same for all networks that are compared
   */
  public List<Relearned> measure(
      Network network, UnlearningDataset data, double originalAccuracy, long seed) {
    double target = originalAccuracy - alpha;
    List<Relearned> found = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      long order = new Seeds(seed).of("relearning", run);
      found.add(
          network.accuracy(data.forget()) >= target
              ? new Relearned(order, 0, true)
              : relearn(network, data, target, order));
    }
    return found;
  }

  private Relearned relearn(Network network, UnlearningDataset data, double target, long seed) {
    try (Network copy = network.copy()) {
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(seed);
      RunRecord run =
          new UnlearningTrainer(task, new Pupil(training, target, everySteps)).fit(copy);
      long steps = run.epochs().get(run.epochs().size() - 1).steps();
      return new Relearned(seed, steps, run.reason().equals(Pupil.REACHED));
    }
  }

  /** Cross entropy on the forget rows until they are known. */
  record Pupil(Training training, double target, int everySteps) implements UnlearningModule {
    static final String REACHED = "the forget rows are known again";

    @Override
    public NDArray forgetStep(Step step) {
      return step.student().crossEntropy();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return List.of(Sweep.FORGET);
    }

    @Override
    public OptionalInt checkEverySteps() {
      return OptionalInt.of(everySteps);
    }

    @Override
    public Optional<String> stop(Progress progress) {
      return progress.value(Monitor.FORGET_ACCURACY) >= target
          ? Optional.of(REACHED)
          : Optional.empty();
    }
  }
}
