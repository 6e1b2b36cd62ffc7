package org.erasus.strategies;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Combination;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.RunLog;
import org.erasus.RunOptions;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.train.Supervised;
import org.erasus.train.Training;

/**
 * Sharded, isolated, sliced, aggregated training (SISA): an ensemble whose members saw a part of the rows each, so that rows
 * are deleted exactly by training one member again from before it saw them.
 *
 * <pre>{@code
 * shard s ∈ 1…S, slice r ∈ 1…R of every row, fixed by its id and the seed
 * θ_{s,0} fresh                                              (P)
 * θ_{s,r} = θ_{s,r−1} trained on slices 1…r of shard s for 2e/(R+1) epochs, kept in a file
 * p(c|x)  = (1/S) Σ_s softmax(z(x; θ_{s,R}))_c               soft vote; or the most votes
 * delete(x): θ_{s,r}, …, θ_{s,R} of its shard again, from the slice r it is in, without it
 * }</pre>
 *
 * <p>e epochs on a shard without slices read as many rows as Σ_r 2e/(R+1) epochs on r/R of them; where 2e/(R+1) is no whole
 * number, slices 1…r together have ⌊2er/(R+1)⌋ epochs.
 *
 * <p>What training a slice gives depends on the seed, the shard, the slice and its rows alone, so after a deletion the
 * ensemble is bit for bit what it would have been without the row. That holds on the device, with the number of threads and
 * the libtorch of the first training; with others the ensemble predicts, but is neither trained nor deleted from.
 *
 * <p>Unlike in the paper, where shards and slices are of equal size, rows are dealt out by a hash of id and seed: a row that is
 * gone moves no other. The optimizer starts afresh in every slice. A shard without rows does not vote.
 *
 * <p>Training belongs to the method: {@link #train} leaves the ensemble in a folder, {@link #open} and {@link #unlearn} go on
 * from there. A deletion is written down before any work and every file is replaced whole, so whatever is killed is made up
 * for when the folder is next opened, and deleted rows never come back. Only the architecture of the network given counts,
 * and values of frozen parameters; the ensemble itself will do.
 *
 * @param shards S, 1 or more
 * @param slices R of each shard, 1 or more, at most 2e − 1
 * @param vote how members decide together
 * @param training settings, maxEpochs being e; without early stopping
 * @param folder where the ensemble lies, one for each
 * @see <a href="https://arxiv.org/abs/1912.03817">Bourtoule et al., 2021</a>
 */
