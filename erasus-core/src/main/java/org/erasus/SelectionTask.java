package org.erasus;

import java.util.Optional;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Listener;

/**
 * What to choose from, and how much.
 *
 * @param network the network whose view of the rows counts, borrowed
 * @param candidates the N rows to choose from, borrowed
 * @param k rows wanted, 1 or more; all candidates when there are fewer
 * @param seed of every random choice
 * @param listener is told how the selection goes, in its thread
 * @param shared what the network says about the candidates, where several selectors are to ask it once; see {@link #sharing}
 */
public record SelectionTask(
    Network network, Rows candidates, int k, long seed, Listener listener, Optional<Probe> shared) {
  /** Checks the ranges. */
  public SelectionTask {
    Check.atLeast(1, k, "k");
    if (candidates.isEmpty()) {
      throw new IllegalArgumentException("there are no candidates to choose from");
    }
    network.requireFit(candidates.data());
  }

  /** A task that nobody listens to. */
  public SelectionTask(Network network, Rows candidates, int k, long seed) {
    this(network, candidates, k, seed, new Listener() {});
  }

  /** A task that shares nothing with others. */
  public SelectionTask(Network network, Rows candidates, int k, long seed, Listener listener) {
    this(network, candidates, k, seed, listener, Optional.empty());
  }

  /** The same task with a listener. */
  public SelectionTask withListener(Listener other) {
    return new SelectionTask(network, candidates, k, seed, other);
  }

  /** The same task with another seed. */
  public SelectionTask withSeed(long other) {
    return new SelectionTask(network, candidates, k, other, listener, shared);
  }

  /** The same task for another number of rows. */
  public SelectionTask withK(int other) {
    return new SelectionTask(network, candidates, other, seed, listener, shared);
  }

  /**
   * The same task for selectors that are made of others: the tasks made of it by {@link #withSeed} and {@link #withK} ask the
   * network about the candidates once, all together. The network must not change in the meantime.
   */
  public SelectionTask sharing() {
    return new SelectionTask(network, candidates, k, seed, listener, Optional.of(probe()));
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
    return shared.map(known -> known.withSeeds(seeds())).orElseGet(() -> probe(candidates));
  }

  /** Outputs of the network on other rows, the listener told of the passes over them. */
  public Probe probe(Rows rows) {
    return new Probe(network, rows, null, this::progressed, seeds());
  }

  /**
   * Tells the listener how far a piece of the work is. Long selections call it after every batch and every choice, since it is
   * here that an interrupt ends them. A decomposition of a matrix is one call of LAPACK, on whose way nothing is heard; that
   * takes a minute or more for some thousands of rows and columns.
   *
   * @throws CancelledRunException when the thread is interrupted; it stays marked as interrupted
   */
  public void progressed(String what, long done, long total) {
    listener.progressed(what, done, total);
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledRunException(what, done, total);
    }
  }
}
