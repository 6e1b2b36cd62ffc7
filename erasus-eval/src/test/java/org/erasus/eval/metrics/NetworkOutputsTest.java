package org.erasus.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class NetworkOutputsTest {
  private static Network endingIn(UnaryOperator<NDArray> last) {
    return Network.of(
        new Sequential().add("head", new Linear(Toys.CLASSES)).apply(last),
        new Shape(Toys.WIDTH),
        1);
  }

  /** Else they were soft-maxed twice without a word. A log-softmax changes nothing. */
  @Test
  void aSoftmaxAtTheEndIsNoticed() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network softmax = endingIn(z -> z.softmax(1));
        Network logSoftmax = endingIn(z -> z.logSoftmax(1));
        Network plain = endingIn(z -> z.mul(1f))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkOutputs.of("mine", softmax, data))
          .withMessageStartingWith(
              "network \"mine\": split \"forget\": outputs must be logits, but every row lies in [0, 1]")
          .withMessageContaining("take the softmax off");
      assertThat(Differences.accuracy(NetworkOutputs.of("mine", logSoftmax, data).forget()))
          .isEqualTo(Differences.accuracy(NetworkOutputs.of("mine", plain, data).forget()));
    }
  }

  @Test
  void outputsThatAreNotFiniteNameNetworkAndSplit() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network endless = endingIn(z -> z.mul(Float.POSITIVE_INFINITY))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NetworkOutputs.score("mine", endless, data.forget(), "attacked"))
          .withMessageStartingWith(
              "network \"mine\": split \"attacked\": row 0 must have finite outputs");
    }
  }
}
