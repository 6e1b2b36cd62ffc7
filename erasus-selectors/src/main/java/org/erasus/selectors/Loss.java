package org.erasus.selectors;

import org.erasus.Probe;
import org.erasus.ScoringSelector;

/**
 * Prefers the rows the network is most wrong about.
 *
 * <pre>{@code
 * score_i = −log p(y_i|x_i)          cross entropy, (N)
 * }</pre>
 *
 * <p>The rows of the largest loss are the hard and the mislabelled ones alike.
 *
 * @see <a href="https://arxiv.org/abs/1511.06343">Loshchilov and Hutter, 2016</a>, who train on rows ranked by their latest loss
 */
public record Loss() implements ScoringSelector {
  /** The only settings. */
  public static final Loss DEFAULTS = new Loss();

  @Override
  public double[] score(Probe probe) {
    return probe.losses();
  }
}
