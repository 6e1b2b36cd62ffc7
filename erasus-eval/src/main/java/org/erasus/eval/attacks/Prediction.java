package org.erasus.eval.attacks;

/**
 * What a network says about one row, kept as logarithms so that certainty does not round to 1.
 *
 * <pre>{@code
 * log p_c = z_c − max − log1p(Σ_{k≠top} e^(z_k − max))            (C)
 * log(1 − p_c) = log1p(−p_c), and for the top class log Σ_{k≠top} p_k
 * }</pre>
 */
public final class Prediction {
  private final double[] logProbabilities;
  private final int label;
  private final int top;
  private final double logRest;

  private Prediction(double[] logProbabilities, int label, int top, double logRest) {
    this.logProbabilities = logProbabilities;
    this.label = label;
    this.top = top;
    this.logRest = logRest;
  }

  /** Takes over the logits, at least two and finite, and turns them into log-probabilities. */
  static Prediction ofLogits(double[] logits, int label) {
    int top = 0;
    for (int c = 1; c < logits.length; c++) {
      top = logits[c] > logits[top] ? c : top;
    }
    int second = top == 0 ? 1 : 0;
    for (int c = 0; c < logits.length; c++) {
      second = c != top && logits[c] > logits[second] ? c : second;
    }
    double max = logits[top];
    double gap = logits[second] - max;
    double others = 0;
    for (int c = 0; c < logits.length; c++) {
      others += c == top ? 0 : Math.exp(logits[c] - logits[second]);
    }
    // e^gap · others is what is left for the other classes, in units of the top one.
    double logTop = -Math.log1p(Math.exp(gap) * others);
    for (int c = 0; c < logits.length; c++) {
      logits[c] = logits[c] - max + logTop;
    }
    return new Prediction(logits, label, top, gap + Math.log(others) + logTop);
  }

  /** How many classes there are. */
  public int classes() {
    return logProbabilities.length;
  }

  /** The class the row should have. */
  public int label() {
    return label;
  }

  /** The most likely class; of equals, the first. */
  public int top() {
    return top;
  }

  /** log p of a class. */
  public double logProbability(int c) {
    return logProbabilities[c];
  }

  /** log(1 − p) of a class, precise even where p rounds to 1. */
  public double logComplement(int c) {
    return c == top ? logRest : Math.log1p(-Math.exp(logProbabilities[c]));
  }
}
