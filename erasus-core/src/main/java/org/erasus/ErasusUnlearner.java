package org.erasus;

import java.util.Optional;

/**
 * Selects, then unlearns: the whole of a deletion request in one call.
 *
 * <pre>{@code
 * try (Unlearned result = ErasusUnlearner.with(strategy).selecting(selector, 0.1).unlearn(network, data)) {
 *   …verify result.network()…
 * }
 * }</pre>
 *
 * @param strategy how to unlearn
 * @param selector chooses the forget rows to work with, all when absent
 * @param share of the forget rows to choose, in (0, 1]
 * @param coreset the forget rows to work with when they are chosen already, in the place of a selector
 * @param seed of every random choice
 * @param options listeners and checkpoints
 */
public record ErasusUnlearner(
    UnlearningStrategy strategy,
    Optional<Selector> selector,
    double share,
    Optional<Coreset> coreset,
    long seed,
    RunOptions options) {
  /** Checks the range, and that rows are chosen in one way. */
  public ErasusUnlearner {
    Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    if (selector.isPresent() && coreset.isPresent()) {
      throw new IllegalArgumentException(
          "the forget rows are chosen by a selector or given as a coreset, but there were both");
    }
  }

  /** Unlearns with a strategy on all forget rows, seed 0. */
  public static ErasusUnlearner with(UnlearningStrategy strategy) {
    return new ErasusUnlearner(
        strategy, Optional.empty(), 1, Optional.empty(), 0, RunOptions.DEFAULTS);
  }

  /** Unlearns with a strategy by its name in the catalogue. */
  public static ErasusUnlearner with(String strategy) {
    return with(Catalog.strategies().get(strategy));
  }

  /** Works on a share of the forget rows chosen by a selector. */
  public ErasusUnlearner selecting(Selector chosenBy, double chosenShare) {
    return new ErasusUnlearner(
        strategy, Optional.of(chosenBy), chosenShare, Optional.empty(), seed, options);
  }

  /** Works on a share of the forget rows chosen by a selector named in the catalogue. */
  public ErasusUnlearner selecting(String chosenBy, double chosenShare) {
    return selecting(Catalog.selectors().get(chosenBy), chosenShare);
  }

  /** Works on the forget rows of a coreset, with its weights. */
  public ErasusUnlearner selecting(Coreset chosen) {
    return new ErasusUnlearner(strategy, Optional.empty(), 1, Optional.of(chosen), seed, options);
  }

  /** With another seed. */
  public ErasusUnlearner withSeed(long other) {
    return new ErasusUnlearner(strategy, selector, share, coreset, other, options);
  }

  /** With listeners or checkpoints. */
  public ErasusUnlearner withOptions(RunOptions other) {
    return new ErasusUnlearner(strategy, selector, share, coreset, seed, other);
  }

  /**
   * Makes a network that has forgotten the rows marked forget; the given one stays as it is.
   *
   * @throws IllegalArgumentException before any work, when something needed is missing
   */
  public Unlearned unlearn(Network network, UnlearningDataset data) {
    return strategy.unlearn(task(network, data));
  }

  /** The task that is put to the strategy, the coreset chosen. */
  public UnlearningTask task(Network network, UnlearningDataset data) {
    UnlearningTask all = UnlearningTask.of(network, data).withSeed(seed).withOptions(options);
    UnlearningTask task = coreset.map(all::withForgetCoreset).orElse(all);
    task.require(strategy);
    if (selector.isEmpty()) {
      return task;
    }
    Coreset chosen =
        selector
            .get()
            .select(
                SelectionTask.ofShare(network, data.forget(), share, seed)
                    .withListener(options.all()));
    return task.withForgetCoreset(chosen);
  }
}
