package org.erasus.strategies;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.erasus.Coreset;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunLog;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.train.Training;

/**
 * Amnesiac unlearning: training writes down what every batch with sensitive rows changes, and forgetting takes the changes of
 * the forget rows' batches back, with a short repair.
 *
 * <pre>{@code
 * θ  = θ₀ + Σ_{e,b} Δ_{e,b}                     batches b of epochs e       (P)
 * θ′ = θ − Σ_{(e,b) ∈ S} Δ_{e,b}                S: batches with a forget row (P)
 * then: loss = CE(retain; θ′)                   scalar
 * }</pre>
 *
 * <p>What later batches learned from where the batch had led them stays, and with momentum a part of Δ is owed to the batches
 * before it: without the repair the result is that of no training. Running statistics stay those of θ until the repair
 * moves them. Changes of batches with a forget row take what these taught about other rows, too.
 *
 * <p>{@link #train} writes the log: a file of P floats for every batch with a sensitive row, so as much disk as the network
 * for each. It holds traces of the rows: delete the folder once the last request is through. A log is for the network as it was
 * trained, so a second request is put to that one. Every request is written into the log before any work, and rows that were
 * asked to be forgotten are forgotten by all that follow, whatever their marks, in a retain coreset, too. Masked weights
 * keep what they learned.
 *
 * @param repair settings of the training on the retain rows that follows, none when absent
 * @param folder of the log, one for each training
 * @see <a href="https://arxiv.org/abs/2010.10981">Graves, Nagisetty, Ganesh, 2021</a>
 */
public record Amnesiac(Optional<Training> repair, Optional<Path> folder)
    implements UnlearningStrategy {
  /** One epoch of repair by SGD at 0.01. */
  public static final Amnesiac DEFAULTS =
      new Amnesiac(Optional.of(Training.DEFAULTS.withMaxEpochs(1)), Optional.empty());

  /** Makes the folder absolute. */
  public Amnesiac {
    folder = folder.map(Path::toAbsolutePath);
  }

  /** This strategy with other settings of the repair. */
  public Amnesiac withRepair(Training repair) {
    return new Amnesiac(Optional.of(repair), folder);
  }

  /** This strategy without repair. */
  public Amnesiac withoutRepair() {
    return new Amnesiac(Optional.empty(), folder);
  }

  /** This strategy with a folder for its log. */
  public Amnesiac withFolder(Path folder) {
    return new Amnesiac(repair, Optional.of(folder));
  }

  /**
   * Trains a network in place on the rows marked retain, as {@link org.erasus.train.Supervised} does, and writes the log.
   *
   * @param training settings
   * @param sensitive the rows that may have to be forgotten, all of them retain rows
   * @throws IllegalArgumentException before any work, when the folder holds the log of another training, a sensitive row is of
   *     another data set or not marked retain, or the settings have an early stopping, which goes back to the weights of an earlier
   *     epoch
   * @throws IllegalStateException before any work, when another training or request is at the log
   * @throws java.io.UncheckedIOException when the log cannot be written
   */
  public RunRecord train(
      Training training, Network network, UnlearningDataset data, Rows sensitive, long seed) {
    return train(training, network, data, sensitive, seed, RunOptions.DEFAULTS);
  }

  /** Trains a network in place and writes the log, with listeners or checkpoints. */
  public RunRecord train(
      Training training,
      Network network,
      UnlearningDataset data,
      Rows sensitive,
      long seed,
      RunOptions options) {
    return new AmnesiacLog(log()).train(training, network, data, sensitive, seed, options);
  }

  private Path log() {
    return folder.orElseThrow(
        () ->
            new IllegalArgumentException(
                "amnesiac training needs a folder for its log: name one with withFolder"));
  }

  @Override
  public Set<Need> needs() {
    Set<Need> needs = EnumSet.of(Need.FORGET_ROWS);
    repair.ifPresent(training -> needs.addAll(new FineTune(training).needs()));
    if (folder.isEmpty()) {
      needs.add(Need.TRAINING_HISTORY);
    }
    return needs;
  }

  /**
   * Takes back what the batches with forget rows changed, those of earlier requests among them, and repairs on the retain rows
   * without these.
   *
   * @throws IllegalArgumentException before any work, when the log is not of the task's network as it is, a forget row
   *     was not among the sensitive ones, or earlier requests leave no row for the repair
   * @throws IllegalStateException before any work, when the log is being trained or another request is written down
   */
  @Override
  public Unlearned unlearn(UnlearningTask task) {
    task.require(this);
    Set<Long> forget = new HashSet<>();
    for (long id : task.forgetRows().ids()) {
      forget.add(id);
    }
    AmnesiacLog changes = new AmnesiacLog(log());
    AmnesiacLog.Request request =
        changes.request(
            task.network(),
            forget,
            rows -> {
              if (repair.isPresent()) {
                left(task, rows);
              }
            });
    RunLog log = RunLog.start(task, this);
    Network student = task.network().copy();
    try {
      int taken = takeBack(task, changes, request, student);
      log.remark("took back " + taken + " of " + request.steps().size() + " logged steps");
      if (repair.isEmpty()) {
        return new Unlearned(student, log.end("no repair"));
      }
      try (student) {
        Unlearned repaired =
            new FineTune(repair.get())
                .unlearn(
                    left(task, request.rows())
                        .withNetwork(student)
                        .withOptions(task.options().part("repair")));
        log.include(repaired.record());
        return new Unlearned(repaired.network(), log.end(repaired.record().reason()));
      }
    } catch (RuntimeException | Error e) {
      student.close();
      throw e;
    }
  }

  /** The task without retain rows that were to be forgotten before; the weights of a coreset are in its data already. */
  private UnlearningTask left(UnlearningTask task, Set<Long> rows) {
    LongPredicate earlier = rows::contains;
    long[] kept = LongStream.of(task.retainRows().ids()).filter(earlier.negate()).toArray();
    if (kept.length == 0) {
      throw new IllegalArgumentException(
          displayName()
              + " needs retain rows for its repair, but all "
              + task.retainRows().size()
              + " were to be forgotten by earlier requests: name others, or take withoutRepair");
    }
    UnlearningDataset data = task.data();
    UnlearningTask without =
        task.withData(
            data.markForget(LongStream.of(data.retain().ids()).filter(earlier).toArray()));
    return task.retainCoreset()
        .map(chosen -> without.withRetainCoreset(Coreset.of(kept, chosen.madeBy())))
        .orElse(without);
  }

  /** θ − Σ Δ in a student, where a mask lets it move; returns the number of steps. */
  private static int takeBack(
      UnlearningTask task, AmnesiacLog changes, AmnesiacLog.Request request, Network student) {
    int taken = 0;
    try (GradMode off = GradMode.off();
        NDManager scope = student.parameters().getManager().newSubManager()) {
      for (long step : request.steps()) {
        Optional<float[]> change =
            changes.ofBatchWith(step, request.rows(), student.layout().parameters());
        if (change.isPresent()) {
          try (NDArray delta = scope.create(change.get())) {
            TorchOps.addInPlace(student.parameters(), delta, -1);
          }
          taken++;
        }
      }
    }
    if (task.mask().isPresent()) {
      try (Weights moved = student.weights();
          Weights start = task.network().weights();
          Weights masked = moved.masked(task.mask().get(), start)) {
        student.restore(masked);
      }
    }
    return taken;
  }
}
