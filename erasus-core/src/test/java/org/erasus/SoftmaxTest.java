package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SoftmaxTest {
  /** exp(1000) is no number in 64 bits; shifted by the largest, (0, log 3) says ¼ and ¾. */
  @Test
  void largeLogitsDoNotOverflow() {
    float shift = 1024;
    float[] z = {shift, shift + (float) Math.log(3)};
    assertThat(Softmax.of(z)).containsExactly(new double[] {0.25, 0.75}, within(1e-4));
    assertThat(Softmax.logNormaliser(z)).isCloseTo(shift + Math.log(4), within(1e-3));
  }

  @Test
  void aRowAmongOthersIsItsOwn() {
    float[] z = {1, 2, 3, -4, 5};
    assertThat(Softmax.logNormaliser(z, 1, 3))
        .isEqualTo(Softmax.logNormaliser(new float[] {2, 3, -4}));
    assertThat(Softmax.of(new float[] {0, 0, 0, 0})).containsOnly(0.25);
  }
}
