package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Need;
import org.erasus.Rows;
import org.erasus.Unlearned;
import org.erasus.UnlearningTask;
import org.erasus.engine.TorchOps;
import org.erasus.train.Monitor;
import org.erasus.train.Progress;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Scalable remembering and unlearning unbound (SCRUB): a student that disobeys the original network on the forget rows and
 * obeys it on the retain rows, in turns.
 *
 * <pre>{@code
 * each of the first m epochs, a pass over D_f:  loss = −T² KL_T(θ₀ ‖ θ)
 * each epoch, then a pass over D_r:             loss = γ CE(retain; θ) + α T² KL_T(θ₀ ‖ θ)
 * KL_T(θ₀ ‖ θ) = mean over the batch of KL(softmax(z₀/T) ‖ softmax(z/T)),   z₀, z (B, C)
 * }</pre>
 *
 * <p>The divergence is 0 and flat where the student starts, so the first forget batch moves nothing; and it grows in every
 * direction away from the teacher, that of surer right answers included. Look at the forget accuracy of the result.
 *
 * <p>With {@code rewind} (SCRUB+R) the weights of every epoch are kept. After the last epoch the error of the student, as it
 * is then, on the validation rows whose class occurs in D_f is the reference: how often a network that was never taught
 * such rows is wrong on them. The run ends with the weights of the first epoch whose error on D_f is at least the reference,
 * or the last when there is none. The paper takes the epoch whose forget error is closest to the reference; the two differ
 * when an epoch just below is closer than the first above.
 *
 * @param temperature T, above 0
 * @param divergenceWeight α, 0 or more
 * @param classWeight γ, 0 or more
 * @param forgetEpochs m, 1 or more
 * @param rewind whether to go back to where the forget error was just high enough
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2302.09880">Kurmanji et al., 2023</a>
 */
public record Scrub(
    double temperature,
    double divergenceWeight,
    double classWeight,
    int forgetEpochs,
    boolean rewind,
    Training training)
    implements UnlearningModule {
  /**
   * T 4, α 0.001, γ 0.99, 2 of 3 epochs with a forget pass, SGD at 0.002 with gradients clipped to norm 5, no rewinding. The
   * paper does not clip, at 5e-4; networks without batch normalisation then do not stay finite.
   */
  public static final Scrub DEFAULTS =
      new Scrub(
          4,
          0.001,
          0.99,
          2,
          false,
          Training.DEFAULTS.withMaxEpochs(3).withLearningRate(0.002).withClipNorm(5));

  /** Checks the ranges. */
  public Scrub {
    Check.positive(temperature, "temperature");
    Check.nonNegative(divergenceWeight, "divergenceWeight");
    Check.nonNegative(classWeight, "classWeight");
    Check.atLeast(1, forgetEpochs, "forgetEpochs");
  }

  /** This strategy with another T. */
  public Scrub withTemperature(double temperature) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  /** This strategy with another α. */
  public Scrub withDivergenceWeight(double divergenceWeight) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  /** This strategy with another γ. */
  public Scrub withClassWeight(double classWeight) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  /** This strategy with another m. */
  public Scrub withForgetEpochs(int forgetEpochs) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  /** This strategy with or without rewinding. */
  public Scrub withRewind(boolean rewind) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  /** This strategy with other settings of the run. */
  public Scrub withTraining(Training training) {
    return new Scrub(temperature, divergenceWeight, classWeight, forgetEpochs, rewind, training);
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.copyOf(UnlearningModule.super.needs());
    if (rewind) {
      needs.add(Need.VALIDATION_ROWS);
    }
    return needs;
  }

  /**
   * Runs the epochs.
   *
   * @throws IllegalArgumentException before any work, when something needed is missing: for rewinding, a validation row of one
   *     of the classes of the forget rows
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    if (rewind && likeForget(task).isEmpty()) {
      throw new IllegalArgumentException(
          displayName()
              + " needs validation rows of the classes of the forget rows to rewind, but there are none: set some"
              + " aside, or do without rewinding");
    }
    return UnlearningModule.super.unlearn(task);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return epoch < forgetEpochs ? List.of(Sweep.FORGET, Sweep.RETAIN) : List.of(Sweep.RETAIN);
  }

  @Override
  public NDArray forgetStep(Step step) {
    return TorchOps.scale(divergence(step), -temperature * temperature);
  }

  @Override
  public NDArray retainStep(Step step) {
    NDArray obey = TorchOps.scale(divergence(step), divergenceWeight * temperature * temperature);
    return TorchOps.scale(step.student().crossEntropy(), classWeight).add(obey);
  }

  private NDArray divergence(Step step) {
    return step.teacher().divergence(step.student(), temperature);
  }

  @Override
  public Optional<EpochChoice> epochChoice() {
    return rewind ? Optional.of(new Rewind()) : Optional.empty();
  }

  private static final class Rewind implements EpochChoice {
    @Override
    public double note(Progress progress) {
      return 1 - progress.value(Monitor.FORGET_ACCURACY);
    }

    @Override
    public int choose(List<Double> forgetErrors, Progress end) {
      double reference = 1 - end.probe(likeForget(end.task())).accuracy();
      return IntStream.range(0, forgetErrors.size())
          .filter(epoch -> forgetErrors.get(epoch) >= reference)
          .findFirst()
          .orElse(forgetErrors.size() - 1);
    }
  }

  private static Rows likeForget(UnlearningTask task) {
    return task.data().validation().ofClasses(task.forgetRows().classes());
  }
}
