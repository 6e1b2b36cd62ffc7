package org.erasus.train;

import ai.djl.ndarray.NDArray;
import org.erasus.Rows;

/**
 * The gradients of a step on forget and retain rows, apart, for a {@link UnlearningModule.GradientRule}. Losses count with the
 * weights of the settings; entries that a mask freezes are 0. Gradients live as long as the step; what a loss was made
 * of lives until its gradient was taken, so that a rule cannot look at it.
 *
 * <p>Shapes: P parameters.
 */
public interface Gradients {
  /** ∇L_f(θ), (P). */
  NDArray forget();

  /**
   * ∇L_r(θ + ε), (P). The weights are at θ again afterwards, to the bit; batch statistics that were on the way have moved the
   * running ones.
   *
   * @param batch which of the step's retain batches, from 0
   * @param shift ε (P)
   */
  NDArray retain(int batch, NDArray shift);

  /**
   * ∇ of a loss on other rows at θ, (P). What it costs is counted, and a loss that is no number ends the run; it is in no curve.
   */
  NDArray of(Rows rows, UnlearningModule.Loss loss);

  /** Steps before this one in the run. */
  long number();

  /** The step's learning rate. */
  double learningRate();

  /** The share of the run's steps that are done, this one not included. */
  double done();
}
