package org.erasus.train;

import org.erasus.Need;

/** A number that can be watched while training. */
public enum Monitor {
  /** Mean cross entropy on the {@linkplain org.erasus.UnlearningTask#validationRows validation rows}. */
  VALIDATION_LOSS(Need.VALIDATION_ROWS),
  /** Accuracy on the {@linkplain org.erasus.UnlearningTask#validationRows validation rows}. */
  VALIDATION_ACCURACY(Need.VALIDATION_ROWS),
  /** Mean cross entropy on forget rows. */
  FORGET_LOSS(Need.FORGET_ROWS),
  /** Accuracy on forget rows. */
  FORGET_ACCURACY(Need.FORGET_ROWS),
  /** Accuracy on retain rows. */
  RETAIN_ACCURACY(Need.RETAIN_ROWS);

  private final Need rows;

  Monitor(Need rows) {
    this.rows = rows;
  }

  /** The rows it is computed on; without them it is no number. */
  Need rows() {
    return rows;
  }
}
