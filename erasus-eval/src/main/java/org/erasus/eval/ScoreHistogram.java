package org.erasus.eval;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * How often scores fall between equally spaced edges; the last bin holds its upper edge, too.
 *
 * @param low lower edge of the first bin
 * @param high upper edge of the last bin
 * @param members share of the forget rows in each bin
 * @param nonMembers share of the unseen rows in each bin
 */
public record ScoreHistogram(
    double low, double high, List<Double> members, List<Double> nonMembers) {
  private static final int BINS = 30;

  /** Copies the lists. */
  public ScoreHistogram {
    members = List.copyOf(members);
    nonMembers = List.copyOf(nonMembers);
  }

  static ScoreHistogram of(double[] members, double[] nonMembers) {
    double low =
        DoubleStream.concat(Arrays.stream(members), Arrays.stream(nonMembers)).min().orElse(0);
    double high =
        DoubleStream.concat(Arrays.stream(members), Arrays.stream(nonMembers)).max().orElse(0);
    return new ScoreHistogram(low, high, shares(members, low, high), shares(nonMembers, low, high));
  }

  private static List<Double> shares(double[] scores, double low, double high) {
    double[] shares = new double[BINS];
    for (double score : scores) {
      double place = high > low ? (score - low) / (high - low) * BINS : 0;
      shares[Math.min(BINS - 1, (int) place)] += 1.0 / scores.length;
    }
    return Arrays.stream(shares).boxed().toList();
  }
}
