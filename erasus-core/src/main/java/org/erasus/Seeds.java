package org.erasus;

import java.util.SplittableRandom;

/**
 * The random streams of a run, all from one number. Each purpose has a stream of its own, so that drawing more for one
 * (say, an extra epoch of batch order) leaves the others as they were, and a resumed run needs no saved generator.
 *
 * @param seed the number in the recipe
 */
public record Seeds(long seed) {
  /**
   * A generator for a purpose; equal arguments give equal streams.
   *
   * @param purpose what is drawn, such as {@code "batch-order"}
   * @param indices where in the run, such as the epoch
   */
  public SplittableRandom stream(String purpose, long... indices) {
    return new SplittableRandom(of(purpose, indices));
  }

  /** A number for a purpose, for generators that take one. */
  public long of(String purpose, long... indices) {
    long hash = mix(seed ^ 0x6A09E667F3BCC908L);
    for (int i = 0; i < purpose.length(); i++) {
      hash = mix(hash ^ purpose.charAt(i));
    }
    for (long index : indices) {
      hash = mix(hash + index + 0x9E3779B97F4A7C15L);
    }
    return hash;
  }

  /** The finaliser of MurmurHash3: every input bit changes every output bit with probability near one half. */
  private static long mix(long value) {
    long z = (value ^ (value >>> 33)) * 0xFF51AFD7ED558CCDL;
    z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return z ^ (z >>> 33);
  }

  /** The positions 0 … n−1 in random order. */
  public static int[] permutation(int n, SplittableRandom random) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
