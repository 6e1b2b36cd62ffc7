package org.erasus.eval.attacks;

import java.util.Arrays;

/** The numbers of all threshold attacks, each with mean 0 and deviation 1 on the calibration rows; constant ones become 0. */
final class Signals {
  private final double[] means;
  private final double[] deviations;

  private Signals(double[] means, double[] deviations) {
    this.means = means;
    this.deviations = deviations;
  }

  /** How many numbers a row has. */
  static int count() {
    return ThresholdAttacks.ALL.size();
  }

  static Signals of(ScoredRows members, ScoredRows nonMembers) {
    double[] means = new double[count()];
    double[] deviations = new double[count()];
    for (int d = 0; d < count(); d++) {
      RowAttack signal = ThresholdAttacks.ALL.get(d);
      double[] in = signal.scores(members);
      double[] all = Arrays.copyOf(in, in.length + nonMembers.size());
      System.arraycopy(signal.scores(nonMembers), 0, all, in.length, nonMembers.size());
      double mean = Arrays.stream(all).average().orElseThrow();
      means[d] = mean;
      deviations[d] =
          Math.sqrt(Arrays.stream(all).map(v -> (v - mean) * (v - mean)).average().orElseThrow());
    }
    return new Signals(means, deviations);
  }

  /** (N, D). */
  double[][] of(ScoredRows rows) {
    double[][] values = new double[rows.size()][count()];
    for (int d = 0; d < count(); d++) {
      double[] signal = ThresholdAttacks.ALL.get(d).scores(rows);
      for (int i = 0; i < signal.length; i++) {
        values[i][d] = deviations[d] > 0 ? (signal[i] - means[d]) / deviations[d] : 0;
      }
    }
    return values;
  }
}
