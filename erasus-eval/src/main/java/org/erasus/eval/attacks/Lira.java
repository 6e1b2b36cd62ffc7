package org.erasus.eval.attacks;

import org.erasus.eval.attacks.References.Observations;
import org.erasus.eval.attacks.References.Side;

/**
 * The likelihood-ratio attack: compares the confidence in a row with what networks trained with and without that very row
 * say, so that rows which every network finds easy are not taken for members.
 *
 * <pre>{@code
 * φ       = log(p_y / (1 − p_y))                                of the attacked network
 * online  = log N(φ; μ_in, σ_in²) − log N(φ; μ_out, σ_out²)     equation (4)
 * offline = (φ − μ_out) / σ_out                                 ranks as 1 − P[Z > φ], Z ~ N(μ_out, σ_out²)
 * }</pre>
 *
 * <p>μ is the mean of each row. Unlike the authors' program, which takes the deviation of all confidences from one common
 * mean, {@link Variance#FIXED} takes their deviation from the mean of their own row: that is the variance of the model. Each
 * row is asked about once, not in several augmentations. Deviations have n − 1 in the denominator.
 *
 * @param references networks trained with and without each row
 * @param mode whether networks trained with the row are used
 * @param variance whether each row has its own
 * @see <a href="https://arxiv.org/abs/2112.03570">Carlini et al., 2022</a>
 */
public record Lira(References references, Mode mode, Variance variance) implements Attack {
  /** Which reference networks are used. */
  public enum Mode {
    /** Those trained with the row and those trained without it. */
    ONLINE,
    /** Those trained without it. */
    OFFLINE
  }

  /** Where the deviation comes from. */
  public enum Variance {
    /** One for all rows; for less than about 64 networks. */
    FIXED,
    /** One for each row, which needs two networks of each kind, and better many more. */
    PER_ROW
  }

  /** Both kinds of networks, one deviation for all rows. */
  public static Lira online(References references) {
    return new Lira(references, Mode.ONLINE, Variance.FIXED);
  }

  /** Only networks trained without the row, one deviation for all rows. */
  public static Lira offline(References references) {
    return new Lira(references, Mode.OFFLINE, Variance.FIXED);
  }

  /** The same with another variance. */
  public Lira withVariance(Variance other) {
    return new Lira(references, mode, other);
  }

  @Override
  public String name() {
    return mode == Mode.ONLINE ? "lira-online" : "lira-offline";
  }

  @Override
  public boolean isFitted() {
    return false;
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    Deviations deviations = Deviations.of(this, name());
    return rows -> scores(rows, name(), deviations);
  }

  /** The scores of rows, under the name of the attack that uses them. */
  double[] scores(ScoredRows rows, String attack, Deviations deviations) {
    int each = variance == Variance.PER_ROW ? 2 : 1;
    Observations[] seen = references.of(rows, attack, mode == Mode.ONLINE ? each : 0, each);
    double[] phi = ThresholdAttacks.LOGIT_SCALED_CONFIDENCE.scores(rows);
    for (int i = 0; i < phi.length; i++) {
      double out = standardised(phi[i], seen[i].out(), deviations.out);
      if (mode == Mode.OFFLINE) {
        phi[i] = out;
      } else {
        double in = standardised(phi[i], seen[i].in(), deviations.in);
        double ratio =
            deviation(seen[i].out(), deviations.out) / deviation(seen[i].in(), deviations.in);
        phi[i] = Math.log(ratio) + (out - in) * (out + in) / 2;
      }
    }
    return phi;
  }

  private static double standardised(double phi, Side side, double pooled) {
    return (phi - side.mean()) / deviation(side, pooled);
  }

  private static double deviation(Side side, double pooled) {
    if (pooled > 0) {
      return pooled;
    }
    if (side.squares() == 0) {
      throw new IllegalArgumentException(
          "a row of its own variance must have reference networks that differ, but "
              + side.size()
              + " of them all have the confidence "
              + side.mean()
              + ": use one variance for all rows");
    }
    return Math.sqrt(side.squares() / (side.size() - 1));
  }

  /** The deviations of all rows; 0 where each row has its own. */
  record Deviations(double in, double out) {
    static Deviations of(Lira lira, String attack) {
      return lira.variance == Variance.PER_ROW
          ? new Deviations(0, 0)
          : new Deviations(
              lira.mode == Mode.ONLINE ? lira.references.pooledDeviation(true, attack) : 0,
              lira.references.pooledDeviation(false, attack));
    }
  }
}
