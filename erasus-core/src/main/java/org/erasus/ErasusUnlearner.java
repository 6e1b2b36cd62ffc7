package org.erasus;

/**
 * Selects, then unlearns: the whole of a deletion request in one call.
 *
 * <pre>{@code
 * try (Unlearned result =
 *     ErasusUnlearner.with(strategy)
 *         .selecting("random", 0.5)                  // forget rows to work with
 *         .selectingRetain("stratified-random", 0.1) // retain rows to work with
 *         .unlearn(network, data)) {
 *   …verify result.network()…
 * }
 * }</pre>
 *
 * <p>How the rows were chosen stands in the coresets of the run's recipe ({@link Coreset#made}). Every choice has the seed of the
 * run, and its network before the run.
 *
 * @param strategy how to unlearn
 * @param forget the forget rows to work with
 * @param retain the retain rows to work with
 * @param seed of every random choice
 * @param options listeners and checkpoints
 */
public record ErasusUnlearner(
    UnlearningStrategy strategy, Choice forget, Choice retain, long seed, RunOptions options) {

  /** Which of the rows with a mark to work with. */
  public sealed interface Choice {}

  /** All of them. */
  public record All() implements Choice {}

  /**
   * Some that a selector chooses.
   *
   * @param selector chooses
   * @param share of the rows, in (0, 1]
   */
  public record Selected(Selector selector, double share) implements Choice {
    /** Checks the range. */
    public Selected {
      Check.inClosed(share, Double.MIN_VALUE, 1, "share");
    }
  }

  /**
   * Those of a coreset, whose weights multiply theirs.
   *
   * @param coreset chosen before
   */
  public record Given(Coreset coreset) implements Choice {}

  /** Unlearns with a strategy on all rows, seed 0. */
  public static ErasusUnlearner with(UnlearningStrategy strategy) {
    return new ErasusUnlearner(strategy, new All(), new All(), 0, RunOptions.DEFAULTS);
  }

  /** Unlearns with a strategy by its name in the catalogue. */
  public static ErasusUnlearner with(String strategy) {
    return with(Catalog.strategies().get(strategy));
  }

  /** Works on a share of the forget rows chosen by a selector, at least one. */
  public ErasusUnlearner selecting(Selector chosenBy, double share) {
    return withForget(new Selected(chosenBy, share));
  }

  /** Works on a share of the forget rows chosen by a selector named in the catalogue. */
  public ErasusUnlearner selecting(String chosenBy, double share) {
    return selecting(Catalog.selectors().get(chosenBy), share);
  }

  /** Works on the forget rows of a coreset, with its weights. */
  public ErasusUnlearner selecting(Coreset chosen) {
    return withForget(new Given(chosen));
  }

  /** Works on a share of the retain rows chosen by a selector, at least one. */
  public ErasusUnlearner selectingRetain(Selector chosenBy, double share) {
    return withRetain(new Selected(chosenBy, share));
  }

  /** Works on a share of the retain rows chosen by a selector named in the catalogue. */
  public ErasusUnlearner selectingRetain(String chosenBy, double share) {
    return selectingRetain(Catalog.selectors().get(chosenBy), share);
  }

  /** Works on the retain rows of a coreset, with its weights. */
  public ErasusUnlearner selectingRetain(Coreset chosen) {
    return withRetain(new Given(chosen));
  }

  /** With another choice of forget rows. */
  public ErasusUnlearner withForget(Choice other) {
    return new ErasusUnlearner(strategy, other, retain, seed, options);
  }

  /** With another choice of retain rows. */
  public ErasusUnlearner withRetain(Choice other) {
    return new ErasusUnlearner(strategy, forget, other, seed, options);
  }

  /** With another seed. */
  public ErasusUnlearner withSeed(long other) {
    return new ErasusUnlearner(strategy, forget, retain, other, options);
  }

  /** With listeners or checkpoints. */
  public ErasusUnlearner withOptions(RunOptions other) {
    return new ErasusUnlearner(strategy, forget, retain, seed, other);
  }

  /**
   * Makes a network that has forgotten the rows marked forget; the given one stays as it is.
   *
   * @throws IllegalArgumentException before any work, when something needed is missing
   */
  public Unlearned unlearn(Network network, UnlearningDataset data) {
    return strategy.unlearn(task(network, data));
  }

  /**
   * The task that is put to the strategy, the coresets chosen.
   *
   * @throws IllegalArgumentException before any work, when something needed is missing, or there are no rows to choose from
   */
  public UnlearningTask task(Network network, UnlearningDataset data) {
    UnlearningTask task = UnlearningTask.of(network, data).withSeed(seed).withOptions(options);
    if (forget instanceof Given given) {
      task = task.withForgetCoreset(given.coreset);
    }
    if (retain instanceof Given given) {
      task = task.withRetainCoreset(given.coreset);
    }
    task.require(strategy);
    if (forget instanceof Selected selected) {
      task = task.withForgetCoreset(choose(network, data.forget(), selected, Mark.FORGET));
    }
    if (retain instanceof Selected selected) {
      task = task.withRetainCoreset(choose(network, data.retain(), selected, Mark.RETAIN));
    }
    return task;
  }

  private Coreset choose(Network network, Rows rows, Selected selected, Mark mark) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          selected.selector.displayName()
              + " cannot choose among the "
              + mark
              + " rows, since there are none: mark some, or choose none");
    }
    return selected.selector.select(
        SelectionTask.ofShare(network, rows, selected.share, seed).withListener(options.all()));
  }
}
