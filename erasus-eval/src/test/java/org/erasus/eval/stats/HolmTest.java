package org.erasus.eval.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.erasus.eval.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HolmTest {
  /** Sorted 0.005·4 = 0.02, 0.01·3 = 0.03, 0.03·2 = 0.06, then 0.04·1 raised to 0.06; back in the order given. */
  @Test
  void fourTestsAreDoneByHand() {
    assertThat(Holm.adjust(0.01, 0.04, 0.03, 0.005))
        .containsExactly(new double[] {0.03, 0.06, 0.06, 0.02}, within(1e-15));
  }

  static List<JsonNode> cases() {
    return Golden.list("holm");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void adjustedValuesAreThoseOfStatsmodels(JsonNode c) {
    assertThat(Holm.adjust(array(c, "p"))).containsExactly(array(c, "adjusted"), within(1e-14));
  }

  @Test
  void oneTestIsLeftAloneAndNoneGivesNone() {
    assertThat(Holm.adjust(0.3)).containsExactly(0.3);
    assertThat(Holm.adjust()).isEmpty();
    assertThat(Holm.adjust(0.9, 0.8)).containsExactly(1, 1);
  }

  /** The step-down rule of the paper: reject while p₍ᵢ₎ ≤ α/(k − i + 1), stop at the first that is not. */
  @Property(tries = 300)
  void adjustedValuesRejectWhatTheStepDownRuleRejects(
      @ForAll @Size(min = 1, max = 12) List<@DoubleRange(min = 0, max = 0.2) Double> p) {
    double[] values = p.stream().mapToDouble(Double::doubleValue).toArray();
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int rejected = 0;
    while (rejected < sorted.length && (sorted.length - rejected) * sorted[rejected] <= 0.05) {
      rejected++;
    }
    double[] adjusted = Holm.adjust(values);

    assertThat(Arrays.stream(adjusted).filter(v -> v <= 0.05).count()).isEqualTo(rejected);
    for (int i = 0; i < values.length; i++) {
      assertThat(adjusted[i]).isBetween(values[i], 1.0);
      for (int j = 0; j < values.length; j++) {
        assertThat(values[i] > values[j] && adjusted[i] < adjusted[j]).isFalse();
      }
    }
  }

  @Test
  void valuesOutsideTheUnitAreNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Holm.adjust(0.5, Double.NaN))
        .withMessage("pValues[1] must be in [0.0, 1.0], but was NaN");
  }
}
