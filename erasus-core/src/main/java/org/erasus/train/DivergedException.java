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

  DivergedException(String name, long step, String what, double loss, Weights lastGood) {
    super(
        name
            + " was stopped after "
            + step
            + " steps: "
            + what
            + ". The last weights that were finite are kept in this exception. A smaller learning rate or a limit on"
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

  /** The loss that was not finite; NaN when the weights were not. */
  public double loss() {
    return loss;
  }

  /** The last weights that were finite; the caller closes them. */
  public Weights lastGood() {
    return Weights.of(layout, parameters, statistics);
  }
}
