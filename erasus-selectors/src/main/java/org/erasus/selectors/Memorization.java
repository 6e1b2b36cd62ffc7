package org.erasus.selectors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Check;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.RunOptions;
import org.erasus.Seeds;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.train.Supervised;
import org.erasus.train.Training;

/**
 * Prefers the rows that a network gives their class only when it was trained on them: rows it knows by heart.
 *
 * <pre>{@code
 * score_i = P(h(x_i) = y_i | i ∈ S) − P(h(x_i) = y_i | i ∉ S)        h trained on a random part S of the trained rows, in [−1, 1]
 *         ≈ share of right among the models with the row − share among those without it
 * }</pre>
 *
 * <p>The paper draws parts of one size, so that by chance few models may lack a row; here every row is in the same number of
 * models, round(share·T), and the sizes vary a little. It trains thousands of models; with T of them the standard error of a
 * score is √(p(1−p)/(n_in − 1) + q(1−q)/(n_out − 1)), p and q the two shares of right. Costs T trainings on a share of the
 * trained rows, candidates or not, or the same number of small classifiers for the proxy.
 *
 * @param models what is trained
 * @param count T, such that every row is in two models or more and out of two or more
 * @param share of the models that a row is in, in (0, 1)
 * @see <a href="https://arxiv.org/abs/2008.03703">Feldman and Zhang, 2020</a>
 */
public record Memorization(Models models, int count, double share) implements Selector {
  /** What is trained on parts of the rows. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Trained.class, name = "trained"),
    @JsonSubTypes.Type(value = OnFeatures.class, name = "on-features")
  })
  public sealed interface Models {}

  /**
   * Networks of the same architecture from new initial weights.
   *
   * @param training that the network itself had, if known: rows are only remembered by models that fit them
   */
  public record Trained(Training training) implements Models {}

  /**
   * A proxy: classifiers on the features of the network at hand, which has itself been trained on all rows, so that rows whose
   * features already give them away seem less memorised than they are.
   *
   * @param classifier one that can fit single rows; a linear one or one of means remembers little
   */
  public record OnFeatures(FeatureClassifier classifier) implements Models {}

  /** Twenty networks trained for ten epochs at 0.05 on seven tenths of the rows. */
  public static final Memorization DEFAULTS =
      new Memorization(new Trained(Supervised.DEFAULTS.training()), 20, 0.7);

  /** Checks the ranges. */
  public Memorization {
    Check.inOpen(share, 0, 1, "share");
    long in = Math.round(share * count);
    if (in < 2 || count - in < 2) {
      throw new IllegalArgumentException(
          "count must leave every row in at least 2 models and out of 2, but with share "
              + share
              + " it was "
              + count
              + ": take more models");
    }
  }

  /** These settings with other models. */
  public Memorization withModels(Models models) {
    return new Memorization(models, count, share);
  }

  /** These settings with another number of models. */
  public Memorization withCount(int count) {
    return new Memorization(models, count, share);
  }

  /** These settings with another share. */
  public Memorization withShare(double share) {
    return new Memorization(models, count, share);
  }

  @Override
  public Coreset choose(SelectionTask task) {
    String proxy = models instanceof OnFeatures ? " (proxy on features)" : "";
    return values(task).best(task, displayName() + proxy);
  }

  /**
   * The scores of all candidates with their standard errors.
   *
   * @throws IllegalArgumentException before any training when a candidate is no trained row, or a model would have none
   */
  public RowValues values(SelectionTask task) {
    Rows pool = task.candidates().data().trained();
    int[] places = placesIn(pool, task.candidates());
    boolean[][] in = parts(pool.size(), task.seeds().stream("memorization-parts"));
    Tally tally = new Tally(places.length);
    if (models instanceof Trained trained) {
      train(task, trained.training(), pool, places, in, tally);
    } else if (models instanceof OnFeatures proxy) {
      fit(task, proxy.classifier(), pool, places, in, tally);
    }
    return tally.values(count);
  }

