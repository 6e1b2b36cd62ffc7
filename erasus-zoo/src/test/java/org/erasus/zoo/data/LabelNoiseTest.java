package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelNoiseTest {
  private static final int CLASSES = 10;
  private static final int[] LABELS = IntStream.range(0, 1000).map(i -> i % CLASSES).toArray();
  private static final int[] ROWS = IntStream.range(200, 900).toArray();

  @Property(tries = 200)
  void flipsTheAskedNumberOfOfferedRowsToWrongLabels(
      @ForAll long seed,
      @ForAll @IntRange(min = 2, max = 12) int classes,
      @ForAll @IntRange(min = 1, max = 20) int twentieths) {
    int[] labels = IntStream.range(0, 60).map(i -> i % classes).toArray();
    int[] rows = IntStream.range(10, 50).toArray();

    LabelNoise.Flips flips = new LabelNoise(twentieths / 20.0, seed).flip(labels, classes, rows);
    int[] noisy = flips.applyTo(labels);

    assertThat(flips.count()).isEqualTo(2 * twentieths); // 40 rows, twentieths of them
    assertThat(IntStream.range(0, 60).filter(i -> noisy[i] != labels[i]).toArray())
        .isEqualTo(flips.rows());
    assertThat(IntStream.of(flips.rows())).allMatch(row -> row >= 10 && row < 50);
    assertThat(IntStream.of(noisy)).allMatch(label -> label >= 0 && label < classes);
    for (int k = 0; k < flips.count(); k++) {
      assertThat(flips.oldLabels()[k]).isEqualTo(labels[flips.rows()[k]]);
      assertThat(flips.newLabels()[k]).isEqualTo(noisy[flips.rows()[k]]);
    }
    assertThat(flips.undo(noisy)).isEqualTo(labels);
  }

  @Test
  void sameSeedSameFlipsWhateverTheOrderOfRows() {
    int[] backwards = IntStream.rangeClosed(1, 700).map(i -> 900 - i).toArray();
    LabelNoise.Flips flips = LabelNoise.DEFAULTS.flip(LABELS, CLASSES, ROWS);

    assertThat(LabelNoise.DEFAULTS.flip(LABELS, CLASSES, backwards))
        .isEqualTo(flips)
        .hasSameHashCodeAs(flips);
    LabelNoise.Flips other = LabelNoise.DEFAULTS.withSeed(1).flip(LABELS, CLASSES, ROWS);
    assertThat(other.rows()).isNotEqualTo(flips.rows());
    assertThat(other).isNotEqualTo(flips);
  }

  @Test
  void aLargerFractionFlipsTheSameRowsAndMore() {
    int[] few = LabelNoise.DEFAULTS.withFraction(0.1).flip(LABELS, CLASSES, ROWS).rows();
    int[] many = LabelNoise.DEFAULTS.withFraction(0.3).flip(LABELS, CLASSES, ROWS).rows();

    assertThat(few).hasSize(70);
    assertThat(many).hasSize(210).contains(few);
  }

  /**
   * Each of 9 wrong labels is as likely: 9,000 flips of label 0 give each 1,000 ± √(9000 · 8/81) = 30, and six
   * deviations are allowed.
   */
  @Test
  void wrongLabelsAreDrawnEvenly() {
    int[] labels = new int[9000];
    int[] rows = IntStream.range(0, 9000).toArray();
    int[] counts = new int[CLASSES];
    for (int label : new LabelNoise(1, 3).flip(labels, CLASSES, rows).newLabels()) {
      counts[label]++;
    }
    assertThat(counts[0]).isZero();
    assertThat(Arrays.stream(counts, 1, CLASSES)).allMatch(n -> n > 820 && n < 1180);
  }

  @Test
  void givenLabelsAndReturnedArraysAreNotShared() {
    int[] labels = LABELS.clone();
    LabelNoise.Flips flips = LabelNoise.DEFAULTS.flip(labels, CLASSES, ROWS);
    flips.applyTo(labels);
    flips.rows()[0] = -1;
    flips.oldLabels()[0] = -1;
    flips.newLabels()[0] = -1;

    assertThat(labels).isEqualTo(LABELS);
    assertThat(flips).isEqualTo(LabelNoise.DEFAULTS.flip(labels, CLASSES, ROWS));
    assertThat(flips).hasToString("Flips[140 rows]");
  }

  @Test
  void applyingTwiceOrToOtherLabelsIsRefused() {
    LabelNoise.Flips flips = LabelNoise.DEFAULTS.flip(LABELS, CLASSES, ROWS);
    int[] noisy = flips.applyTo(LABELS);

    assertThatThrownBy(() -> flips.applyTo(noisy))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("labels[" + flips.rows()[0] + "] must be");
    assertThatThrownBy(() -> flips.undo(LABELS)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> flips.applyTo(new int[0])).hasMessageContaining("there are 0 labels");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, 1.01, Double.NaN})
  void fractionMustBeAPart(double fraction) {
    assertThatThrownBy(() -> new LabelNoise(fraction, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fraction must be > 0 and <= 1, but was " + fraction);
  }

  @Test
  void badRowsAreNamed() {
    LabelNoise noise = LabelNoise.DEFAULTS;

    assertThatThrownBy(() -> noise.flip(LABELS, CLASSES, 5, 4, 5, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rows must not repeat, but 5 comes twice");
    assertThatThrownBy(() -> noise.flip(LABELS, CLASSES, 1000))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("rows must be 0 to 999, but one was 1000");
    assertThatThrownBy(() -> noise.flip(LABELS, CLASSES, 1, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fraction must flip at least one row, but 0.2 of 2 rows is none");
    assertThatThrownBy(() -> noise.flip(LABELS, 1, 0, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("classes must be >= 2, but was 1");
    assertThatThrownBy(() -> noise.flip(LABELS, 5, ROWS))
        .hasMessage("labels must be 0 to 4, but labels[205] was 5");
  }
}
