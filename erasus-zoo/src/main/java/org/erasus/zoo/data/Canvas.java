package org.erasus.zoo.data;

/**
 * A square grey picture on which a round pen draws.
 *
 * <p>A pixel's ink follows from the distance of its centre to the line, so edges are smooth. Only plain arithmetic and
 * square roots are used, which Java rounds alike everywhere.
 */
final class Canvas {
  /** Curve pieces between two points of a stroke. */
  private static final int PIECES = 6;

  /** Width in pixels of the band in which ink fades from full to none. */
  private static final double FADE = 1.3;

  private final int side;
  private double[] ink;

  Canvas(int side) {
    this.side = side;
    this.ink = new double[side * side];
  }

  /**
   * Draws a smooth curve through the points (Catmull–Rom); at a point given twice it has a corner.
   *
   * @param xy x, y, x, y, … in pixels, the centre of the top left pixel at 0.5, 0.5
   * @param startRadius half the width of the pen at the first point, in pixels
   * @param endRadius the same at the last point
   * @param strength ink of the pen, 0 to 1; where lines cross the stronger counts
   */
  void stroke(double[] xy, double startRadius, double endRadius, double strength) {
    int points = xy.length / 2;
    double fromX = xy[0];
    double fromY = xy[1];
    double fromRadius = startRadius;
    for (int i = 0; i + 1 < points; i++) {
      if (same(xy, i, i + 1)) {
        continue;
      }
      // Beyond a corner or an end there is no neighbour, so the point itself stands in for it.
      int before = Math.max(i - 1, 0);
      int after = Math.min(i + 2, points - 1);
      for (int piece = 1; piece <= PIECES; piece++) {
        double t = (double) piece / PIECES;
        double toX = between(xy[2 * before], xy[2 * i], xy[2 * i + 2], xy[2 * after], t);
        double toY =
            between(xy[2 * before + 1], xy[2 * i + 1], xy[2 * i + 3], xy[2 * after + 1], t);
        double toRadius = startRadius + (endRadius - startRadius) * (i + t) / (points - 1);
        line(fromX, fromY, toX, toY, (fromRadius + toRadius) / 2, strength);
        fromX = toX;
        fromY = toY;
        fromRadius = toRadius;
      }
    }
  }

  /** Takes the ink off a disc. */
  void erase(double x, double y, double radius) {
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        double dx = column + 0.5 - x;
        double dy = row + 0.5 - y;
        ink[row * side + column] *= 1 - cover(Math.sqrt(dx * dx + dy * dy) - radius);
      }
    }
  }

  /** Smears each pixel over its eight neighbours: weights (s, 1 − 2s, s) along rows, then along columns. */
  void blur(double s) {
    ink = blurred(blurred(ink, 1, s), side, s);
  }

  /** Adds noise and writes the picture as unsigned bytes. */
  void render(SplitMix random, double noise, byte[] into, int from) {
    for (int i = 0; i < ink.length; i++) {
      double value = 255 * (ink[i] + noise * random.bell());
      into[from + i] = (byte) Math.max(0, Math.min(255, (int) (value + 0.5)));
    }
  }

  /** Draws a straight line with round ends: looks only at the pixels that it can reach. */
  private void line(double x0, double y0, double x1, double y1, double radius, double strength) {
    double reach = radius + FADE / 2;
    double dx = x1 - x0;
    double dy = y1 - y0;
    double squared = Math.max(dx * dx + dy * dy, 1e-12);
    int left = Math.max((int) (Math.min(x0, x1) - reach - 0.5), 0);
    int right = Math.min((int) (Math.max(x0, x1) + reach + 0.5), side - 1);
    int top = Math.max((int) (Math.min(y0, y1) - reach - 0.5), 0);
    int bottom = Math.min((int) (Math.max(y0, y1) + reach + 0.5), side - 1);
    for (int row = top; row <= bottom; row++) {
      for (int column = left; column <= right; column++) {
        double px = column + 0.5 - x0;
        double py = row + 0.5 - y0;
        double along = Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
        double offX = px - along * dx;
        double offY = py - along * dy;
        double value = strength * cover(Math.sqrt(offX * offX + offY * offY) - radius);
        int i = row * side + column;
        ink[i] = Math.max(ink[i], value);
      }
    }
  }

  private double[] blurred(double[] from, int step, double s) {
    double[] to = new double[from.length];
    for (int i = 0; i < from.length; i++) {
      int place = step == 1 ? i % side : i / side;
      double before = place > 0 ? from[i - step] : 0;
      double after = place < side - 1 ? from[i + step] : 0;
      to[i] = (1 - 2 * s) * from[i] + s * (before + after);
    }
    return to;
  }

  /** How much of a pixel is covered whose centre lies so far outside the edge, 0 to 1. */
  private static double cover(double outside) {
    return Math.max(0, Math.min(1, 0.5 - outside / FADE));
  }

  private static boolean same(double[] xy, int i, int j) {
    return xy[2 * i] == xy[2 * j] && xy[2 * i + 1] == xy[2 * j + 1];
  }

  /** The Catmull–Rom curve between b (t = 0) and c (t = 1). */
  private static double between(double a, double b, double c, double d, double t) {
    double slopeB = (c - a) / 2;
    double slopeC = (d - b) / 2;
    double t2 = t * t;
    double t3 = t2 * t;
    return (2 * t3 - 3 * t2 + 1) * b
        + (t3 - 2 * t2 + t) * slopeB
        + (3 * t2 - 2 * t3) * c
        + (t3 - t2) * slopeC;
  }
}
