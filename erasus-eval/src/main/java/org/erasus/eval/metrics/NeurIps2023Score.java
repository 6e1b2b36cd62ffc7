package org.erasus.eval.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.erasus.eval.attacks.ScoredRows;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.stats.Bootstrap;
import org.erasus.eval.stats.Interval;

/**
 * The score of the NeurIPS 2023 unlearning competition: how well many runs of an algorithm can be told from many retrained
 * networks, row by row, times what is left of the accuracy.
 *
 * <pre>{@code
 * ε_i   = max over attacks of max(ln (1 − δ − FPR)/FNR, ln (1 − δ − FNR)/FPR)       row i of D_f, δ = 1e-5, 0 … 50
 * H(ε)  = 1, ½, ¼, …  for ε in [0, ½), [½, 1), [1, 1½), …                            0 from ⌈ln(n − 1)⌉ on
 * F     = mean over D_f of H(ε_i)
 * score = F · RA_unlearned/RA_retrained · TA_unlearned/TA_retrained                  means over the n networks each
 * }</pre>
 *
 * <p>An attack looks at log(p_y/(1 − p_y)) of the row under n unlearned and n retrained networks and tells the two apart by
 * one threshold or by an interval, on the published grids of a hundredth. As the published code has it: a threshold with
 * exactly one kind of error counts for nothing, being a sign of too few networks; perfect separation counts as 50, and so
 * does a spread of the one side below a hundredth of the other's. The test accuracy is that on unseen rows of kept classes.
 *
 * <p>The competition had 512 networks a side; with few the buckets are few. The interval is a bootstrap over the rows of
 * D_f: the networks are taken as given.
 *
 * @param forgetting F with its interval
 * @param score the product with its interval
 * @param epsilons ε of each row of D_f
 * @see <a href="https://arxiv.org/abs/2406.09073">Triantafillou et al., 2024</a>
 * @see <a href="https://github.com/google-deepmind/unlearning_evaluation">the competition's code</a>
 */
public record NeurIps2023Score(Interval forgetting, Interval score, List<Double> epsilons) {
  /** Networks a side without which there is no bucket. */
  private static final int LEAST_NETWORKS = 3;

  private static final double DELTA = 1e-5;
  private static final double CAP = 50;
  private static final double PER_UNIT = 100;
  private static final double BUFFER = 2;
  private static final double PEAKED = 0.01;
  private static final double BUCKET = 0.5;

  /** Copies the list. */
  public NeurIps2023Score {
    epsilons = List.copyOf(epsilons);
  }

  /**
   * Computes the score.
   *
   * @param unlearned outputs of networks the algorithm made, 3 or more, of different seeds
   * @param retrained as many outputs of retrained networks
   * @param bootstrap how the interval is made
   * @param random of its draws
   * @throws IllegalArgumentException for too few or unequally many networks, other rows, or a row for which no threshold says
   *     anything
   */
  public static NeurIps2023Score of(
      List<NetworkOutputs> unlearned,
      List<NetworkOutputs> retrained,
      Bootstrap bootstrap,
      SplittableRandom random) {
    if (unlearned.size() < LEAST_NETWORKS || unlearned.size() != retrained.size()) {
      throw new IllegalArgumentException(
          "there must be as many unlearned as retrained networks and at least "
              + LEAST_NETWORKS
              + " of each, but there are "
              + unlearned.size()
              + " and "
              + retrained.size());
    }
    double[][] mine = confidences(unlearned);
    double[][] theirs = confidences(retrained);
    if (mine.length != theirs.length) {
      throw new IllegalArgumentException(
          "split \"forget\" must be the same rows for all networks, but there are "
              + mine.length
              + " and "
              + theirs.length);
    }
    double[] epsilons =
        IntStream.range(0, mine.length).mapToDouble(i -> epsilon(mine[i], theirs[i])).toArray();
    double[] points = Arrays.stream(epsilons).map(e -> points(e, unlearned.size())).toArray();
    Interval forgetting =
        bootstrap.bca(
            points.length,
            rows -> Arrays.stream(rows).mapToDouble(r -> points[r]).sum() / rows.length,
            random);
    double kept =
        accuracy(unlearned, NetworkOutputs::retain)
            / accuracy(retrained, NetworkOutputs::retain)
            * accuracy(unlearned, NetworkOutputs::unseenOfRetainClasses)
            / accuracy(retrained, NetworkOutputs::unseenOfRetainClasses);
    return new NeurIps2023Score(
        forgetting,
        new Interval(
            forgetting.low() * kept,
            forgetting.estimate() * kept,
            forgetting.high() * kept,
            forgetting.level(),
            forgetting.method()),
        Arrays.stream(epsilons).boxed().toList());
  }

