package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.Optional;
import org.erasus.Check;
import org.erasus.eval.attacks.References.Observations;
import org.erasus.eval.attacks.References.Side;

/**
 * The relative attack: counts the non-members that a row beats in how much likelier the network finds it than reference
 * networks do.
 *
 * <pre>{@code
 * ratio(x) = p(x|θ) / p(x)
 * score(x) = share of z with ratio(x) / ratio(z) ≥ γ          z: calibration non-members
 * online   p(x) = (mean_in p + mean_out p) / 2
 * offline  p(x) = ((1 + a) mean_out p + (1 − a)) / 2
 * }</pre>
 *
 * <p>p is the probability of the row's class. Unlike the paper it is plain softmax, without temperature, Taylor series or
 * margin, means are not trimmed, and each row is asked about once. Calibration non-members are rows that half of the networks were
 * trained with, like all others, where the paper has further rows that none was. A score is one of |z| + 1 numbers: a low rate of false alarms needs many
 * calibration rows, and ties count as ties.
 *
 * @param references networks trained with and without each row
 * @param gamma γ, at least 1: how much more than a non-member counts
 * @param offlineShift a in [0, 1] of the offline attack, which uses no network trained with the row; absent for online
 * @see <a href="https://arxiv.org/abs/2312.03262">Zarifzadeh et al., 2024</a>
 */
public record Rmia(References references, double gamma, Optional<Double> offlineShift)
    implements Attack {
  /** Checks the ranges. */
  public Rmia {
    if (!(gamma >= 1 && Double.isFinite(gamma))) {
      throw new IllegalArgumentException("gamma must be >= 1 and finite, but was " + gamma);
    }
    offlineShift.ifPresent(a -> Check.inClosed(a, 0, 1, "offlineShift"));
  }

  /** Both kinds of networks; γ = 2. */
  public static Rmia online(References references) {
    return new Rmia(references, 2, Optional.empty());
  }

  /** Only networks trained without the row; γ = 2, a = 0.3. */
  public static Rmia offline(References references) {
    return new Rmia(references, 2, Optional.of(0.3));
  }

  /** The same with another γ. */
  public Rmia withGamma(double other) {
    return new Rmia(references, other, offlineShift);
  }

  /** The offline attack with another a. */
  public Rmia withOfflineShift(double a) {
    return new Rmia(references, gamma, Optional.of(a));
  }

  @Override
  public String name() {
    return offlineShift.isPresent() ? "rmia-offline" : "rmia-online";
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    double[] population = logRatios(nonMembers);
    Arrays.sort(population);
    return rows -> {
      double[] scores = logRatios(rows);
      for (int i = 0; i < scores.length; i++) {
        scores[i] = (double) countUpTo(population, scores[i] - Math.log(gamma)) / population.length;
      }
      return scores;
    };
  }

  private double[] logRatios(ScoredRows rows) {
    Observations[] seen = references.of(rows, name(), offlineShift.isPresent() ? 0 : 1, 1);
    double[] ratios = ThresholdAttacks.LOSS.scores(rows);
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] -= logPrior(seen[i]);
    }
    return ratios;
  }

  private double logPrior(Observations row) {
    double out = logMean(row.out());
    return offlineShift
        .map(a -> logSum(Math.log((1 + a) / 2) + out, Math.log((1 - a) / 2)))
        .orElseGet(() -> logSum(logMean(row.in()), out) - Math.log(2));
  }

  /** log mean p, of confidences φ = log(p / (1 − p)). */
  private static double logMean(Side side) {
    double sum = Double.NEGATIVE_INFINITY;
    for (double phi : side.values()) {
      double logP = Math.min(phi, 0) - Math.log1p(Math.exp(-Math.abs(phi)));
      sum = logSum(sum, logP);
    }
    return sum - Math.log(side.size());
  }

  /** log(e^a + e^b). */
  private static double logSum(double a, double b) {
    double larger = Math.max(a, b);
    return larger == Double.NEGATIVE_INFINITY
        ? larger
        : larger + Math.log1p(Math.exp(-Math.abs(a - b)));
  }

  /** How many sorted values are at or below a limit. */
  private static int countUpTo(double[] sorted, double limit) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] <= limit) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
