package org.erasus;

/** Probabilities of the classes of a row, from its logits z (C), in 64 bits and without overflow. */
public final class Softmax {
  private Softmax() {}

  /** p_c = exp(z_c) / Σ_k exp(z_k), (C). */
  public static double[] of(float[] z) {
    double normaliser = logNormaliser(z);
    double[] p = new double[z.length];
    for (int c = 0; c < z.length; c++) {
      p[c] = Math.exp(z[c] - normaliser);
    }
    return p;
  }

  /** log Σ_c exp(z_c), so that the cross entropy of class y is logNormaliser(z) − z_y. */
  public static double logNormaliser(float[] z) {
    return logNormaliser(z, 0, z.length);
  }

  /** That of the logits z[from] … z[from + classes − 1]. */
  public static double logNormaliser(float[] z, int from, int classes) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = from; c < from + classes; c++) {
      largest = Math.max(largest, z[c]);
    }
    double sum = 0;
    for (int c = from; c < from + classes; c++) {
      sum += Math.exp(z[c] - largest);
    }
    return largest + Math.log(sum);
  }
}
