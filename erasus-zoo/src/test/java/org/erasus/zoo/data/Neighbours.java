package org.erasus.zoo.data;

import java.util.stream.IntStream;

/** The simplest classifier that looks at pictures: the label of the closest known one, by squared distance of pixels. */
final class Neighbours {
  /** Length of an image as a vector after its brightness was made even. */
  private static final double LENGTH = 1500;

  private Neighbours() {}

  /** Labels given to the unknown images, (N). */
  static int[] classify(Images known, Images unknown) {
    byte[] knownPixels = known.pixels();
    return IntStream.range(0, unknown.count())
        .parallel()
        .map(row -> known.label(nearest(knownPixels, known.count(), unknown.pixels(row))))
        .toArray();
  }

  /**
   * Prepares grey images the way MNIST was: the centre of mass in the middle of the picture. Faint ground is dropped,
   * and brightness made even, so that thin and faint figures are not everybody's neighbour.
   */
  static Images centred(Images images) {
    int width = images.shape().width();
    int height = images.shape().height();
    byte[] moved = new byte[images.count() * images.shape().size()];
    for (int row = 0; row < images.count(); row++) {
      byte[] image = images.pixels(row);
      double mass = 0;
      double x = 0;
      double y = 0;
      double squares = 0;
      for (int i = 0; i < image.length; i++) {
        int value = ink(image[i]);
        mass += value;
        x += value * (i % width);
        y += value * (i / width);
        squares += (double) value * value;
      }
      int right = (int) Math.round((width - 1) / 2.0 - x / mass);
      int down = (int) Math.round((height - 1) / 2.0 - y / mass);
      for (int i = 0; i < image.length; i++) {
        int column = i % width + right;
        int line = i / width + down;
        if (column >= 0 && column < width && line >= 0 && line < height) {
          int value = (int) Math.min(255, ink(image[i]) * LENGTH / Math.sqrt(squares));
          moved[(row * height + line) * width + column] = (byte) value;
        }
      }
    }
    return Images.of(moved, images.labels(), images.shape(), images.classNames());
  }

  private static int ink(byte pixel) {
    int value = pixel & 0xFF;
    return value < 60 ? 0 : value;
  }

  private static int nearest(byte[] known, int count, byte[] image) {
    int nearest = 0;
    long least = Long.MAX_VALUE;
    for (int row = 0; row < count; row++) {
      long distance = 0;
      for (int i = 0; i < image.length; i++) {
        int difference = (known[row * image.length + i] & 0xFF) - (image[i] & 0xFF);
        distance += (long) difference * difference;
      }
      if (distance < least) {
        least = distance;
        nearest = row;
      }
    }
    return nearest;
  }
}
