package org.erasus.train;

import org.erasus.WeightLayout;
import org.erasus.Weights;

/** A run was stopped because its loss or its weights were no longer finite numbers. Carries the last good weights. */
public final class DivergedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final long step;
  private final double loss;
  private final transient WeightLayout layout;
  private final transient float[] parameters;
  private final transient float[] statistics;

  DivergedException(String name, long step, double loss, Weights lastGood, String when) {
    super(
        name
            + " was stopped at step "
            + step
            + ": its loss was "
            + loss
            + ". The weights "
            + when
            + " are kept in this exception; the original network is unchanged. A smaller learning rate or a limit on"
            + " gradient norms may help");
    this.step = step;
    this.loss = loss;
    layout = lastGood.layout();
    parameters = lastGood.toFloats();
    statistics = lastGood.statistics().toFloatArray();
  }

  /** Steps taken before. */
  public long step() {
    return step;
  }

  /** The loss that was not finite. */
  public double loss() {
    return loss;
  }

  /** The last weights that were finite; the caller closes them. */
  public Weights lastGood() {
    return Weights.of(layout, parameters, statistics);
  }
}
