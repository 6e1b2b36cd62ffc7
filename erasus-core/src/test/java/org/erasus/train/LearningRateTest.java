package org.erasus.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import org.erasus.Json;
import org.erasus.io.Golden;
import org.junit.jupiter.api.Test;

/** Against torch's schedulers; T = 12 steps, or one step an epoch. */
class LearningRateTest {
  private static void assertFollows(String golden, LearningRate rate) {
    JsonNode expected = Golden.json("optimizers.json").get("schedules").get(golden);
    assertThat(expected).hasSize(13);
    for (int t = 0; t <= 12; t++) {
      assertThat(rate.at(t, 12, t))
          .as("t = " + t)
          .isCloseTo(expected.get(t).asDouble(), within(1e-12));
    }
  }

  @Test
  void cosineIsCosineAnnealing() {
    assertFollows("cosine", new LearningRate.Cosine(0.5, 0.125));
  }

  @Test
  void stepsDropByEpochWhateverTheStep() {
    LearningRate.Step rate = new LearningRate.Step(0.5, 3, 0.5);
    assertFollows("step", rate);
    assertThat(rate.at(1000, 12, 2)).isEqualTo(0.5);
  }

  @Test
  void linearGoesStraightToTheEnd() {
    assertFollows("linear", new LearningRate.Linear(0.5, 0.125));
  }

  /** torch's warm-up from 1/5 in 4 steps: (t + 1)/5, then 1. */
  @Test
  void warmUpScalesWhatFollows() {
    assertFollows("warm-up", new LearningRate.WarmUp(5, LearningRate.of(0.5)));
    LearningRate scaled = new LearningRate.WarmUp(2, new LearningRate.Linear(1, 0));
    assertThat(scaled.at(0, 10, 0)).isEqualTo(0.5);
    assertThat(scaled.at(1, 10, 0)).isEqualTo(0.9);
    assertThat(scaled.at(5, 10, 0)).isEqualTo(0.5);
  }

  @Test
  void constantIsConstant() {
    assertThat(LearningRate.of(0.3).at(7, 9, 3)).isEqualTo(0.3);
  }

  @Test
  void everyRateComesBackFromJson() throws Exception {
    for (LearningRate rate :
        new LearningRate[] {
          LearningRate.of(0.1),
          new LearningRate.Cosine(0.5, 0.1),
          new LearningRate.Step(1, 2, 0.5),
          new LearningRate.Linear(1, 0),
          new LearningRate.WarmUp(3, new LearningRate.Cosine(1, 0))
        }) {
      Training training = Training.DEFAULTS.withLearningRate(rate);
      assertThat(Json.read(Json.write(training), Training.class)).isEqualTo(training);
    }
  }

  @Test
  void whatIsOutOfRangeIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LearningRate.of(-1))
        .withMessage("rate must be >= 0 and finite, but was -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LearningRate.Step(1, 0, 0.5))
        .withMessageContaining("everyEpochs");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LearningRate.Step(1, 1, 0))
        .withMessageContaining("factor");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LearningRate.WarmUp(0, LearningRate.of(1)))
        .withMessageContaining("steps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LearningRate.Cosine(Double.NaN, 0))
        .withMessageContaining("start");
  }
}
