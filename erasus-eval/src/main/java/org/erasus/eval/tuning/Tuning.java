package org.erasus.eval.tuning;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.erasus.Check;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.train.DivergedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Searches settings of strategies for those whose result behaves most like a retrained network.
 *
 * <pre>{@code
 * gap = (|ΔFA| + |ΔRA| + |ΔVA| + |ΔAUC|) / 4             Δ = unlearned − retrained
 * }</pre>
 *
 * <p>FA, RA, VA are the accuracies on forget, retain and validation rows, AUC that of the loss attack on forget against
 * validation rows. No unseen row is read, so what is chosen may be reported on them. Candidates are lists of settings, as
 * {@link Axis} makes them.
 *
 * <pre>{@code
 * TuningResult found = Tuning.of(task, retrained).best(Axis.grid(Npo.DEFAULTS, …));
 * }</pre>
 */
public final class Tuning {
  private static final Logger LOG = LoggerFactory.getLogger(Tuning.class);

  /** Looked at for RA, drawn once a request. */
  private static final int RETAIN_ROWS = 5000;

  private final List<Request> requests;

  /** A task, and what a network retrained for it does. */
  private record Request(UnlearningTask task, Behaviour reference) {}

  private Tuning(List<Request> requests) {
    this.requests = requests;
  }

  /**
   * A search for one deletion request.
   *
   * @param task with forget, retain and validation rows, of the classes to forget, too; borrowed. Runs report to its listeners
   *     and leave no checkpoints
   * @param retrained a network trained without the forget rows; used at once and not kept
   * @throws IllegalArgumentException when rows are missing
   */
  public static Tuning of(UnlearningTask task, Network retrained) {
    return new Tuning(List.of()).and(task, retrained);
  }

  /** The same search for one more request: gaps are averaged over all. */
  public Tuning and(UnlearningTask task, Network retrained) {
    UnlearningDataset data = task.data();
    Check.atLeast(1, data.forget().size(), "number of forget rows");
    Check.atLeast(1, data.retain().size(), "number of retain rows");
    Check.atLeast(1, task.validationRows().size(), "number of validation rows (cutValidation)");
    Set<Integer> forgotten = data.forget().classes();
    if (Collections.disjoint(data.validation().classes(), forgotten)) {
      throw new IllegalArgumentException(
          "validation rows of the classes to forget are needed for the attack, but there are none of "
              + forgotten);
    }
    List<Request> all = new ArrayList<>(requests);
    all.add(new Request(task, behaviour(task, retrained)));
    return new Tuning(List.copyOf(all));
  }

  /** Every candidate on every request, once. */
  public TuningResult best(List<? extends UnlearningStrategy> candidates) {
    return search(candidates, candidates.size() + 1); // too few are left for a second round
  }

  /**
   * Successive halving: every candidate on every request once; then the better share 1/η of them again with other seeds,
   * η times as often in all; and so on while more than one would be left.
   *
   * @param candidates one or more
   * @param eta η, 2 or more
   * @see <a href="https://arxiv.org/abs/1502.07943">Jamieson and Talwalkar, 2016</a>; their resource is here the number of
   *     runs, which every strategy has, and not epochs, as fewer of them would be another setting
   */
  public TuningResult halving(List<? extends UnlearningStrategy> candidates, int eta) {
    Check.atLeast(2, eta, "eta");
    return search(candidates, eta);
  }

  private TuningResult search(List<? extends UnlearningStrategy> candidates, int eta) {
    Check.atLeast(1, candidates.size(), "number of candidates");
    for (UnlearningStrategy candidate : candidates) {
      requests.forEach(request -> request.task.require(candidate));
    }
    List<Trial> done = new ArrayList<>();
    List<Trial> left = candidates.stream().map(strategy -> new Trial(strategy, List.of())).toList();
    int rounds = 1;
    while (true) {
      List<Trial> next = new ArrayList<>();
      for (Trial trial : left) {
        next.add(prolonged(trial, rounds));
      }
      next.sort(Comparator.comparingDouble(Trial::gap));
      int kept = next.size() / eta;
      if (kept <= 1) {
        done.addAll(next);
        return new TuningResult(requests.stream().map(Request::reference).toList(), done);
      }
      done.addAll(next.subList(kept, next.size()));
      left = next.subList(0, kept);
      rounds *= eta;
    }
  }

  /** The trial with so many runs on every request. */
  private Trial prolonged(Trial trial, int rounds) {
    List<Trial.Run> runs = new ArrayList<>(trial.runs());
    for (int run = runs.size(); run < rounds * requests.size(); run++) {
      runs.add(run(trial.strategy(), run % requests.size(), run / requests.size()));
    }
    Trial now = new Trial(trial.strategy(), runs);
    LOG.info("gap {} of {}", now.gap(), now.strategy());
    return now;
  }

  private Trial.Run run(UnlearningStrategy strategy, int index, int round) {
    Request request = requests.get(index);
    UnlearningTask task = request.task;
    long seed = round == 0 ? task.seed() : task.seeds().of("tuning", round);
    long start = System.nanoTime();
    RunOptions heard = task.options().heard();
    try (Unlearned unlearned = strategy.unlearn(task.withSeed(seed).withOptions(heard))) {
      double seconds = (System.nanoTime() - start) / 1e9;
      Behaviour behaviour;
      try {
        behaviour = behaviour(task, unlearned.network());
      } catch (IllegalArgumentException notFinite) {
        return failed(index, seed, notFinite, seconds);
      }
      return new Trial.Run(
          index,
          seed,
          Optional.of(behaviour),
          Optional.of(behaviour.gapTo(request.reference)),
          Optional.empty(),
          seconds);
    } catch (DivergedException | ArithmeticException failed) {
      return failed(index, seed, failed, (System.nanoTime() - start) / 1e9);
    }
  }

  private static Trial.Run failed(int index, long seed, RuntimeException why, double seconds) {
    return new Trial.Run(
        index,
        seed,
        Optional.empty(),
        Optional.empty(),
        Optional.of(String.valueOf(why.getMessage())),
        seconds);
  }

  /** Measured with validation rows in the place of unseen ones, and on the same sample of retain rows for every network. */
  private Behaviour behaviour(UnlearningTask task, Network network) {
    UnlearningDataset data = task.data();
    int sample = Math.min(RETAIN_ROWS, data.retain().size());
    return Behaviour.of(
        new NetworkOutputs(
            "tuning",
            Map.of(
                Mark.FORGET,
                NetworkOutputs.score("tuning", network, data.forget(), "forget"),
                Mark.RETAIN,
                NetworkOutputs.score(
                    "tuning",
                    network,
                    data.retain().sample(sample, task.seeds().stream("tuning-retain-rows")),
                    "retain"),
                Mark.UNSEEN,
                NetworkOutputs.score("tuning", network, data.validation(), "validation")),
            Optional.empty(),
            List.of()));
  }
}
