package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ImagesTest {
  private static final List<String> CLASSES = List.of("low", "high");

  /** Three images of two channels, one row, two columns: (3, 2, 1, 2). */
  private static final byte[] PIXELS = {
    0, 51, (byte) 255, (byte) 204, 1, 2, 3, 4, 100, 101, 102, (byte) 200
  };

  private static final Images.Shape SHAPE = new Images.Shape(2, 1, 2);

  private static Images images() {
    return Images.of(PIXELS, new int[] {0, 1, 1}, SHAPE, CLASSES);
  }

  @Test
  void bytesAreUnsignedAndScaledByTheirLargestValue() {
    assertThat(images().slice(0, 1).scaled()).containsExactly(0f, 0.2f, 1f, 0.8f);
  }

  /** Channel 0 has 0 and 0.2, channel 1 has 1 and 0.8; (v − mean) / std by hand. */
  @Test
  void eachChannelIsNormalizedWithItsOwnMeanAndDeviation() {
    float[] values =
        images().slice(0, 1).normalized(new float[] {0.1f, 0.5f}, new float[] {0.1f, 0.25f});

    assertThat(values).containsExactly(new float[] {-1f, 1f, 2f, 1.2f}, within(1e-5f));
  }

  /** Two values a and b have mean (a + b) / 2 and deviation |a − b| / 2. */
  @Test
  void momentsAreTakenPerChannelOnTheScaleOfZeroToOne() {
    Images one = images().slice(0, 1);

    assertThat(one.channelMeans()).containsExactly(new float[] {0.1f, 0.9f}, within(1e-6f));
    assertThat(one.channelStds()).containsExactly(new float[] {0.1f, 0.1f}, within(1e-6f));
  }

  @Test
  void momentsOfNoImagesAreNotANumber() {
    assertThat(images().slice(1, 1).channelMeans()).containsExactly(Float.NaN, Float.NaN);
  }

  @Test
  void takeFollowsTheOrderGivenAndMayRepeatRows() {
    Images taken = images().take(2, 0, 2);

    assertThat(taken.labels()).containsExactly(1, 0, 1);
    assertThat(taken.pixels(0)).containsExactly(100, 101, 102, 200);
    assertThat(taken.pixels(1)).containsExactly(0, 51, 255, 204);
    assertThat(taken.pixels(2)).containsExactly(100, 101, 102, 200);
  }

  @Test
  void sliceKeepsTheRowsFromTheFirstUpToTheLast() {
    assertThat(images().slice(1, 3)).isEqualTo(images().take(1, 2));
    assertThat(images().slice(2, 2).count()).isZero();
  }

  @Test
  void concatUndoesSlice() {
    Images all = images();

    assertThat(Images.concat(List.of(all.slice(0, 1), all.slice(1, 1), all.slice(1, 3))))
        .isEqualTo(all);
  }

  @Test
  void concatRefusesOtherShapesAndOtherClasses() {
    Images grey = Images.of(PIXELS, new int[3], new Images.Shape(1, 2, 2), CLASSES);
    Images renamed = Images.of(PIXELS, new int[3], SHAPE, List.of("a", "b"));

    for (Images other : List.of(grey, renamed)) {
      assertThatThrownBy(() -> Images.concat(List.of(images(), other)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("same shape and class names");
      assertThatThrownBy(() -> new TrainTest(images(), other))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Images.concat(List.of())).hasMessageContaining("at least one");
  }

  @Test
  void arraysAreCopiedOnTheWayInAndOut() {
    byte[] pixels = PIXELS.clone();
    int[] labels = {0, 1, 1};
    Images images = Images.of(pixels, labels, SHAPE, CLASSES);
    pixels[0] = 9;
    labels[0] = 1;
    images.pixels()[1] = 9;
    images.pixels(0)[2] = 9;
    images.labels()[1] = 0;

    assertThat(images).isEqualTo(images());
  }

  @Test
  void withLabelsLeavesTheOriginalAlone() {
    Images original = images();
    Images changed = original.withLabels(1, 0, 0);

    assertThat(changed.labels()).containsExactly(1, 0, 0);
    assertThat(changed.pixels()).isEqualTo(original.pixels());
    assertThat(original.labels()).containsExactly(0, 1, 1);
    assertThatThrownBy(() -> original.withLabels(0, 1))
        .hasMessage("pixels must hold labels x C x H x W = 2 x 4 bytes, but has 12");
  }

  @Test
  void classCountsIncludeClassesWithoutImages() {
    assertThat(images().classCounts()).containsExactly(1, 2);
    assertThat(images().slice(1, 3).classCounts()).containsExactly(0, 2);
  }

  @Test
  void equalityComparesContents() {
    byte[] other = PIXELS.clone();
    other[11]++;

    assertThat(images()).isEqualTo(images()).hasSameHashCodeAs(images());
    assertThat(images()).isNotEqualTo(Images.of(other, new int[] {0, 1, 1}, SHAPE, CLASSES));
    assertThat(images()).isNotEqualTo(images().withLabels(0, 1, 0));
    assertThat(images()).hasToString("Images[3 of 2x1x2, 2 classes]");
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> Images.of(PIXELS, new int[] {0, 2, 1}, SHAPE, CLASSES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("labels must be 0 to 1, but labels[1] was 2");
    assertThatThrownBy(() -> Images.of(PIXELS, new int[] {0, -1, 1}, SHAPE, CLASSES))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Images.of(PIXELS, new int[3], SHAPE, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Images.Shape(3, 0, 32))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Images.Shape(65_536, 65_536, 65_536))
        .hasMessageContaining("must fit an int");
    assertThatThrownBy(() -> images().normalized(new float[2], new float[] {1, 0}))
        .hasMessage("std[1] must be > 0, but was 0.0");
    assertThatThrownBy(() -> images().normalized(new float[] {0, Float.NaN}, new float[] {1, 1}))
        .hasMessage("mean[1] must be finite, but was NaN");
    assertThatThrownBy(() -> images().normalized(new float[3], new float[] {1, 1}))
        .hasMessageContaining("one number per channel (2), but has 3");
  }

  @Test
  void rowsThatAreNotThereAreRefused() {
    assertThatThrownBy(() -> images().label(3))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("row must be 0 to 2, but was 3");
    assertThatThrownBy(() -> images().pixels(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> images().take(0, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> images().slice(2, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> images().slice(0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
  }
}
