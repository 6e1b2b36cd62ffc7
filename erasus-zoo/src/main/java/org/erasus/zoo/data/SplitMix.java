package org.erasus.zoo.data;

/**
 * A small random generator with a fixed, published rule, so that a seed gives the same numbers on every machine and in
 * every version of Java.
 *
 * <p>A stream is named by numbers (seed, purpose, row): streams with different names are independent, and none needs
 * another to have run first.
 *
 * @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea, Flood, 2014, "Fast splittable pseudorandom number
 *     generators"</a>
 */
final class SplitMix {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  /** Standard deviation of the sum of four whole numbers, each uniform over 0 to 65,535: √(4 (2³² − 1) / 12). */
  private static final double BELL_SPREAD = Math.sqrt(((1L << 32) - 1) / 3.0);

  private long state;

  private SplitMix(long state) {
    this.state = state;
  }

  static SplitMix of(long... name) {
    return new SplitMix(hash(name));
  }

  /** One number for a name; for names that differ only in the last number, never the same one. */
  static long hash(long... name) {
    long hash = 0;
    for (long part : name) {
      hash = mix(hash + GOLDEN_GAMMA + part);
    }
    return hash;
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform over 0 to bound − 1; off by less than bound / 2³² from uniform. */
  int below(int bound) {
    return (int) (((nextLong() >>> 32) * bound) >>> 32);
  }

  /** Uniform over [0, 1), in steps of 2⁻⁵³. */
  double uniform() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform over [low, high). */
  double between(double low, double high) {
    return low + (high - low) * uniform();
  }

  /** Bell-shaped with mean 0, standard deviation 1 and no value beyond ±3.47: the sum of four uniform numbers. */
  double bell() {
    long bits = nextLong();
    long sum = (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
    return (sum - 2 * 0xFFFF) / BELL_SPREAD;
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
