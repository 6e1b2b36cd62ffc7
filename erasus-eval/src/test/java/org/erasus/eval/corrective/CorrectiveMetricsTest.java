package org.erasus.eval.corrective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.eval.metrics.Measure;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

class CorrectiveMetricsTest {
  private static final double CLOSE = 1e-12;

  /** Logits W x + b of pictures of 2 × 2 pixels. */
  private static Network network(int classes, float... parameters) {
    Network network =
        Network.of(
            new Sequential().apply(x -> x.flatten(1, -1)).add("head", new Linear(classes)),
            new Shape(1, 2, 2),
            1);
    try (Weights weights = Weights.of(network.layout(), parameters, new float[0])) {
      network.restore(weights);
    }
    return network;
  }

  /** Pictures of which the first pixel alone is set: 1, −1, 1 for classes 0, 1, 2. */
  private static float[] pictures(int... labels) {
    float[] values = new float[4 * labels.length];
    for (int i = 0; i < labels.length; i++) {
      values[4 * i] = labels[i] == 1 ? -1 : 1;
    }
    return values;
  }

  private static UnlearningDataset data(int classes, int... unseen) {
    int[] trained = {0, 1, 0, 1, 0, 1, 1, 1};
    return UnlearningDataset.of(pictures(trained), new Shape(1, 2, 2), trained, classes)
        .withUnseen(pictures(unseen), unseen);
  }

  private static void assertShare(Map<String, Measure> found, String name, double share) {
    assertThat(found.get(name))
        .as(name)
        .isInstanceOfSatisfying(
            Measure.Estimated.class,
            m -> {
              assertThat(m.interval().estimate()).isCloseTo(share, within(CLOSE));
              assertThat(m.interval().halfWidth()).isPositive();
            });
  }

  /**
   * Class 1 is seen in the first pixel, class 0 in the last, five times as strong, which is the trigger: of 2 rows of class
   * 0 and 3 of class 1 those of class 1 go over to 0 as soon as they bear it.
   */
  @Test
  void anOpenBackdoorIsSeenOnRowsThatBearTheTrigger() {
    try (UnlearningDataset clean = data(2, 0, 1, 1, 0, 1);
        Manipulated spoilt = new PoisonTrigger(0.5, 1, 1, 0).apply(clean, 1);
        Network open = network(2, 0, 0, 0, 5, -1, 0, 0, 0, 0, 0);
        Network shut = network(2, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0)) {
      Map<String, Measure> found = CorrectiveMetrics.of(open, spoilt, 0.95);
      assertShare(found, "corrected-accuracy", 2 / 5.0);
      assertShare(found, "accuracy-elsewhere", 1);
      assertShare(found, "backdoor-success", 1);

      Map<String, Measure> corrected = CorrectiveMetrics.of(shut, spoilt, 0.95);
      assertShare(corrected, "corrected-accuracy", 1);
      assertShare(corrected, "backdoor-success", 0);
    }
  }

  /** Everything is taken for class 0: right for 2 of the 3 rows of classes 0 and 1, and for none of class 2. */
  @Test
  void confusionIsSeenOnItsTwoClasses() {
    try (UnlearningDataset clean = data(3, 0, 1, 0, 2);
        Manipulated spoilt = new InterclassConfusion(0, 1, 0.5).apply(clean, 1);
        Network zero = network(3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0)) {
      Map<String, Measure> found = CorrectiveMetrics.of(zero, spoilt, 0.95);
      assertShare(found, "corrected-accuracy", 2 / 3.0);
      assertShare(found, "accuracy-elsewhere", 0);
      assertThat(found.get("backdoor-success")).isInstanceOf(Measure.Unavailable.class);
    }
    try (UnlearningDataset clean = data(2, 0, 1);
        Manipulated spoilt = new InterclassConfusion(0, 1, 0.5).apply(clean, 1);
        Network zero = network(2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0)) {
      assertThat(CorrectiveMetrics.of(zero, spoilt, 0.95).get("accuracy-elsewhere"))
          .as("there is no other class")
          .isInstanceOf(Measure.Unavailable.class);
    }
  }

  /** All eight rows bear the other label of two; right is what they had: a network of the right ones scores 1. */
  @Test
  void randomLabelsAreSeenOnTheSpoiltRowsWithTheirRightLabels() {
    try (UnlearningDataset clean = data(2, 0, 1, 1);
        Manipulated spoilt = new RandomLabelSwap(1).apply(clean, 1);
        Network right = network(2, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0);
        Network fooled = network(2, -1, 0, 0, 0, 1, 0, 0, 0, 0, 0)) {
      assertShare(CorrectiveMetrics.of(right, spoilt, 0.95), "corrected-accuracy", 1);
      assertShare(CorrectiveMetrics.of(fooled, spoilt, 0.95), "corrected-accuracy", 0);
      assertShare(CorrectiveMetrics.of(right, spoilt, 0.95), "accuracy-elsewhere", 1);
    }
  }

  @Test
  void withoutUnseenRowsNothingCanBeSaid() {
    try (UnlearningDataset clean =
            UnlearningDataset.of(pictures(0, 1), new Shape(1, 2, 2), new int[] {0, 1}, 2);
        Manipulated spoilt = new RandomLabelSwap(1).apply(clean, 1);
        Network network = network(2, 1, 0, 0, 0, -1, 0, 0, 0, 0, 0)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CorrectiveMetrics.of(network, spoilt, 0.95))
          .withMessageContaining("split \"unseen\" must have rows");
    }
  }
}
