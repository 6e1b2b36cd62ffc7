package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.train.Monitor;
import org.erasus.train.Progress;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Gradient ascent: walks uphill on the loss of the forget rows until the network does no better on them than it should.
 *
 * <pre>{@code
 * loss = −CE(forget; θ)                                  scalar
 * stop    when accuracy(D_f; θ) ≤ target
 * go back when accuracy(V; θ) < accuracy(V; θ₀) − drop   V the validation rows of kept classes
 * }</pre>
 *
 * <p>The loss has no lower bound: without an end the network is ruined. So the run is looked at every few steps. It ends at the
 * target; and when too much accuracy is lost on validation rows it goes back to the weights of the last look that lost less
 * (θ₀ if there was none), which the reason in the run record says. The papers run a fixed number of epochs instead.
 *
 * @param target accuracy on the forget rows at which to stop, in [0, 1]; when absent what a network that never saw
 *     them would score: that of θ₀ on V for rows of kept classes, 0 for rows of a class that is forgotten whole
 * @param maxUtilityDrop loss of validation accuracy from which on weights are not kept, in (0, 1]; when absent nobody watches
 * @param checkEverySteps steps between two looks, 1 or more; when absent after every epoch
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/1911.04933">Golatkar et al., 2020</a>
 * @see <a href="https://arxiv.org/abs/2109.13398">Thudi et al., 2022</a>
 */
public record GradientAscent(
    Optional<Double> target,
    Optional<Double> maxUtilityDrop,
    OptionalInt checkEverySteps,
    Training training)
    implements UnlearningModule {
  /** To what a network that never saw the rows would score, at most 0.05 lost; looks every 10 steps; five epochs at 3e-4. */
  public static final GradientAscent DEFAULTS =
      new GradientAscent(
          Optional.empty(),
          Optional.of(0.05),
          OptionalInt.of(10),
          Training.DEFAULTS.withMaxEpochs(5).withLearningRate(3e-4));

  /** Checks the ranges. */
  public GradientAscent {
    target.ifPresent(accuracy -> Check.inClosed(accuracy, 0, 1, "target"));
    maxUtilityDrop.ifPresent(drop -> Check.inClosed(drop, Double.MIN_VALUE, 1, "maxUtilityDrop"));
    checkEverySteps.ifPresent(steps -> Check.atLeast(1, steps, "checkEverySteps"));
  }

  /** This strategy stopping at another accuracy on the forget rows. */
  public GradientAscent withTarget(double accuracy) {
    return new GradientAscent(Optional.of(accuracy), maxUtilityDrop, checkEverySteps, training);
  }

  /** This strategy giving up no more than another share of validation accuracy. */
  public GradientAscent withMaxUtilityDrop(double drop) {
    return new GradientAscent(target, Optional.of(drop), checkEverySteps, training);
  }

  /** This strategy without a watch over validation accuracy. */
  public GradientAscent withoutGuard() {
    return new GradientAscent(target, Optional.empty(), checkEverySteps, training);
  }

  /** This strategy with another number of steps between looks. */
  public GradientAscent withCheckEverySteps(int steps) {
    return new GradientAscent(target, maxUtilityDrop, OptionalInt.of(steps), training);
  }

  /** This strategy with other settings of the run. */
  public GradientAscent withTraining(Training training) {
    return new GradientAscent(target, maxUtilityDrop, checkEverySteps, training);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.copyOf(UnlearningModule.super.needs());
    if (target.isEmpty() || maxUtilityDrop.isPresent()) {
      needs.add(Need.VALIDATION_ROWS);
    }
    return needs;
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.FORGET);
  }

  @Override
  public NDArray forgetStep(Step step) {
    return step.student().crossEntropy().neg();
  }

  @Override
  public Optional<Guard> guard() {
    return maxUtilityDrop.map(drop -> progress -> fault(progress, drop));
  }

  private static Optional<String> fault(Progress progress, double drop) {
    double before = progress.originalValue(Monitor.VALIDATION_ACCURACY);
    double now = progress.value(Monitor.VALIDATION_ACCURACY);
    return now < before - drop
        ? Optional.of(
            String.format(Locale.ROOT, "validation accuracy fell from %.4f to %.4f", before, now))
        : Optional.empty();
  }

  private static double ofUnseen(Progress progress) {
    double share = progress.task().shareOfKeptClasses();
    return share == 0 ? 0 : share * progress.originalValue(Monitor.VALIDATION_ACCURACY);
  }

  @Override
  public Optional<String> stop(Progress progress) {
    double wanted = target.orElseGet(() -> ofUnseen(progress));
    double now = progress.value(Monitor.FORGET_ACCURACY);
    return now <= wanted
        ? Optional.of(String.format(Locale.ROOT, "forget accuracy %.4f reached %.4f", now, wanted))
        : Optional.empty();
  }
}
