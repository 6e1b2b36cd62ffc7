package org.erasus.eval.attacks;

import java.util.List;

/**
 * The attacks that compare one number of each row with a threshold: no training, no reference network.
 *
 * <p>Every number is turned so that higher means more like a member, and is computed from log-probabilities, so rows
 * that the network is certain about still differ.
 *
 * @see <a href="https://arxiv.org/abs/1709.01604">Yeom et al., 2018, on loss and correctness</a>
 * @see <a href="https://arxiv.org/abs/2003.10595">Song and Mittal, 2021, on entropy and modified entropy</a>
 * @see <a href="https://arxiv.org/abs/2112.03570">Carlini et al., 2022, on logit scaling</a>
 */
public final class ThresholdAttacks {
  /** Members have a smaller loss: log p_y. */
  public static final RowAttack LOSS = new RowAttack("loss", p -> p.logProbability(p.label()));

  /**
   * Members are predicted with more certainty, right or wrong: log max p_c.
   *
   * <p>Song and Mittal use p_y, which ranks rows exactly as the loss does; this one needs no label.
   */
  public static final RowAttack CONFIDENCE =
      new RowAttack("confidence", p -> p.logProbability(p.top()));

  /** Members are predicted correctly: 1 or 0. */
  public static final RowAttack CORRECTNESS =
      new RowAttack("correctness", p -> p.top() == p.label() ? 1 : 0);

  /** Members have less spread-out predictions: Σ p_c log p_c. */
  public static final RowAttack ENTROPY =
      new RowAttack("entropy", ThresholdAttacks::negativeEntropy);

  /**
   * Members have less spread-out predictions, and of the right class:
   *
   * <pre>{@code
   * (1 − p_y) log p_y + Σ_{c≠y} p_c log(1 − p_c)
   * }</pre>
   */
  public static final RowAttack MODIFIED_ENTROPY =
      new RowAttack("modified-entropy", ThresholdAttacks::negativeModifiedEntropy);

  /** Members are further from the nearest other class: log p_y − max_{c≠y} log p_c, also the gap of the logits. */
  public static final RowAttack MARGIN = new RowAttack("margin", ThresholdAttacks::margin);

  /** Members have larger odds of the right class: log(p_y / (1 − p_y)). */
  public static final RowAttack LOGIT_SCALED_CONFIDENCE =
      new RowAttack(
          "logit-scaled-confidence", p -> p.logProbability(p.label()) - p.logComplement(p.label()));

  /** All of them. */
  public static final List<RowAttack> ALL =
      List.of(
          LOSS,
          CONFIDENCE,
          CORRECTNESS,
          ENTROPY,
          MODIFIED_ENTROPY,
          MARGIN,
          LOGIT_SCALED_CONFIDENCE);

  private ThresholdAttacks() {}

  private static double negativeEntropy(Prediction p) {
    double sum = 0;
    for (int c = 0; c < p.classes(); c++) {
      sum += Math.exp(p.logProbability(c)) * p.logProbability(c);
    }
    return sum;
  }

  private static double negativeModifiedEntropy(Prediction p) {
    int y = p.label();
    double sum = Math.exp(p.logComplement(y)) * p.logProbability(y);
    for (int c = 0; c < p.classes(); c++) {
      if (c != y) {
        sum += Math.exp(p.logProbability(c)) * p.logComplement(c);
      }
    }
    return sum;
  }

  private static double margin(Prediction p) {
    double other = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < p.classes(); c++) {
      other = c == p.label() ? other : Math.max(other, p.logProbability(c));
    }
    return p.logProbability(p.label()) - other;
  }
}
