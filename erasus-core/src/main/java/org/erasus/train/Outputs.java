package org.erasus.train;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import org.erasus.engine.TorchOps;

/**
 * What a network says about a batch, and the usual losses of it. Arrays live until the gradient of the loss they are for was
 * taken; where no gradient rule asks for it, that is the end of the step.
 *
 * <p>Shapes: B rows, C classes.
 */
public final class Outputs {
  private final NDArray logits;
  private final NDArray labels;
  private final Optional<NDArray> weights;

  /**
   * Wraps logits.
   *
   * @param logits (B, C)
   * @param labels int64 (B)
   * @param weights (B) of the rows in means, when they are not all equal
   */
  public Outputs(NDArray logits, NDArray labels, Optional<NDArray> weights) {
    this.logits = logits;
    this.labels = labels;
    this.weights = weights;
  }

  /** z, (B, C). */
  public NDArray logits() {
    return logits;
  }

  /** log p(c|x) of every class, (B, C). */
  public NDArray logProbabilities() {
    return logits.logSoftmax(1);
  }

  /** p(c|x) of every class, (B, C). */
  public NDArray probabilities() {
    return logits.softmax(1);
  }

  /** log p(y|x) of the row's class, (B). */
  public NDArray logLikelihood() {
    return logLikelihood(labels);
  }

  /** log p(c|x) of other classes, int64 (B) → (B). */
  public NDArray logLikelihood(NDArray otherLabels) {
    return TorchOps.crossEntropyRows(logits, otherLabels).neg();
  }

  /** Mean cross entropy of the rows' classes, scalar. */
  public NDArray crossEntropy() {
    return crossEntropy(labels);
  }

  /** Mean cross entropy of other classes, int64 (B), or of distributions over the classes, (B, C), scalar. */
  public NDArray crossEntropy(NDArray target) {
    return weights.isEmpty()
        ? TorchOps.crossEntropy(logits, target)
        : mean(TorchOps.crossEntropyRows(logits, target));
  }

  /**
   * Mean over rows of KL(p ‖ q), p these probabilities softened by a temperature T, q the other's, scalar:
   *
   * <pre>{@code
   * p = softmax(z/T),  q = softmax(z'/T)                   (B, C)
   * }</pre>
   *
   * <p>Not multiplied by T².
   */
  public NDArray divergence(Outputs other, double temperature) {
    return mean(TorchOps.klDivergenceRows(logits, other.logits, temperature));
  }

  /** Mean over rows (B) → scalar, by the rows' weights: Σ w v / Σ w; 0 when all weights are 0. */
  public NDArray mean(NDArray rowValues) {
    return weights.isEmpty()
        ? rowValues.mean()
        : rowValues.mul(weights.get()).sum().div(weights.get().sum().maximum(Float.MIN_NORMAL));
  }
}
