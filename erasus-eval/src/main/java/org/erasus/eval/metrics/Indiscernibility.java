package org.erasus.eval.metrics;

import java.util.Map;
import org.erasus.Seeds;
import org.erasus.eval.attacks.MembershipTest;
import org.erasus.eval.attacks.ThresholdAttacks;
import org.erasus.eval.stats.Interval;

/**
 * How little an attack on the loss can do, from 0, forget and unseen rows are always told apart, to 1, never.
 *
 * <pre>{@code
 * indiscernibility = 1 − |MIA − ½| / ½
 * }</pre>
 *
 * <p>As its authors' code ({@code munl/evaluation/indiscernibility.py}) has it. MIA is the share of rows that are told
 * right. Theirs is a logistic regression on the loss with ten-fold cross-validation; a logistic regression on one number is
 * a threshold, so here it is the balanced accuracy of one, chosen on half of the rows and judged on the others. An attack
 * that is always wrong is as good as one that is always right. Retrained networks do not score 1 where forget rows are
 * harder than unseen ones: compare with theirs.
 *
 * @see <a href="https://arxiv.org/abs/2410.01276">Cadet et al., 2024</a>
 */
public record Indiscernibility() implements Metric {
  @Override
  public Map<String, Measure> measure(Evidence evidence) {
    return Map.of("indiscernibility", new Measure.Estimated(of(evidence, evidence.level())));
  }

  static Interval of(Evidence evidence, double level) {
    Interval mia =
        MembershipTest.DEFAULTS
            .withLevel(level)
            .run(
                ThresholdAttacks.LOSS,
                evidence.network().forget(),
                evidence.network().unseenOfForgetClasses(),
                new Seeds(evidence.seed()).stream("attack-cut"))
            .balancedAccuracy();
    return of(mia);
  }

  /** Of an attack whose balanced accuracy is known; the best is reached where the interval holds one half. */
  static Interval of(Interval mia) {
    double low = of(mia.low());
    double high = of(mia.high());
    return new Interval(
        Math.max(0, Math.min(low, high)),
        of(mia.estimate()),
        mia.contains(0.5) ? 1 : Math.max(low, high),
        mia.level(),
        mia.method());
  }

  private static double of(double mia) {
    return 1 - Math.abs(mia - 0.5) / 0.5;
  }
}
