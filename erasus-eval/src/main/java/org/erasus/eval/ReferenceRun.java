package org.erasus.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.Recipe;
import org.erasus.Rows;
import org.erasus.Seeds;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.eval.attacks.References;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.metrics.NetworkOutputs;
import org.erasus.io.Unbroken;
import org.erasus.train.CancelledRunException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work of a {@link ReferenceTraining}: one job a network, none of which depends on another. The budget counts from when this is made,
 * for all that is asked of it.
 */
final class ReferenceRun {
  private static final Logger LOG = LoggerFactory.getLogger(ReferenceRun.class);

  private final ReferenceTraining settings;
  private final Network like;
  private final UnlearningDataset data;
  private final Rows attacked;
  private final boolean[][] in;
  private final long started = System.nanoTime();

  /** What networks said, as kept on disk; the ids are those of the rows, in order. */
  record Confidences(List<Long> ids, List<Double> values) {}

  ReferenceRun(ReferenceTraining settings, Network like, UnlearningDataset data) {
    like.requireFit(data);
    require("forget", data.forget());
    require("retain", data.retain());
    require("unseen", data.unseen());
    this.settings = settings;
    this.like = like;
    this.data = data;
    attacked = ReferenceTraining.attacked(data);
    in = halves(attacked.ids(), settings);
    try {
      Files.createDirectories(settings.folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void require(String split, Rows rows) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "split \""
              + split
              + "\" must have rows, but has none: reference networks are trained on the retain rows and on half"
              + " of the forget rows and of the unseen rows of their classes");
    }
  }

  /** Each row is in the same number of networks, drawn from its id. */
  private static boolean[][] halves(long[] ids, ReferenceTraining settings) {
    boolean[][] in = new boolean[settings.networks()][ids.length];
    for (int i = 0; i < ids.length; i++) {
      int[] order =
          Seeds.permutation(
              settings.networks(), new Seeds(settings.seed()).stream("reference-rows", ids[i]));
      for (int k = 0; k < settings.networks() / 2; k++) {
        in[order[k]][i] = true;
      }
    }
    return in;
  }

  /**
   * Refuses a strategy that lacks what it needs, or whose settings cannot be told from others: what is kept of it goes by its
   * identity.
   */
  static void require(Network like, UnlearningDataset data, UnlearningStrategy strategy) {
    UnlearningTask task = UnlearningTask.of(like, data);
    task.require(strategy);
    Recipe.of(task, strategy).identity();
  }

  References trained() {
    return observe((k, network, view) -> Optional.of(confidences("reference " + (k + 1), network)));
  }

  /** A strategy that is refused is so before any network is trained. */
  References unlearned(UnlearningStrategy strategy) {
    require(like, data, strategy);
    return observe((k, network, view) -> unlearned(k, network, view, strategy));
  }

  /** The rows as network k knows them: retain rows and its half are RETAIN. */
  private UnlearningDataset view(int k) {
    return data.asIfTrainedOn(data.retain().and(attacked.where(i -> in[k][i])));
  }

  /** Network k, from the folder or trained; absent when it is not there and the budget is spent. The caller closes it. */
  private Optional<Network> network(int k, UnlearningDataset view) {
    long seed = new Seeds(settings.seed()).of("reference", k);
    Network network = like.fresh(seed);
    boolean ready = false;
    try {
      Recipe recipe =
          Recipe.of(UnlearningTask.of(network, view).withSeed(seed), settings.training());
      Path file = settings.folder().resolve(recipe.fingerprint() + ".safetensors");
      if (Files.exists(file)) {
        network.load(file);
        ready = true;
      } else if (!isSpent()) {
        LOG.info("training reference network {} of {}", k + 1, settings.networks());
        settings.training().train(network, view, seed);
        Unbroken.run(
            () -> {
              network.save(file);
              return file;
            });
        ready = true;
      }
      return ready ? Optional.of(network) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (!ready) {
        network.close();
      }
    }
  }

  private Optional<double[]> unlearned(
      int k, Network network, UnlearningDataset view, UnlearningStrategy strategy) {
    UnlearningDataset marked = view.markForget(view.withIds(attacked.where(i -> in[k][i]).ids()));
    UnlearningTask task =
        UnlearningTask.of(network, marked)
            .withSeed(new Seeds(settings.seed()).of("reference-unlearning", k));
    List<Long> ids = Arrays.stream(attacked.ids()).boxed().toList();
    Path file =
        settings.folder().resolve(Recipe.of(task, strategy).identity() + ".confidences.json");
    try {
      if (Files.exists(file)) {
        Confidences kept = Json.load(file, Confidences.class);
        if (kept.ids().equals(ids)) {
          return Optional.of(kept.values().stream().mapToDouble(v -> v).toArray());
        }
      }
      if (isSpent()) {
        return Optional.empty();
      }
      LOG.info("unlearning with reference network {} of {}", k + 1, settings.networks());
      try (Unlearned unlearned = strategy.unlearn(task)) {
        double[] values = confidences("reference " + (k + 1) + ", unlearned", unlearned.network());
        Unbroken.run(
            () -> {
              Json.save(file, new Confidences(ids, Arrays.stream(values).boxed().toList()));
              return file;
            });
        return Optional.of(values);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double[] confidences(String name, Network network) {
    return ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(
        NetworkOutputs.score(name, network, attacked, "attacked"));
  }

  private boolean isSpent() {
    return settings.budget().map(b -> System.nanoTime() - started >= b.toNanos()).orElse(false);
  }

  /** What is asked of a trained network; absent when the budget is spent. */
  private interface Question {
    Optional<double[]> answer(int k, Network trained, UnlearningDataset view);
  }

  private Optional<double[]> ask(int k, Question question) {
    UnlearningDataset view = view(k);
    Optional<Network> trained = network(k, view);
    if (trained.isEmpty()) {
      return Optional.empty();
    }
    try (Network network = trained.get()) {
      return question.answer(k, network, view);
    }
  }

  private References observe(Question question) {
    ExecutorService pool = Executors.newFixedThreadPool(settings.workers());
    List<Optional<double[]>> found = new ArrayList<>();
    try {
      List<Future<Optional<double[]>>> running = new ArrayList<>();
      for (int k = 0; k < settings.networks(); k++) {
        int one = k;
        Callable<Optional<double[]>> call = () -> ask(one, question);
        running.add(pool.submit(call));
      }
      for (Future<Optional<double[]>> one : running) {
        found.add(one.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledRunException("reference networks", found.size(), settings.networks());
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    } finally {
      end(pool);
    }
    long done = found.stream().filter(Optional::isPresent).count();
    if (done < settings.networks()) {
      throw new IllegalStateException(
          "the budget of "
              + settings.budget().orElseThrow()
              + " is spent with "
              + done
              + " of "
              + settings.networks()
              + " reference networks done; they are kept in "
              + settings.folder()
              + ": start again to go on");
    }
    return References.of(
        attacked.ids(), found.stream().map(Optional::orElseThrow).toArray(double[][]::new), in);
  }

  /** Stops what still runs and waits for it, so that nothing touches the data after the call; an interrupt is kept. */
  private static void end(ExecutorService pool) {
    pool.shutdownNow();
    boolean interrupted = Thread.interrupted();
    while (!pool.isTerminated()) {
      try {
        pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
