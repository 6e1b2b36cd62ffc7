package org.erasus.eval.recovery;

import java.util.List;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.WeightLayout;

/**
 * Rounds the weights to few bits: an edit smaller than a step of the grid is rounded away, and with it the forgetting.
 *
 * <pre>{@code
 * s = max|w| / (2^(b−1) − 1)                             a scale for each output channel, or one a tensor
 * w ← s · clamp(round(w / s), −(2^(b−1) − 1), 2^(b−1) − 1)
 * }</pre>
 *
 * <p>Symmetric, ties to even, as PyTorch rounds; computed in 32 bits with the dequantised weights, so every network can be
 * tested and the speed of integer arithmetic is not. Tensors of two or more dimensions are rounded (the first is the output
 * channel); biases and normalisation stay, as they do in practice. By default each channel has a scale of its own: with one
 * scale a tensor, 4 bits ruin small networks altogether, the original too, and nothing would be shown. The paper rounds to
 * groups of weights (GPTQ, AWQ) in language models.
 *
 * @param bits strengths in the order of reports, each from 2 to 16
 * @param granularity what shares a scale
 * @see <a href="https://arxiv.org/abs/2410.16454">Zhang et al., 2024</a>
 */
public record Quantise(List<Integer> bits, Granularity granularity) implements RecoveryTest {
  /** 8 and 4 bits, a scale for each channel. */
  public static final Quantise DEFAULTS = new Quantise(List.of(8, 4), Granularity.PER_CHANNEL);

  /** What shares a scale. */
  public enum Granularity {
    /** A whole tensor. */
    PER_TENSOR,
    /** What belongs to one output unit. */
    PER_CHANNEL
  }

  /** Copies the list and checks the ranges. */
  public Quantise {
    bits = List.copyOf(bits);
    Check.atLeast(1, bits.size(), "number of bits");
    bits.forEach(b -> Check.inClosed(b, 2, 16, "bits"));
  }

  /** The same with other strengths. */
  public Quantise withBits(List<Integer> bits) {
    return new Quantise(bits, granularity);
  }

  /** The same with other scales. */
  public Quantise withGranularity(Granularity granularity) {
    return new Quantise(bits, granularity);
  }

  @Override
  public String name() {
    return granularity == Granularity.PER_CHANNEL ? "quantise" : "quantise-per-tensor";
  }

  @Override
  public RecoveryReport run(RecoveryCase networks) {
    return new Treatment(name(), "bits", bits.stream().map(Integer::doubleValue).toList())
        .run(networks, (network, b) -> apply(network, (int) b));
  }

  /** Rounds the weights of a network in place. */
  void apply(Network network, int b) {
    Treatment.edit(
        network,
        (values, tensors) -> {
          for (WeightLayout.Tensor tensor : tensors) {
            int from = (int) tensor.offset();
            int size = (int) tensor.size();
            int share = granularity == Granularity.PER_TENSOR ? 1 : (int) tensor.shape().get(0);
            for (int c = 0; c < share; c++) {
              round(values, from + c * (size / share), size / share, b);
            }
          }
        });
  }

  /** Rounds {@code count} values that share a scale. */
  static void round(float[] values, int from, int count, int bits) {
    float largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    if (largest == 0) {
      return;
    }
    int steps = (1 << (bits - 1)) - 1;
    float scale = largest / steps;
    for (int i = from; i < from + count; i++) {
      double step = Math.rint(values[i] / scale);
      values[i] = (float) (Math.max(-steps, Math.min(steps, step)) * scale);
    }
  }
}
