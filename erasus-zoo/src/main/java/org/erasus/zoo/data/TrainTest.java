package org.erasus.zoo.data;

/**
 * A training set and a test set of the same kind, as standard data sets come.
 *
 * @param train images to train on
 * @param test images the training never sees
 */
public record TrainTest(Images train, Images test) {
  /**
   * Checks that both parts are of one kind.
   *
   * @throws IllegalArgumentException if their shapes or class names differ
   */
  public TrainTest {
    train.requireSameKind(test);
  }
}
