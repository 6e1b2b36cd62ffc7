package org.erasus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A deletion request put to a strategy: the trained network, the marked rows, and what restricts the work.
 *
 * @param network the original θ₀, borrowed; strategies leave it as it is
 * @param data rows with their marks, borrowed
 * @param seed of every random choice
 * @param forgetCoreset the forget rows to work with, all when absent
 * @param retainCoreset the retain rows to work with, all when absent
 * @param mask the parameters that may move, all when absent; borrowed
 * @param options listeners and checkpoints
 */
public record UnlearningTask(
    Network network,
    UnlearningDataset data,
    long seed,
    Optional<Coreset> forgetCoreset,
    Optional<Coreset> retainCoreset,
    Optional<Mask> mask,
    RunOptions options) {
  /**
   * Checks that there are rows in the coresets.
   *
   * @throws IllegalArgumentException for a coreset without rows
   */
  public UnlearningTask {
    forgetCoreset.ifPresent(rows -> requireRows("forget", rows));
    retainCoreset.ifPresent(rows -> requireRows("retain", rows));
  }

  private static void requireRows(String kind, Coreset coreset) {
    if (coreset.size() == 0) {
      throw new IllegalArgumentException(
          "the "
              + kind
              + " coreset must hold at least one row, but is "
              + coreset
              + ": choose more, or work on all "
              + kind
              + " rows without one");
    }
  }

  /** A task with seed 0 and no restriction. */
  public static UnlearningTask of(Network network, UnlearningDataset data) {
    return new UnlearningTask(
        network,
        data,
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        RunOptions.DEFAULTS);
  }

  /** This task with another seed. */
  public UnlearningTask withSeed(long other) {
    return new UnlearningTask(network, data, other, forgetCoreset, retainCoreset, mask, options);
  }

  /** This task for another network. */
  public UnlearningTask withNetwork(Network other) {
    return new UnlearningTask(other, data, seed, forgetCoreset, retainCoreset, mask, options);
  }

  /** This task for another view of the rows. */
  public UnlearningTask withData(UnlearningDataset other) {
    return new UnlearningTask(network, other, seed, forgetCoreset, retainCoreset, mask, options);
  }

  /**
   * This task working on some of the forget rows. The coreset's weights multiply those that the rows have ({@link
   * UnlearningDataset#weightedBy}). A coreset that sets none may follow one that does, whose weights stay, as strategies do that
   * work on a part of the rows; the recipe tells of the last alone, and runs on rows that have the weights of the first.
   *
   * @throws IllegalArgumentException when the coreset has no rows, or sets weights and one given before does, too: no recipe
   *     would tell of both
   */
  public UnlearningTask withForgetCoreset(Coreset coreset) {
    requireOnlyWeights("forget", forgetCoreset, coreset);
    return new UnlearningTask(
        network,
        data.weightedBy(coreset),
        seed,
        Optional.of(coreset),
        retainCoreset,
        mask,
        options);
  }

  /**
   * This task working on some of the retain rows, with weights as in {@link #withForgetCoreset}.
   *
   * @throws IllegalArgumentException as there
   */
  public UnlearningTask withRetainCoreset(Coreset coreset) {
    requireOnlyWeights("retain", retainCoreset, coreset);
    return new UnlearningTask(
        network,
        data.weightedBy(coreset),
        seed,
        forgetCoreset,
        Optional.of(coreset),
        mask,
        options);
  }

  private static void requireOnlyWeights(String kind, Optional<Coreset> before, Coreset now) {
    if (now.setsWeights() && before.filter(Coreset::setsWeights).isPresent()) {
      throw new IllegalArgumentException(
          "the task has a "
              + kind
              + " coreset that sets weights, "
              + before.get()
              + ", and a recipe cannot tell of a second, "
              + now
              + ": put the products of both into one with Coreset.withWeights, in a task without the first");
    }
  }

  /** This task with only some parameters free to move. */
  public UnlearningTask withMask(Mask free) {
    return new UnlearningTask(
        network, data, seed, forgetCoreset, retainCoreset, Optional.of(free), options);
  }

  /** This task with all parameters free to move. */
  public UnlearningTask withoutMask() {
    return new UnlearningTask(
        network, data, seed, forgetCoreset, retainCoreset, Optional.empty(), options);
  }

  /** This task with listeners or checkpoints. */
  public UnlearningTask withOptions(RunOptions other) {
    return new UnlearningTask(network, data, seed, forgetCoreset, retainCoreset, mask, other);
  }

  /** The random streams of the run. */
  public Seeds seeds() {
    return new Seeds(seed);
  }

  /** The forget rows to work with. */
  public Rows forgetRows() {
    return restrict(data.forget(), forgetCoreset, Mark.FORGET);
  }

  /** The retain rows to work with. */
  public Rows retainRows() {
    return restrict(data.retain(), retainCoreset, Mark.RETAIN);
  }

  /**
   * The validation rows to choose on: those of the classes that some row to keep has, for a class that is forgotten whole is
   * not to be known any more. All of them when no rows are to be kept.
   */
  public Rows validationRows() {
    return validationRows(data);
  }

  static Rows validationRows(UnlearningDataset data) {
    Rows all = data.validation();
    return data.retain().isEmpty() ? all : all.ofClasses(data.retain().classes());
  }

  /** The share of the forget rows whose class some row to keep has too; 1 when no rows are to be kept. */
  public double shareOfKeptClasses() {
    Rows forget = forgetRows();
    return data.retain().isEmpty()
        ? 1
        : forget.ofClasses(data.retain().classes()).size() / (double) forget.size();
  }

  private Rows restrict(Rows rows, Optional<Coreset> coreset, Mark mark) {
    if (coreset.isEmpty()) {
      return rows;
    }
    Rows chosen = data.withIds(coreset.get().ids());
    for (int position : chosen.positions()) {
      if (data.mark(position) != mark) {
        throw new IllegalArgumentException(
            "row "
                + data.id(position)
                + " of the coreset is "
                + data.mark(position)
                + ", not "
                + mark);
      }
    }
    return chosen;
  }

  /**
   * Checks everything a strategy needs, before any work.
   *
   * @throws IllegalArgumentException listing all that is missing
   */
  public void require(UnlearningStrategy strategy) {
    network.requireFit(data);
    List<String> problems = new ArrayList<>();
    Rows forget = forgetRows();
    Rows retain = retainRows();
    for (Need need : strategy.needs()) {
      if (need.isMissing(forget, retain)) {
        problems.add(need.missing(strategy.displayName()));
      }
    }
    mask.ifPresent(
        m -> {
          if (m.kept().size() != network.layout().parameters()) {
            problems.add(
                "the mask is for "
                    + m.kept().size()
                    + " parameters, but the network has "
                    + network.layout().parameters());
          } else if (m.count() == 0) {
            problems.add(
                "the mask leaves no parameter free, so nothing could change: free some, or take a larger share");
          }
        });
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }
}
