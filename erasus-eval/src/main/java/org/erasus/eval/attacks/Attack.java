package org.erasus.eval.attacks;

/**
 * Guesses from a network's outputs whether it was trained on a row.
 *
 * <p>Members are the rows to be forgotten; non-members are unseen rows of the same distribution, never rows that were
 * trained on and kept. An attack with reference networks holds their outputs by row id; one that is fitted learns from
 * the calibration rows and from nothing else.
 */
public interface Attack {
  /** Gives every row a finite number, higher for rows that look more like members. */
  @FunctionalInterface
  interface Scorer {
    /** Computes the scores, one per row, in order. */
    double[] scores(ScoredRows rows);
  }

  /** The name in reports, in kebab case. */
  String name();

  /**
   * Prepares the attack on rows whose membership it may know and that it will not be judged on.
   *
   * @param members calibration rows that were trained on
   * @param nonMembers calibration rows that were not
   */
  Scorer calibrate(ScoredRows members, ScoredRows nonMembers);

  /**
   * Says whether the scores depend on the calibration rows. If not, all rows count for the ranking figures.
   */
  default boolean isFitted() {
    return true;
  }
}