public record Sisa(int shards, int slices, Vote vote, Training training, Optional<Path> folder)
    implements UnlearningStrategy {
  /** How members decide together. */
  public enum Vote {
    /** The mean of their distributions. */
    SOFT,
    /** The class most of them hold for the most likely. */
    HARD;

    Combination combination() {
      return switch (this) {
        case SOFT -> new Combination.MeanProbability();
        case HARD -> new Combination.MajorityVote();
      };
    }
  }

  /** Five shards of four slices, soft vote; four epochs a slice, which cost as much as ten without slices. */
  public static final Sisa DEFAULTS =
      new Sisa(5, 4, Vote.SOFT, Supervised.DEFAULTS.training(), Optional.empty());

  /** Checks the ranges. */
  public Sisa {
    Check.atLeast(1, shards, "shards");
    Check.atLeast(1, slices, "slices");
    if (2 * training.maxEpochs() < slices + 1) {
      throw new IllegalArgumentException(
          "slices must be at most 2·maxEpochs − 1 = "
              + (2 * training.maxEpochs() - 1)
              + ", so that each is trained for an epoch, but was "
              + slices);
    }
    if (training.earlyStopping().isPresent()) {
      throw new IllegalArgumentException(
          "training must have no early stopping: the epochs of a slice are fixed");
    }
    folder = folder.map(Path::toAbsolutePath);
  }

  /** This strategy with another number of shards. */
  public Sisa withShards(int shards) {
    return new Sisa(shards, slices, vote, training, folder);
  }

  /** This strategy with another number of slices. */
  public Sisa withSlices(int slices) {
    return new Sisa(shards, slices, vote, training, folder);
  }

  /** This strategy with another vote; an ensemble that is there need not be trained again. */
  public Sisa withVote(Vote vote) {
    return new Sisa(shards, slices, vote, training, folder);
  }

  /** This strategy with other settings of the training. */
  public Sisa withTraining(Training training) {
    return new Sisa(shards, slices, vote, training, folder);
  }

  /** This strategy with a folder for its ensemble. */
  public Sisa withFolder(Path folder) {
    return new Sisa(shards, slices, vote, training, Optional.of(folder));
  }

  /** Epochs of a slice, from 0. */
  int epochs(int slice) {
    return epochsBefore(slice + 1) - epochsBefore(slice);
  }

  private int epochsBefore(int slice) {
    return Math.toIntExact(2L * training.maxEpochs() * slice / (slices + 1));
  }

  /** The shard of a row. */
  int shardOf(long id, Seeds seeds) {
    return Math.floorMod(seeds.of("shard", id), shards);
  }

  /** The slice of a row within its shard. */
  int sliceOf(long id, Seeds seeds) {
    return Math.floorMod(seeds.of("slice", id), slices);
  }

  /**
   * Trains an ensemble on the rows marked retain and leaves it in the folder; goes on where an earlier call was interrupted.
   *
   * @param network of the members' architecture, borrowed
   * @param data borrowed until the ensemble is closed
   * @throws IllegalArgumentException before any work, when the folder holds another ensemble
   * @throws IllegalStateException when the ensemble is open elsewhere, or what is left to be trained was begun on another
   *     device, with other threads or another libtorch
   * @throws org.erasus.train.CancelledRunException when the thread is interrupted; the slices that are done are kept
   * @throws java.io.UncheckedIOException when the folder cannot be read or written
   */
  public SisaEnsemble train(Network network, UnlearningDataset data, long seed) {
    return train(network, data, seed, RunOptions.DEFAULTS);
  }

  /**
   * Trains an ensemble, with listeners. Checkpoints and histories of the options are not written: slices are short, and each is
   * kept in the folder when it is trained.
   */
  public SisaEnsemble train(
      Network network, UnlearningDataset data, long seed, RunOptions options) {
    return SisaEnsemble.train(this, network, data, seed, options, SisaFolder.UNWATCHED);
  }

  /**
   * Opens the ensemble in the folder, and finishes what was interrupted; where nothing was, on any device and with any number of
   * threads.
   *
   * @param network of the members' architecture, or the ensemble as a network; borrowed
   * @param data with the rows it was trained on, borrowed until the ensemble is closed; rows that were deleted may be missing
   * @throws IllegalArgumentException before any work, when there is no ensemble, or one of other rows, settings or networks
   * @throws IllegalStateException as {@link #train(Network, UnlearningDataset, long)}
   */
  public SisaEnsemble open(Network network, UnlearningDataset data) {
    return open(network, data, RunOptions.DEFAULTS);
  }

  /** Opens the ensemble in the folder, with listeners; checkpoints and histories of the options are not written. */
  public SisaEnsemble open(Network network, UnlearningDataset data, RunOptions options) {
    return SisaEnsemble.open(this, network, data, options, SisaFolder.UNWATCHED);
  }

  @Override
  public Set<Need> needs() {
    return folder.isPresent()
        ? EnumSet.of(Need.FORGET_ROWS)
        : EnumSet.of(Need.FORGET_ROWS, Need.TRAINING_HISTORY);
  }

  /**
   * Deletes the forget rows from the ensemble in the folder, for good; rows that are gone already stay gone. The seed of the
   * task is not read.
   *
   * @throws IllegalArgumentException before any work, under a mask or with coresets: members are trained on all rows of
   *     their shard, and every forget row is deleted
   * @throws IllegalStateException as {@link SisaEnsemble#delete(long...)}, before the request is written
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    if (task.mask().isPresent()
        || task.forgetCoreset().isPresent()
        || task.retainCoreset().isPresent()) {
      throw new IllegalArgumentException(
          displayName()
              + " trains members again from start to end on all their rows: it cannot leave masked weights as they are, nor"
              + " work with some of the rows");
    }
    RunLog log = RunLog.start(task, this);
    try (SisaEnsemble ensemble = open(task.network(), task.data(), task.options())) {
      ensemble.records().forEach(log::include);
      SisaEnsemble.Deletion deletion = ensemble.delete(task.forgetRows());
      deletion.records().forEach(log::include);
      return new Unlearned(ensemble.network().copy(), log.end(deletion.toString()));
    }
  }
}
