package org.erasus;

/** What a row is to a deletion request. The trained data D is {@link #FORGET} and {@link #RETAIN} together. */
public enum Mark {
  /** Trained on, to be forgotten (D_f). */
  FORGET,
  /** Trained on, to be kept (D_r). */
  RETAIN,
  /** Not trained on, of the same distribution: every choice — stopping, tuning, attack thresholds — is made here. */
  VALIDATION,
  /** Not trained on and not looked at until the verdict (D_u). */
  UNSEEN
}
