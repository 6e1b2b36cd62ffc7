package org.erasus.selectors;

/** How alike two rows x and y are, from their features. */
public enum Similarity {
  /** x·y / (‖x‖₂ ‖y‖₂), in [−1, 1]; 0 with a row of zeros. */
  COSINE,

  /** x·y. */
  DOT,

  /** d_max − ‖x − y‖₂, for the largest distance d_max of any two rows. */
  EUCLIDEAN,

  /** exp(−‖x − y‖₂² / s) for the mean s of the squared distances of all pairs, a row and itself included; in (0, 1]. */
  RBF
}
