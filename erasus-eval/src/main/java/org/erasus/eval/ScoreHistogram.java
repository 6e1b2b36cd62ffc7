package org.erasus.eval;

import java.util.Arrays;
import java.util.List;
import org.erasus.eval.stats.Roc;

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

  static ScoreHistogram of(Roc roc) {
    List<Roc.Point> points = roc.points();
    double low = points.get(points.size() - 1).threshold();
    double high = points.get(1).threshold();
    double[] members = new double[BINS];
    double[] nonMembers = new double[BINS];
    for (int i = 1; i < points.size(); i++) {
      Roc.Point point = points.get(i);
      Roc.Point before = points.get(i - 1);
      double place = high > low ? (point.threshold() - low) / (high - low) * BINS : 0;
      int bin = Math.min(BINS - 1, (int) place);
      members[bin] += roc.truePositiveRate(point) - roc.truePositiveRate(before);
      nonMembers[bin] += roc.falsePositiveRate(point) - roc.falsePositiveRate(before);
    }
    return new ScoreHistogram(low, high, list(members), list(nonMembers));
  }

  private static List<Double> list(double[] shares) {
    return Arrays.stream(shares).boxed().toList();
  }
}
