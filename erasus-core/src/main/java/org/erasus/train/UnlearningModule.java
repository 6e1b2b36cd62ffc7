package org.erasus.train;

import ai.djl.ndarray.NDArray;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;

/**
 * An unlearning method that changes the weights by gradient steps: it says what a step minimises, and the {@link
 * UnlearningTrainer} does the rest.
 *
 * <pre>{@code
 * var ascent = UnlearningModule.of("ascent", Training.DEFAULTS,
 *     step -> step.student().crossEntropy().neg(),        // forget rows
 *     step -> step.student().crossEntropy());             // retain rows
 * }</pre>
 *
 * <p>Multiply a loss by a number with {@link org.erasus.engine.TorchOps#scale}, never with DJL's {@code mul(number)}, whose
 * gradient is silently wrong after a garbage collection. Losses are scalars in the step's scope. Which of the three step methods are called is decided by {@link #sweeps}.
 */
public interface UnlearningModule extends UnlearningStrategy {
  /** A loss of a step. */
  @FunctionalInterface
  interface Loss {
    /** A scalar to be minimised. */
    NDArray of(Step step);
  }

  /**
   * A module of two losses, trained on forget and retain batches together.
   *
   * @param name of the pair of losses, by which recipes, records and checkpoints tell it from others: give another pair
   *     another name
   * @throws IllegalArgumentException for a blank name
   */
  static UnlearningModule of(String name, Training training, Loss forget, Loss retain) {
    return new LambdaModule(name, training, forget, retain);
  }

  /** A module of two losses that have no name, so that it cannot leave checkpoints. */
  static UnlearningModule of(Training training, Loss forget, Loss retain) {
    return new UnnamedLosses(training, forget, retain);
  }

  /** The settings of the run. */
  Training training();

  /** What is minimised on forget rows. */
  default NDArray forgetStep(Step step) {
    throw new UnsupportedOperationException(getClass().getName() + " has no forget step");
  }

  /** What is minimised on retain rows. */
  default NDArray retainStep(Step step) {
    throw new UnsupportedOperationException(getClass().getName() + " has no retain step");
  }

  /** What is minimised on batches of forget and retain rows mixed. */
  default NDArray unionStep(Step step) {
    throw new UnsupportedOperationException(getClass().getName() + " has no union step");
  }

  /**
   * Gets ready for a run: makes what the losses need beyond settings and rows, such as what another network says or rows made
   * with the original. Called once a run, also one that goes on from a checkpoint, so it must depend on the task and its
   * seeds alone.
   *
   * @param log takes down what it costs
   * @return the module that is asked for everything but {@link #training}, {@link #sweeps} and {@link #retainBatches}
   */
  default UnlearningModule prepared(UnlearningTask task, RunLog log) {
    return this;
  }

  /** Lets go of what {@link #prepared} made; the last call of a run, also of one that failed. */
  default void release() {}

  /** What becomes of the gradients of a step on forget and retain rows. */
  @FunctionalInterface
  interface GradientRule {
    /** The gradient (P) that is clipped and that the optimizer gets. */
    NDArray gradient(Gradients gradients);
  }

  /**
   * When given, decides in a {@link Sweep#PAIRED} sweep what the optimizer gets, in the place of the gradient of the weighted
   * sum of both losses. Needs a pairing that has both in a step. What the losses make of a batch, such as logits, lives only until
   * the gradient of that loss was taken, not to the end of the step: what the rule is to know of it must leave as numbers.
   */
  default Optional<GradientRule> gradientRule() {
    return Optional.empty();
  }

  /** The retain batches that a step with a {@link #gradientRule} reads, 1 or more. */
  default int retainBatches() {
    return 1;
  }

  /** Changes the parameters after a step of the optimizer. */
  @FunctionalInterface
  interface AfterStep {
    /**
     * Changes them.
     *
     * @param parameters θ (P), in place
     * @param original θ₀ (P)
     * @param rate the step's learning rate
     * @param done the share of the run's steps that are done, this one included
     */
    void apply(NDArray parameters, NDArray original, double rate, double done);
  }

  /** When given, done after every step, such as a proximal map; a mask then still holds. */
  default Optional<AfterStep> afterStep() {
    return Optional.empty();
  }

  /** What a module at work must not lose: numbers that change in the course of a run, such as dual variables. */
  interface Memory {
    /** The numbers now, to be kept with a checkpoint. */
    List<Double> numbers();

    /** Takes back the numbers of a checkpoint; before the first step of a run that goes on. */
    void recall(List<Double> numbers);
  }

  /** When given, kept with the state of the run. */
  default Optional<Memory> memory() {
    return Optional.empty();
  }

  /** The passes over data an epoch is made of, epochs from 0. One that comes again, in the same epoch too, has a new order. */
  default List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.PAIRED);
  }

  /**
   * Whether to end the run, and why. Asked after every epoch, and between epochs as {@link #checkEverySteps} says; what it
   * may look at is computed only when asked for. The weights it ends with are the result, whatever {@link #score} or early
   * stopping thought best.
   */
  default Optional<String> stop(Progress progress) {
    return Optional.empty();
  }

  /** Steps between two questions whether to {@link #stop}, when once an epoch is not enough. */
  default OptionalInt checkEverySteps() {
    return OptionalInt.empty();
  }

  /**
   * How good the weights are after an epoch. When given, the run ends with the weights of the highest score, the earliest
   * among equals, in place of the last, unless {@link #stop} or the {@link #guard} ended it.
   */
  default OptionalDouble score(Progress progress) {
    return OptionalDouble.empty();
  }

  /** Watches over the weights of a run. */
  @FunctionalInterface
  interface Guard {
    /** What is wrong with the weights as they are now, if anything. */
    Optional<String> fault(Progress progress);
  }

  /**
   * Asked whenever {@link #stop} is, and before it. When it finds a fault the run ends, and goes back to the weights of the
   * last check without one, or to those it started with; these are the result, as with {@link #stop}.
   */
  default Optional<Guard> guard() {
    return Optional.empty();
  }

  /** Chooses, once a run is over, after which epoch it should have ended. */
  interface EpochChoice {
    /** A number to remember of the epoch that has just ended. */
    double note(Progress progress);

    /**
     * The epoch, from 0, whose weights the run ends with.
     *
     * @param notes one for each epoch, in order
     * @param end the run with its last weights
     */
    int choose(List<Double> notes, Progress end);
  }

  /** When given, the weights of every epoch are kept until the choice; {@link #score} and early stopping then only watch. */
  default Optional<EpochChoice> epochChoice() {
    return Optional.empty();
  }

  @Override
  default Set<Need> needs() {
    Set<Need> needs = EnumSet.noneOf(Need.class);
    for (int epoch = 0; epoch < training().maxEpochs(); epoch++) {
      for (Sweep sweep : sweeps(epoch)) {
        if (sweep != Sweep.RETAIN) {
          needs.add(Need.FORGET_ROWS);
        }
        if (sweep != Sweep.FORGET) {
          needs.add(Need.RETAIN_ROWS);
        }
      }
    }
    training().earlyStopping().ifPresent(rule -> needs.add(rule.monitor().rows()));
    return needs;
  }

  @Override
  default Unlearned unlearn(UnlearningTask task) {
    UnlearningTrainer trainer = new UnlearningTrainer(task, this);
    Network student = task.network().copy();
    try {
      return new Unlearned(student, trainer.fit(student));
    } catch (RuntimeException | Error e) {
      student.close();
      throw e;
    }
  }
}
