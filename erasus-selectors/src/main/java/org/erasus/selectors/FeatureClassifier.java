package org.erasus.selectors;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import org.erasus.Check;

/**
 * A small classifier on features, trained many times on parts of the same rows. It depends on which rows are chosen, not on
 * their order; of classes that answer alike the lowest is predicted.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
@JsonSubTypes({
  @JsonSubTypes.Type(value = FeatureClassifier.NearestCentroid.class, name = "nearest-centroid"),
  @JsonSubTypes.Type(
      value = FeatureClassifier.NearestNeighbours.class,
      name = "nearest-neighbours"),
  @JsonSubTypes.Type(
      value = FeatureClassifier.LogisticRegression.class,
      name = "logistic-regression")
})
public sealed interface FeatureClassifier {
  /**
   * Refuses more rows than it can work with, before their features are read.
   *
   * @param rows N, to be trained on
   * @param asked M, to be classified
   * @throws IllegalArgumentException when there are too many
   */
  default void requireRoom(int rows, int asked) {}

  /**
   * Gets ready for many trainings.
   *
   * @param rows (N, D), to be trained on
   * @param labels (N)
   * @param asked (M, D), to be classified
   * @param classes C
   * @return to be closed
   */
  Trials on(float[][] rows, int[] labels, float[][] asked, int classes);

  /** Trains on a choice of rows, again and again. */
  interface Trials extends AutoCloseable {
    /**
     * The classes of the asked rows (M) after training on some rows.
     *
     * @param chosen their places, at least one
     */
    int[] predict(int[] chosen);

    @Override
    void close();
  }

  /** The class whose chosen rows have the nearest mean. Time O(|S|·D + M·C·D) a training. */
  record NearestCentroid() implements FeatureClassifier {
    @Override
    public Trials on(float[][] rows, int[] labels, float[][] asked, int classes) {
      return EngineTrials.nearestCentroid(rows, labels, asked, classes);
    }
  }

  /**
   * The most frequent class among the k nearest of the chosen rows, or among all when there are fewer. Time O(M·k·N/|S|) a
   * training, memory O(N·M).
   *
   * @param k 1 or more
   */
  record NearestNeighbours(int k) implements FeatureClassifier {
    private static final long MOST = 100_000_000;

    /** Checks the range. */
    public NearestNeighbours {
      Check.atLeast(1, k, "k");
    }

    /** Refuses more than a hundred million pairs of rows and asked rows. */
    @Override
    public void requireRoom(int rows, int asked) {
      if ((long) rows * asked > MOST) {
        throw new IllegalArgumentException(
            "nearest-neighbours remembers the order of all rows for each asked one, at most "
                + MOST
                + " places, but "
                + rows
                + " rows for each of "
                + asked
                + " were wanted: take fewer, or nearest-centroid");
      }
    }

    @Override
    public Trials on(float[][] rows, int[] labels, float[][] asked, int classes) {
      requireRoom(rows.length, asked.length);
      int[][] order = EngineTrials.nearestFirst(rows, asked);
      return new Trials() {
        @Override
        public int[] predict(int[] chosen) {
          boolean[] in = new boolean[rows.length];
          for (int i : chosen) {
            in[i] = true;
          }
          return Arrays.stream(order).mapToInt(nearest -> vote(nearest, in)).toArray();
        }

        private int vote(int[] nearest, boolean[] in) {
          int[] votes = new int[classes];
          int left = k;
          for (int i = 0; i < nearest.length && left > 0; i++) {
            if (in[nearest[i]]) {
              votes[labels[nearest[i]]]++;
              left--;
            }
          }
          int best = 0;
          for (int c = 1; c < classes; c++) {
            if (votes[c] > votes[best]) {
              best = c;
            }
          }
          return best;
        }

        @Override
        public void close() {}
      };
    }
  }

  /**
   * Multinomial logistic regression on features of variance 1 over all rows, with an intercept that is not shrunk:
   *
   * <pre>{@code
   * min_W mean_S CE(x·W + b, y) + (decay/2)‖W‖²
   * }</pre>
   *
   * by Newton's method with Böhning's fixed bound on the Hessian, from W = 0: every step lowers the loss. Time O(|S|·D² + D³ +
   * steps·|S|·D·C) a training.
   *
   * @param decay above 0
   * @param steps 1 or more
   * @see <a href="https://doi.org/10.1007/BF00048682">Böhning, 1992</a>
   */
  record LogisticRegression(double decay, int steps) implements FeatureClassifier {
    /** Decay 0.01, thirty steps. */
    public static final LogisticRegression DEFAULTS = new LogisticRegression(0.01, 30);

    /** Checks the ranges. */
    public LogisticRegression {
      Check.positive(decay, "decay");
      Check.atLeast(1, steps, "steps");
    }

    /** This classifier with another decay. */
    public LogisticRegression withDecay(double decay) {
      return new LogisticRegression(decay, steps);
    }

    /** This classifier with another number of steps. */
    public LogisticRegression withSteps(int steps) {
      return new LogisticRegression(decay, steps);
    }

    @Override
    public Trials on(float[][] rows, int[] labels, float[][] asked, int classes) {
      return EngineTrials.logisticRegression(rows, labels, asked, classes, decay, steps);
    }
  }
}
