package org.erasus.eval.recovery;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.WeightLayout;

/**
 * Sets the smallest weights to zero: what was forgotten by many small changes comes back when they are taken away.
 *
 * <pre>{@code
 * w ← 0 for the round(share · n) weights of smallest |w|       of all n weights, or of each tensor's
 * }</pre>
 *
 * <p>Tensors of two or more dimensions are pruned; biases and normalisation stay. Of equals the first goes.
 *
 * @param shares strengths in the order of reports, each above 0 and below 1
 * @param scope what the weights are ranked among
 * @see <a href="https://arxiv.org/abs/1506.02626">Han et al., 2015, on pruning by magnitude</a>
 * @see <a href="https://arxiv.org/abs/2304.04934">Jia et al., 2023, on pruning and unlearning</a>
 */
public record Prune(List<Double> shares, Scope scope) implements RecoveryTest {
  /** 20, 50 and 80 % of all weights together. */
  public static final Prune DEFAULTS = new Prune(List.of(0.2, 0.5, 0.8), Scope.GLOBAL);

  /** What the weights are ranked among. */
  public enum Scope {
    /** All weights. */
    GLOBAL,
    /** Those of their tensor, so that every layer loses the same share. */
    PER_TENSOR
  }

  /** Copies the list and checks the ranges. */
  public Prune {
    shares = List.copyOf(shares);
    Check.atLeast(1, shares.size(), "number of shares");
    shares.forEach(share -> Check.inOpen(share, 0, 1, "share"));
  }

  /** The same with other strengths. */
  public Prune withShares(List<Double> shares) {
    return new Prune(shares, scope);
  }

  /** The same ranked otherwise. */
  public Prune withScope(Scope scope) {
    return new Prune(shares, scope);
  }

  @Override
  public String name() {
    return scope == Scope.GLOBAL ? "prune" : "prune-per-tensor";
  }

  @Override
  public RecoveryReport run(RecoveryCase networks) {
    return new Treatment(name(), "of the weights pruned", shares).run(networks, this::apply);
  }

  /** Prunes a network in place. */
  void apply(Network network, double share) {
    Treatment.edit(
        network,
        (values, tensors) -> {
          if (scope == Scope.GLOBAL) {
            zero(values, tensors.stream().flatMapToInt(Prune::places).toArray(), share);
          } else {
            tensors.forEach(tensor -> zero(values, places(tensor).toArray(), share));
          }
        });
  }

  private static IntStream places(WeightLayout.Tensor tensor) {
    return IntStream.range((int) tensor.offset(), (int) (tensor.offset() + tensor.size()));
  }

  /** Zeroes the smallest of the values at some places. */
  static void zero(float[] values, int[] places, double share) {
    // Sorting bits of magnitudes with places behind them keeps ties in order without boxing.
    long[] ranked = new long[places.length];
    for (int i = 0; i < places.length; i++) {
      ranked[i] = (long) Float.floatToIntBits(Math.abs(values[places[i]])) << 32 | i;
    }
    Arrays.sort(ranked);
    long pruned = Math.round(share * places.length);
    for (int i = 0; i < pruned; i++) {
      values[places[(int) ranked[i]]] = 0;
    }
  }
}
