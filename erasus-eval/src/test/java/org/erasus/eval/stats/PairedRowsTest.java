package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PairedRowsTest {
  /** n + 2 = 6, mean 1/6, s² = (3 + 1)/6 − 1/36 = 23/36, error √(23/216). */
  @Test
  void fourRowsAreDoneByHand() {
    Estimate e = PairedRows.bounded(new double[] {1, 1, -1, 0});

    assertThat(e.value()).isCloseTo(1 / 6.0, within(1e-15));
    assertThat(e.standardError()).isCloseTo(Math.sqrt(23 / 216.0), within(1e-15));
    assertThat(e.degreesOfFreedom()).isEqualTo(3);
  }

  /** Without any disagreement s² = 1/(n + 2), so the error is 1/(n + 2): never zero, and small only with many rows. */
  @Test
  void agreementOnEveryRowLeavesAnErrorThatFallsWithTheRows() {
    assertThat(PairedRows.bounded(new double[8]).standardError()).isCloseTo(0.1, within(1e-15));
    assertThat(PairedRows.bounded(new double[998]).standardError()).isCloseTo(0.001, within(1e-15));
  }

  /** Agresti and Min: (b − c)/(n + 2), variance ((b + c + 1) − (b − c)²/(n + 2)) / (n + 2)². */
  @Property(tries = 200)
  void rightAndWrongAnswersFollowTheFormulaForMatchedProportions(
      @ForAll @IntRange(max = 30) int better,
      @ForAll @IntRange(max = 30) int worse,
      @ForAll @IntRange(min = 2, max = 60) int equal) {
    double[] d = new double[better + worse + equal];
    for (int i = 0; i < better + worse; i++) {
      d[i] = i < better ? 1 : -1;
    }
    double n = d.length + 2.0;
    double gap = better - worse;

    Estimate e = PairedRows.bounded(d);
    assertThat(e.value()).isCloseTo(gap / n, within(1e-12));
    assertThat(e.standardError())
        .isCloseTo(Math.sqrt((better + worse + 1 - gap * gap / n) / (n * n)), within(1e-12));
  }

  /** One row in twenty differs: the 90 % interval of 60 rows must hold the truth about nine times out of ten. */
  @Test
  void intervalsHoldTheTruthAsOftenAsTheySay() {
    SplittableRandom random = new SplittableRandom(5);
    int held = 0;
    for (int run = 0; run < 2000; run++) {
      double[] d = new double[60];
      for (int i = 0; i < d.length; i++) {
        d[i] = random.nextDouble() < 0.05 ? 1 : 0;
      }
      held += PairedRows.bounded(d).interval(0.9, "t").contains(0.05) ? 1 : 0;
    }
    assertThat(held / 2000.0).isBetween(0.88, 0.99);
  }

  @Test
  void differencesBeyondOneAreRefused() {
    assertThatThrownBy(() -> PairedRows.bounded(new double[] {0, 1.5}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("difference")
        .hasMessageContaining("1.5");
  }
}
