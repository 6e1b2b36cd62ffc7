package org.erasus.eval.metrics;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.Seeds;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningTask;
import org.erasus.train.Optimizer;
import org.erasus.train.Progress;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.erasus.train.UnlearningTrainer;

/**
 * Teaches copies of a network the forget rows again, or others, and looks at D_f: what is behind {@link
 * AnamnesisIndex} and relearning curves.
 *
 * <p>A look runs the network over all of D_f, so looks are spread over the budget: one every {@code max(everySteps,
 * ⌈steps of the budget / 40⌉)} steps and one after every epoch, at the same steps for all networks that are taught the same
 * rows.
 *
 * @param training optimizer, rate and batch size; its epochs are the budget
 * @param alpha how far below the original's accuracy on D_f is near enough, from 0 to below 1
 * @param everySteps the fewest steps between two looks at the accuracy, 1 or more
 * @param runs number of orders of the rows, 1 or more; 2 or more give an interval
 */
public record Relearning(Training training, double alpha, int everySteps, int runs) {
  /** SGD at 0.01 with momentum, batches of 32, at most 10 epochs; within 5 points; a look every second step or rarer; 3
   * orders.
   */
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

  private static final double MOST_LOOKS = 40;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException for values out of range, and for early stopping: curves of networks are compared look by look
   */
  public Relearning {
    training
        .earlyStopping()
        .ifPresent(
            rule -> {
              throw new IllegalArgumentException(
                  "training must not stop early, as every network is taught the same number of steps, but it has "
                      + rule
                      + ": leave it out");
            });
    Check.inClosed(alpha, 0, Math.nextDown(1.0), "alpha");
    Check.atLeast(1, everySteps, "everySteps");
    Check.atLeast(1, runs, "runs");
  }

  /** The same with other training settings. */
  public Relearning withTraining(Training other) {
    return new Relearning(other, alpha, everySteps, runs);
  }

  /**
   * Measures how many steps over D_f a network needs to be as accurate as the original; it stays as it is.
   *
   * @param originalAccuracy on the forget rows, of the network before unlearning
   * @param seed the orders of the rows come from it: the same for all networks that are compared
   * @throws UnsupportedOperationException when the network has no gradient, see {@link Network#requireGradient}
   */
  public List<Relearned> measure(
      Network network, UnlearningDataset data, double originalAccuracy, long seed) {
    double target = originalAccuracy - alpha;
    List<Relearned> found = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      found.add(curve(network, data, data, order(seed, run), OptionalDouble.of(target)).to(target));
    }
    return found;
  }

  /**
   * Looks at D_f through a whole lesson, without an early end; the network stays as it is.
   *
   * @param seed the rows of the lesson and their orders come from it: the same for all networks that are compared
   * @return one curve a run, all with looks at the same steps
   * @throws IllegalArgumentException when there are no rows for this lesson
   * @throws UnsupportedOperationException when the network has no gradient, see {@link Network#requireGradient}
   */
  public List<RelearnCurve> curves(
      Network network, UnlearningDataset data, Lesson lesson, long seed) {
    UnlearningDataset taught = Lesson.toBeLearned(lesson.rows(data, seed));
    List<RelearnCurve> found = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      found.add(curve(network, taught, data, order(seed, run), OptionalDouble.empty()));
    }
    return found;
  }

  private static long order(long seed, int run) {
    return new Seeds(seed).of("relearning", run);
  }

  /** Teaches the forget rows of one data set and looks at those of another. */
  private RelearnCurve curve(
      Network network,
      UnlearningDataset lesson,
      UnlearningDataset exam,
      long seed,
      OptionalDouble target) {
    List<Long> steps = new ArrayList<>();
    List<BitSet> known = new ArrayList<>();
    int rows = exam.forget().size();
    Look look =
        (step, probe) -> {
          steps.add(step);
          known.add(known(probe));
          double accuracy = (double) known.get(known.size() - 1).cardinality() / rows;
          return target.isPresent() && accuracy >= target.getAsDouble();
        };
    if (!look.isEnough(0, Probe.of(network, exam.forget()))) {
      try (Network copy = network.copy()) {
        UnlearningTask task = UnlearningTask.of(network, lesson).withSeed(seed);
        Pupil pupil =
            new Pupil(
                training,
                looksEvery(lesson.forget().size()),
                progress -> look.isEnough(progress.steps(), progress.probe(exam.forget())));
        new UnlearningTrainer(task, pupil).fit(copy);
      }
    }
    return new RelearnCurve(seed, steps, known, rows);
  }

  private int looksEvery(int rows) {
    double steps = Math.ceil(rows / (double) training.batchSize()) * training.maxEpochs();
    return (int) Math.max(everySteps, Math.ceil(steps / MOST_LOOKS));
  }

  /** Takes down what is known after some steps. */
  @FunctionalInterface
  private interface Look {
    boolean isEnough(long steps, Probe probe);
  }

  private static BitSet known(Probe probe) {
    float[][] logits = probe.logits();
    int[] labels = probe.labels();
    BitSet known = new BitSet(labels.length);
    for (int i = 0; i < labels.length; i++) {
      int top = 0;
      for (int c = 1; c < logits[i].length; c++) {
        top = logits[i][c] > logits[i][top] ? c : top;
      }
      known.set(i, top == labels[i]);
    }
    return known;
  }

  /** Cross entropy on the rows of the lesson, with a look every so many steps. */
  record Pupil(Training training, int everySteps, Predicate<Progress> done)
      implements UnlearningModule {
    @Override
    public String displayName() {
      return "relearning";
    }

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
      return done.test(progress)
          ? Optional.of("the forget rows are known again")
          : Optional.empty();
    }
  }
}
