package org.erasus.eval;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.Rows;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.eval.attacks.References;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Supervised;

/**
 * Trains the reference networks of LiRA, RMIA and U-LiRA, side by side, and keeps what is done.
 *
 * <pre>{@code
 * A      = forget rows ∪ unseen rows of their classes          the rows that are attacked
 * D_k    = retain rows ∪ A_k                                   A_k ⊂ A: each row of A is in half of the networks
 * θ_k    = trained from fresh weights on D_k
 * θ_k^u  = θ_k after a strategy was to forget A_k              for U-LiRA
 * }</pre>
 *
 * <p>Every network has seeds of its own, so the results are the same, bit for bit, whatever the number of workers. A network
 * lies in the folder under the fingerprint of its {@link Recipe}; one that is there is not trained again, so work that was
 * interrupted, or that ran out of its budget, goes on when started again. Which networks a row is in depends on its id and
 * the seed only.
 *
 * @param folder where networks are kept; made when it is not there
 * @param training of each network; as that of the network under attack, or the attack is weaker
 * @param networks how many: even, so that each row is in as many as it is not, and 4 or more, so that there are two of either
 * @param workers how many are trained at a time, 1 or more; each holds one network and its gradients
 * @param seed of halves, weights and orders
 * @param budget after this time no further network is begun; counted from the beginning of a call, and in an {@link
 *     UnlearningVerificationSuite} once for training and unlearning together
 */
public record ReferenceTraining(
    Path folder,
    Supervised training,
    int networks,
    int workers,
    long seed,
    Optional<Duration> budget) {
  /** Checks the ranges. */
  public ReferenceTraining {
    if (networks < 4 || networks % 2 != 0) {
      throw new IllegalArgumentException(
          "networks must be even and at least 4, so that each row is in two or more of them and not in as many others,"
              + " but was "
              + networks);
    }
    Check.atLeast(1, workers, "workers");
    budget.ifPresent(b -> Check.nonNegative((double) b.toMillis(), "budget in milliseconds"));
  }

  /** 16 networks, one after the other, trained as by default, without a limit of time. */
  public static ReferenceTraining in(Path folder) {
    return new ReferenceTraining(folder, Supervised.DEFAULTS, 16, 1, 0, Optional.empty());
  }

  /** The same with another training. */
  public ReferenceTraining withTraining(Supervised other) {
    return new ReferenceTraining(folder, other, networks, workers, seed, budget);
  }

  /** The same with another number of networks. */
  public ReferenceTraining withNetworks(int number) {
    return new ReferenceTraining(folder, training, number, workers, seed, budget);
  }

  /** The same with another number of workers. */
  public ReferenceTraining withWorkers(int number) {
    return new ReferenceTraining(folder, training, networks, number, seed, budget);
  }

  /** The same with another seed. */
  public ReferenceTraining withSeed(long other) {
    return new ReferenceTraining(folder, training, networks, workers, other, budget);
  }

  /** The same with a limit of time. */
  public ReferenceTraining withBudget(Duration limit) {
    return new ReferenceTraining(folder, training, networks, workers, seed, Optional.of(limit));
  }

  /** The rows whose membership is in question: those to be forgotten and the unseen ones of their classes. */
  public static Rows attacked(UnlearningDataset data) {
    return data.forget().and(data.unseen().ofClasses(data.forget().classes()));
  }

  /**
   * Confidences of networks trained with and without each attacked row, for {@link org.erasus.eval.attacks.Lira} and
   * {@link org.erasus.eval.attacks.Rmia}.
   *
   * @param like the architecture; borrowed
   * @param data rows with their marks; borrowed
   * @throws IllegalArgumentException before any work, when there are no forget, retain or unseen rows
   * @throws IllegalStateException when the budget ends before all networks are trained, saying how many are
   * @throws CancelledRunException when the thread is interrupted; the networks that are done are kept
   */
  public References trained(Network like, UnlearningDataset data) {
    return new ReferenceRun(this, like, data).trained();
  }

  /**
   * Confidences of networks that unlearned the rows of {@code A_k}, and thus were trained with a row and unlearned it, or never
   * had it but unlearned others. For {@link org.erasus.eval.attacks.ULira}. The
   * attack knows best what a method leaves when A_k is about as large as D_f: give about as many unseen rows of the forget
   * classes.
   *
   * @param strategy how they unlearn: as the network under attack did
   * @throws IllegalArgumentException before any work, also for a strategy whose settings cannot be told from others, such as a
   *     lambda
   */
  public References unlearned(Network like, UnlearningDataset data, UnlearningStrategy strategy) {
    return new ReferenceRun(this, like, data).unlearned(strategy);
  }
}
