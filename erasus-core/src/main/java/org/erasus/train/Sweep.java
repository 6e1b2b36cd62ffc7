package org.erasus.train;

/** A pass over data within an epoch. */
public enum Sweep {
  /** Every forget batch once, {@link UnlearningModule#forgetStep}. */
  FORGET,
  /** Every retain batch once, {@link UnlearningModule#retainStep}. */
  RETAIN,
  /** Forget and retain batches together, by the {@link Pairing} of the training settings. */
  PAIRED,
  /** Forget and retain rows in one shuffled set, {@link UnlearningModule#unionStep}. */
  UNION
}