  private int[] placesIn(Rows pool, Rows candidates) {
    int[] placeOf = new int[candidates.data().size()];
    for (int p = 0; p < pool.size(); p++) {
      placeOf[pool.position(p)] = p;
    }
    int[] positions = candidates.positions();
    for (int position : positions) {
      Mark mark = candidates.data().mark(position);
      if (mark != Mark.FORGET && mark != Mark.RETAIN) {
        throw new IllegalArgumentException(
            displayName()
                + " asks about rows the network was trained on, but row "
                + candidates.data().id(position)
                + " is "
                + mark
                + ": choose among forget and retain rows");
      }
    }
    return Arrays.stream(positions).map(position -> placeOf[position]).toArray();
  }

  /** Which model has which row, (T, N): every row is in as many. */
  private boolean[][] parts(int rows, SplittableRandom random) {
    boolean[][] in = new boolean[count][rows];
    int[] sizes = new int[count];
    long each = Math.round(share * count);
    for (int i = 0; i < rows; i++) {
      int[] order = Seeds.permutation(count, random);
      for (int t = 0; t < each; t++) {
        in[order[t]][i] = true;
        sizes[order[t]]++;
      }
    }
    if (Arrays.stream(sizes).anyMatch(size -> size == 0)) {
      throw new IllegalArgumentException(
          displayName()
              + " needs rows for each of its "
              + count
              + " models, but a part of "
              + rows
              + " trained rows was empty: give it more rows");
    }
    return in;
  }

  private void train(
      SelectionTask task, Training training, Rows pool, int[] places, boolean[][] in, Tally tally) {
    UnlearningDataset all = pool.data().markRetain(pool);
    Seeds seeds = task.seeds();
    for (int t = 0; t < count; t++) {
      boolean[] part = in[t];
      UnlearningDataset some = all.markForget(pool.where(i -> !part[i]));
      try (Network network = task.network().fresh(seeds.of("memorization-weights", t))) {
        new Supervised(training)
            .train(
                network,
                some,
                seeds.of("memorization-training", t),
                RunOptions.DEFAULTS.withListener(
                    new TrainingSteps(task, "steps of model " + (t + 1))));
        tally.add(network.predict(task.candidates()), task.candidates().labels(), places, part);
      }
      task.progressed("models", t + 1, count);
    }
  }

  private void fit(
      SelectionTask task,
      FeatureClassifier classifier,
      Rows pool,
      int[] places,
      boolean[][] in,
      Tally tally) {
    classifier.requireRoom(pool.size(), task.candidates().size());
    ValuedFeatures features = ValuedFeatures.of(task, pool, task.candidates());
    try (FeatureClassifier.Trials trials =
        classifier.on(features.rows, features.labels, features.targets, features.classes)) {
      for (int t = 0; t < count; t++) {
        boolean[] part = in[t];
        int[] chosen = IntStream.range(0, part.length).filter(i -> part[i]).toArray();
        tally.add(trials.predict(chosen), features.targetLabels, places, part);
        task.progressed("models", t + 1, count);
      }
    }
  }

  /** How often each candidate was right, by models with it and by models without it. */
  static final class Tally {
    private final int[][] right;
    private final int[][] asked;

    Tally(int candidates) {
      right = new int[2][candidates];
      asked = new int[2][candidates];
    }

    void add(int[] predicted, int[] labels, int[] places, boolean[] in) {
      for (int i = 0; i < predicted.length; i++) {
        int with = in[places[i]] ? 1 : 0;
        asked[with][i]++;
        right[with][i] += predicted[i] == labels[i] ? 1 : 0;
      }
    }

    RowValues values(int models) {
      double[] values = new double[right[0].length];
      double[] errors = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        double p = right[1][i] / (double) asked[1][i];
        double q = right[0][i] / (double) asked[0][i];
        values[i] = p - q;
        errors[i] = Math.sqrt(p * (1 - p) / (asked[1][i] - 1) + q * (1 - q) / (asked[0][i] - 1));
      }
      return new RowValues(values, errors, models, true);
    }
  }
}
