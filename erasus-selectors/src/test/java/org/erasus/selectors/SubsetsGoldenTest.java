package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import org.erasus.Coreset;
import org.erasus.Selector;
import org.erasus.testkit.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Choices against apricot-select, NumPy and scikit-learn; made by {@code src/test/golden/subsets.py}. */
class SubsetsGoldenTest {
  private static final Golden GOLDEN = Golden.load(SubsetsGoldenTest.class, "subsets");

  static List<String> choices() {
    return GOLDEN.names("/choices");
  }

  private static float[][] features() {
    double[][] table = GOLDEN.table("/features");
    float[][] rows = new float[table.length][table[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int d = 0; d < rows[i].length; d++) {
        rows[i][d] = (float) table[i][d];
      }
    }
    return rows;
  }

  /** From names such as "facility-location near RBF". */
  private static Selector selector(String choice) {
    List<String> words = List.of(choice.split(" ", -1));
    String last = words.get(words.size() - 1);
    Maximizer lazy = new Maximizer.Lazy();
    OptionalInt neighbours = words.contains("near") ? OptionalInt.of(5) : OptionalInt.empty();
    if (words.get(0).equals("feature-based")) {
      return new FeatureBased(FeatureBased.Concave.valueOf(last), lazy);
    }
    Similarity similarity = Similarity.valueOf(last);
    return switch (words.get(0)) {
      case "facility-location" -> new FacilityLocation(similarity, neighbours, lazy);
      case "saturated-coverage" -> new SaturatedCoverage(similarity, neighbours, 0.5, lazy);
      case "graph-cut" -> new GraphCut(similarity, neighbours, 0.5, lazy);
      case "log-determinant" -> new LogDeterminant(similarity, 0.1, lazy);
      default -> throw new IllegalArgumentException(choice);
    };
  }

  @ParameterizedTest
  @MethodSource("choices")
  void rowsAndGainsAreThoseOfTheReference(String choice) {
    double[] rows = GOLDEN.numbers("/choices/" + choice + "/rows");
    double[] gains = GOLDEN.numbers("/choices/" + choice + "/gains");
    Coreset chosen = Given.choose(selector(choice), rows.length, features());
    for (int t = 0; t < rows.length; t++) {
      assertThat(chosen.id(t)).as("choice %d", t).isEqualTo((long) rows[t]);
      assertThat(chosen.score(t).orElseThrow())
          .isCloseTo(gains[t], within(2e-5 * Math.max(1, Math.abs(gains[0]))));
    }
  }

  @Test
  void herdingIsThatOfItsDefinition() {
    double[] rows = GOLDEN.numbers("/herding/rows");
    Coreset chosen = Given.choose(Herding.DEFAULTS, rows.length, features());
    for (int t = 0; t < rows.length; t++) {
      assertThat(chosen.id(t)).as("choice %d", t).isEqualTo((long) rows[t]);
    }
  }
}
