package org.erasus.eval.attacks;

import java.util.function.ToDoubleFunction;

/**
 * An attack that looks at one row at a time and learns nothing from the calibration rows.
 *
 * @param name in kebab case
 * @param score higher for rows that look more like members, finite
 */
public record RowAttack(String name, ToDoubleFunction<Prediction> score) implements Attack {
  /** Scores rows without any preparation. */
  public double[] scores(ScoredRows rows) {
    return rows.map(score);
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    return this::scores;
  }

  @Override
  public boolean isFitted() {
    return false;
  }
}
