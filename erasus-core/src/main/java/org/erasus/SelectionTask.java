package org.erasus;

/**
 * What to choose from, and how much.
 *
 * @param network the network whose view of the rows counts, borrowed
 * @param candidates the N rows to choose from, borrowed
 * @param k rows wanted, 1 or more; all candidates when there are fewer
 * @param seed of every random choice
 */
public record SelectionTask(Network network, Rows candidates, int k, long seed) {
  /** Checks the ranges. */
  public SelectionTask {
    Check.atLeast(1, k, "k");
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("there are no candidates to choose from");
    }
    network.requireFit(candidates.data());
  }

  /** A task for a share of the candidates, rounded to the nearest row, at least one. */
  public static SelectionTask ofShare(Network network, Rows candidates, double share, long seed) {
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    return new SelectionTask(
        network, candidates, (int) Math.max(1, Math.round(share * candidates.size())), seed);
  }

  /** min(k, N). */
  public int wanted() {
    return Math.min(k, candidates.size());
  }

  /** The random streams of the selection. */
  public Seeds seeds() {
    return new Seeds(seed);
  }

  /** Outputs of the network on the candidates. */
  public Probe probe() {
    return Probe.of(network, candidates);
  }
}
