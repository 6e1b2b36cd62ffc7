package org.erasus.train;

/** A number that can be watched while training. */
public enum Monitor {
  /** Mean cross entropy on validation rows. */
  VALIDATION_LOSS,
  /** Accuracy on validation rows. */
  VALIDATION_ACCURACY,
  /** Mean cross entropy on forget rows. */
  FORGET_LOSS,
  /** Accuracy on forget rows. */
  FORGET_ACCURACY,
  /** Accuracy on retain rows. */
  RETAIN_ACCURACY
}