  /** log(p_y/(1 − p_y)) of each row of D_f under each network, (rows, networks). */
  private static double[][] confidences(List<NetworkOutputs> networks) {
    List<double[]> columns =
        networks.stream()
            .map(n -> ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(n.forget()))
            .toList();
    int rows = columns.get(0).length;
    if (columns.stream().anyMatch(c -> c.length != rows)) {
      throw new IllegalArgumentException(
          "split \"forget\" must be the same rows for all networks, but their numbers differ");
    }
    return IntStream.range(0, rows)
        .mapToObj(i -> columns.stream().mapToDouble(c -> c[i]).toArray())
        .toArray(double[][]::new);
  }

  private static double accuracy(
      List<NetworkOutputs> networks, Function<NetworkOutputs, ScoredRows> split) {
    double mean =
        networks.stream()
            .mapToDouble(
                n ->
                    Arrays.stream(split.apply(n).map(Differences::correct)).average().orElseThrow())
            .average()
            .orElseThrow();
    if (mean == 0) {
      throw new IllegalArgumentException(
          "networks must be right about some rows of every split but \"forget\", but some are right about none");
    }
    return mean;
  }

  /** H of an ε when there are n networks a side. */
  static double points(double epsilon, int networks) {
    double most = Math.ceil(Math.log(networks - 1));
    double points = 1;
    for (double end = BUCKET; end <= most; end += BUCKET) {
      if (epsilon < end) {
        return points;
      }
      points /= 2;
    }
    return 0;
  }

  /** The best attack's ε for one row. */
  static double epsilon(double[] unlearned, double[] retrained) {
    double[] high = unlearned.clone();
    double[] low = retrained.clone();
    Arrays.sort(high);
    Arrays.sort(low);
    if (median(low) > median(high)) {
      double[] swap = high;
      high = low;
      low = swap;
    }
    double widthHigh = spread(high);
    double widthLow = spread(low);
    if (Math.min(widthHigh, widthLow) < PEAKED * Math.max(widthHigh, widthLow)) {
      return CAP;
    }
    double best = Math.max(single(high, low), between(high, low));
    if (best < 0) {
      throw new IllegalArgumentException(
          "no threshold tells anything about a row of split \"forget\": give more than "
              + high.length
              + " networks a side");
    }
    return Math.min(CAP, best);
  }

  /** One threshold: at or above it is taken for the side with the larger median. */
  private static double single(double[] high, double[] low) {
    double from = Math.min(high[0], low[0]);
    double to = Math.max(high[high.length - 1], low[low.length - 1]);
    int count = (int) Math.ceil((to - from) * PER_UNIT);
    double best = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < count; k++) {
      double threshold = grid(from, to, count, k);
      best = Math.max(best, epsilon(below(high, threshold), below(low, threshold), high.length));
    }
    return best;
  }

  /** Two thresholds: between them is taken for the side with the smaller spread. */
  private static double between(double[] high, double[] low) {
    double[] peaked = spread(high) < spread(low) ? high : low;
    double[] wide = peaked == high ? low : high;
    double width = spread(peaked);
    double from = peaked[0] + width - BUFFER;
    double to = peaked[peaked.length - 1] + BUFFER;
    int rights = (int) Math.ceil((to - from) * PER_UNIT);
    int lefts = (int) Math.ceil(2 * BUFFER * PER_UNIT);
    double best = Double.NEGATIVE_INFINITY;
    for (int r = 0; r < rights; r++) {
      double right = grid(from, to, rights, r);
      int peakedRight = upTo(peaked, right);
      int wideRight = upTo(wide, right);
      for (int l = 0; l < lefts; l++) {
        double left = grid(right - width - BUFFER, right - width + BUFFER, lefts, l);
        int found = Math.max(0, peakedRight - below(peaked, left));
        int accused = Math.max(0, wideRight - below(wide, left));
        best = Math.max(best, epsilon(peaked.length - found, wide.length - accused, wide.length));
      }
    }
    return best;
  }

  /** ε of a decision; negative infinity when it says nothing. */
  private static double epsilon(int missed, int cleared, int networks) {
    double fnr = (double) missed / networks;
    double fpr = (double) (networks - cleared) / networks;
    if (missed == 0 && cleared == networks) {
      return CAP;
    }
    if (missed == 0 || cleared == networks) {
      return Double.NEGATIVE_INFINITY;
    }
    return Math.max(0, Math.max(bound(fpr, fnr), bound(fnr, fpr)));
  }

  private static double bound(double one, double other) {
    double rest = 1 - DELTA - one;
    return rest > 0 ? Math.log(rest) - Math.log(other) : Double.NEGATIVE_INFINITY;
  }

  private static double grid(double from, double to, int count, int k) {
    return count == 1 ? from : from + (to - from) * k / (count - 1);
  }

  private static double spread(double[] sorted) {
    return sorted[sorted.length - 1] - sorted[0];
  }

  private static double median(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** How many values are below a threshold. */
  private static int below(double[] sorted, double threshold) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < threshold) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static int upTo(double[] sorted, double threshold) {
    return below(sorted, Math.nextUp(threshold));
  }
}
