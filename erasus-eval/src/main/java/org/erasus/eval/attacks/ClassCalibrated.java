package org.erasus.eval.attacks;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.erasus.eval.stats.Roc;

/**
 * Compares the number of a threshold attack with a threshold of the row's own class, as classes are not learned equally well.
 *
 * <pre>{@code
 * score(x, y) = s(x, y) − τ_y          τ_y separates the calibration rows of class y best
 * }</pre>
 *
 * <p>A class of which one group has no calibration row takes the threshold of all classes together. The paper guesses
 * "member" at or above the threshold and stops there; the distance from it is kept, so that rows can be ranked.
 *
 * @param base its scores are compared; with {@link ThresholdAttacks#LOSS} (the paper's confidence),
 *     {@link ThresholdAttacks#ENTROPY} or {@link ThresholdAttacks#MODIFIED_ENTROPY} it is an attack of the paper
 * @see <a href="https://arxiv.org/abs/2003.10595">Song and Mittal, 2021, section 3.2</a>
 */
public record ClassCalibrated(RowAttack base) implements Attack {
  @Override
  public String name() {
    return "class-" + base.name();
  }

  @Override
  public Scorer calibrate(ScoredRows members, ScoredRows nonMembers) {
    double[] thresholds = new double[members.classes()];
    Arrays.fill(thresholds, threshold(members, nonMembers));
    for (int y = 0; y < thresholds.length; y++) {
      int[] in = ofClass(members, y);
      int[] out = ofClass(nonMembers, y);
      if (in.length > 0 && out.length > 0) {
        thresholds[y] = threshold(members.subset(in), nonMembers.subset(out));
      }
    }
    return rows -> rows.map(p -> base.score().applyAsDouble(p) - thresholds[p.label()]);
  }

  private double threshold(ScoredRows members, ScoredRows nonMembers) {
    return Roc.of(base.scores(members), base.scores(nonMembers)).youdenThreshold();
  }

  private static int[] ofClass(ScoredRows rows, int y) {
    return IntStream.range(0, rows.size()).filter(i -> rows.prediction(i).label() == y).toArray();
  }
}
