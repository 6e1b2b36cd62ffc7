package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.erasus.train.Step;
import org.erasus.train.Sweep;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;

/**
 * Fine-tuning: goes on training on the retain rows and counts on what is not repeated to fade.
 *
 * <pre>{@code
 * loss = CE(retain; θ)                                   scalar
 * }</pre>
 *
 * <p>The forget rows are never read, so a run is no evidence that they were forgotten.
 *
 * @param training settings of the run
 * @see <a href="https://arxiv.org/abs/2108.11577">Warnecke et al., 2021</a>, whose baseline it is
 */
public record FineTune(Training training) implements UnlearningModule {
  /** Ten epochs of SGD at 0.01, momentum 0.9, decay 5e-4. */
  public static final FineTune DEFAULTS = new FineTune(Training.DEFAULTS);

  /** This strategy with other settings of the run. */
  public FineTune withTraining(Training training) {
    return new FineTune(training);
  }

  @Override
  public List<Sweep> sweeps(int epoch) {
    return List.of(Sweep.RETAIN);
  }

  @Override
  public NDArray retainStep(Step step) {
    return step.student().crossEntropy();
  }
}
