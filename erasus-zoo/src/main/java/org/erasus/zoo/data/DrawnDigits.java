package org.erasus.zoo.data;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Draws pictures of handwritten digits from a seed: a data set of any size without a download.
 *
 * <p>Each picture is 28 × 28, grey, white ink on black. A digit has two or three ways of being written; each row bends
 * it, slants it, turns it, and draws it with its own pen. Every ten rows (0–9, 10–19, …) hold each digit once, in a
 * random order. A small part of the rows, {@code hardFraction}, is hard: bent out of shape, partly rubbed out, crossed
 * by a stray line, or written over another digit. A convolutional network of two layers, trained for five epochs on
 * 12,000 rows of {@link #DEFAULTS}, got 98.1 % and 98.3 % of 2,000 test rows right (two seeds): 98.9 % and 98.8 % of
 * the ordinary ones, 68 % and 83 % of the hard ones. What it gets right in training beyond that it has learnt by heart,
 * which is what experiments on forgetting need.
 *
 * <p>Row i depends only on the seed, the part and i. Any range can be drawn alone, and drawing with many threads gives
 * the same bytes as drawing with one. The same seed gives the same bytes on every machine and Java version, because
 * only arithmetic with a prescribed result is used.
 *
 * <pre>{@code
 * DrawnDigits digits = DrawnDigits.of(7);
 * Images train = digits.train(12_000);
 * Images test = digits.test(2_000);
 * }</pre>
 *
 * @param seed names the data set
 * @param distortion how far rows stray from the neat digit, 0 or more; 1 is ordinary handwriting, 0 draws every row
 *     neat and without noise, in one of the two or three ways
 * @param hardFraction chance of a row to be hard, 0 to 1
 */
public record DrawnDigits(long seed, double distortion, double hardFraction) {
  /** Ordinary handwriting with 3 % of hard rows. */
  public static final DrawnDigits DEFAULTS = new DrawnDigits(0, 1.0, 0.03);

  private static final int SIDE = 28;
  private static final Images.Shape SHAPE = new Images.Shape(1, SIDE, SIDE);

  /** Height of a neat digit in pixels. */
  private static final double SIZE = 19;

  /** Largest extent of a digit in pixels, so that it stays on the picture. */
  private static final double ROOM = 24;

  // Purposes of random streams: none shifts when another draws more or fewer numbers.
  private static final long LABELS = 1;
  private static final long SHAPES = 2;
  private static final long NOISE = 3;
  private static final long HARDNESS = 4;

  /** The two parts of the data set; no row of one is a row of the other. */
  public enum Part {
    /** Rows to train on. */
    TRAIN,
    /** Rows the training never sees. */
    TEST
  }

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if distortion is negative or not finite, or hardFraction is not within 0 to 1
   */
  public DrawnDigits {
    if (!(distortion >= 0 && distortion < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "distortion must be >= 0 and finite, but was %s".formatted(distortion));
    }
    if (!(hardFraction >= 0 && hardFraction <= 1)) {
      throw new IllegalArgumentException(
          "hardFraction must be 0 to 1, but was %s".formatted(hardFraction));
    }
  }

  /** The data set of a seed, otherwise {@link #DEFAULTS}. */
  public static DrawnDigits of(long seed) {
    return DEFAULTS.withSeed(seed);
  }

  /** The same with another seed. */
  public DrawnDigits withSeed(long seed) {
    return new DrawnDigits(seed, distortion, hardFraction);
  }

  /** The same with another distortion. */
  public DrawnDigits withDistortion(double distortion) {
    return new DrawnDigits(seed, distortion, hardFraction);
  }

  /** The same with another chance of hard rows. */
  public DrawnDigits withHardFraction(double hardFraction) {
    return new DrawnDigits(seed, distortion, hardFraction);
  }

  /**
   * Draws the first rows to train on.
   *
   * @param count how many, 0 to 2,739,137 (what fits one array)
   * @return (count, 1, 28, 28), ten classes
   * @throws IllegalArgumentException if the count is out of range
   */
  public Images train(int count) {
    return rows(Part.TRAIN, 0, count);
  }

  /**
   * Draws the first rows to test with.
   *
   * @param count how many, 0 to 2,739,137 (what fits one array)
   * @return (count, 1, 28, 28), ten classes
   * @throws IllegalArgumentException if the count is out of range
   */
  public Images test(int count) {
    return rows(Part.TEST, 0, count);
  }

  /**
   * Draws a range of rows, on all cores.
   *
   * @param part which part they belong to
   * @param from first row, 0 or more
   * @param to row after the last, {@code from} or more
   * @return (to − from, 1, 28, 28), ten classes
   * @throws IllegalArgumentException if the range is not one or its pixels do not fit one array
   */
  public Images rows(Part part, int from, int to) {
    if (from < 0 || to < from || to - from > Integer.MAX_VALUE / SHAPE.size()) {
      throw new IllegalArgumentException(
          "rows must run from 0 or more up to %d further, but were %d to %d"
              .formatted(Integer.MAX_VALUE / SHAPE.size(), from, to));
    }
    byte[] pixels = new byte[(to - from) * SHAPE.size()];
    int[] labels = new int[to - from];
    IntStream.range(from, to)
        .parallel()
        .forEach(
            row -> {
              labels[row - from] = label(part, row);
              draw(part, row, labels[row - from], pixels, (row - from) * SHAPE.size());
            });
    return Images.owning(pixels, labels, SHAPE, Idx.DIGITS);
  }

  /**
   * Whether a row is one of the hard ones, without drawing it.
   *
   * @param part which part it belongs to
   * @param row 0 or more
   */
  public boolean isHard(Part part, int row) {
    return stream(HARDNESS, part, row).uniform() < hardFraction;
  }

  /** The digit of a row: its place in a random order of the ten digits, one order for every ten rows. */
  private int label(Part part, int row) {
    SplitMix random = stream(LABELS, part, row / 10);
    int[] order = IntStream.range(0, 10).toArray();
    for (int last = 9; last > 0; last--) {
      int other = random.below(last + 1);
      int digit = order[last];
      order[last] = order[other];
      order[other] = digit;
    }
    return order[row % 10];
  }

  private void draw(Part part, int row, int digit, byte[] pixels, int offset) {
    SplitMix random = stream(SHAPES, part, row);
    Canvas canvas = new Canvas(SIDE);
    double pen = 1.25 * (1 + 0.28 * distortion * random.bell());
    double strength = 1 - Math.min(0.4 * distortion * random.uniform(), 0.9);
    double blur = Math.min(0.16 * distortion * random.uniform(), 0.3);
    if (isHard(part, row)) {
      drawHard(canvas, random, digit, pen, strength);
    } else {
      drawDigit(canvas, random, digit, distortion, pen, strength);
    }
    canvas.blur(blur);
    double noise = distortion * (0.01 + 0.04 * random.uniform());
    canvas.render(stream(NOISE, part, row), noise, pixels, offset);
  }

  private void drawHard(Canvas canvas, SplitMix random, int digit, double pen, double strength) {
    switch (random.below(4)) {
      case 0 -> drawDigit(canvas, random, digit, 1 + 1.4 * distortion, pen, strength);
      case 1 -> {
        drawDigit(canvas, random, digit, distortion, pen, strength);
        canvas.erase(random.between(7, 21), random.between(5, 23), random.between(4, 6.5));
      }
      case 2 -> {
        drawDigit(canvas, random, digit, distortion, pen, strength);
        double[] line = new double[6];
        for (int k = 0; k < line.length; k++) {
          line[k] = random.between(3, 25);
        }
        canvas.stroke(line, pen, pen, strength);
      }
      default -> {
        int other = (digit + 1 + random.below(9)) % 10;
        drawDigit(canvas, random, other, distortion, pen, strength * random.between(0.4, 0.85));
        drawDigit(canvas, random, digit, distortion, pen, strength);
      }
    }
  }

  /** Draws one digit in one of its ways, so far from neat as said. */
  private static void drawDigit(
      Canvas canvas, SplitMix random, int digit, double wildness, double pen, double strength) {
    List<Glyphs.Glyph> ways = Glyphs.of(digit);
    Glyphs.Glyph glyph = ways.get(random.below(ways.size()));
    Bend bend = Bend.of(random, wildness);
    List<double[]> strokes =
        glyph.strokes().stream().map(points -> bend.apply(points, random)).toList();
    place(strokes, random, wildness);
    for (double[] stroke : strokes) {
      double start = pen * (1 + 0.15 * wildness * random.bell());
      double end = pen * (1 + 0.15 * wildness * random.bell());
      canvas.stroke(stroke, Math.max(start, 0.5), Math.max(end, 0.5), strength);
    }
  }

  /** Moves the strokes to about the middle of the picture, and makes them smaller if they would not fit. */
  private static void place(List<double[]> strokes, SplitMix random, double wildness) {
    for (int axis = 0; axis < 2; axis++) {
      double least = Double.POSITIVE_INFINITY;
      double most = Double.NEGATIVE_INFINITY;
      for (double[] stroke : strokes) {
        for (int k = axis; k < stroke.length; k += 2) {
          least = Math.min(least, stroke[k]);
          most = Math.max(most, stroke[k]);
        }
      }
      double shrink = Math.min(1, ROOM / (most - least));
      double shift = SIDE / 2.0 + wildness * random.bell();
      for (double[] stroke : strokes) {
        for (int k = axis; k < stroke.length; k += 2) {
          stroke[k] = shift + shrink * (stroke[k] - (least + most) / 2);
        }
      }
    }
  }

  private SplitMix stream(long purpose, Part part, int row) {
    return SplitMix.of(seed, purpose, part == Part.TRAIN ? 0 : 1, row);
  }

  /**
   * One writer's way of bending a digit: two waves that push points sideways and up or down, then a matrix that
   * stretches, slants and turns, then a shake of each point.
   */
  private record Bend(List<Wave> waves, double xx, double xy, double yx, double yy, double shake) {
    static Bend of(SplitMix random, double wildness) {
      List<Wave> waves = List.of(Wave.of(random, wildness), Wave.of(random, wildness));
      double width = SIZE * (1 + 0.13 * wildness * random.bell());
      double height = SIZE * (1 + 0.09 * wildness * random.bell());
      double slant = 0.16 * wildness * random.bell();
      double angle = 0.12 * wildness * random.bell();
      double cos = StrictMath.cos(angle);
      double sin = StrictMath.sin(angle);
      // rotation · slant · stretch
      return new Bend(
          waves,
          cos * width,
          (-cos * slant - sin) * height,
          sin * width,
          (cos - sin * slant) * height,
          0.022 * wildness);
    }

    /** Points of the unit square to pixels; a corner stays a corner. */
    double[] apply(List<Double> points, SplitMix random) {
      double[] bent = new double[points.size()];
      for (int k = 0; k < bent.length; k += 2) {
        double x = points.get(k);
        double y = points.get(k + 1);
        if (k > 0 && x == points.get(k - 2) && y == points.get(k - 1)) {
          bent[k] = bent[k - 2];
          bent[k + 1] = bent[k - 1];
          continue;
        }
        double u = x - 0.5 + shake * random.bell();
        double v = y - 0.5 + shake * random.bell();
        for (Wave wave : waves) {
          double push = wave.at(x, y);
          u += wave.pushX() * push;
          v += wave.pushY() * push;
        }
        bent[k] = xx * u + xy * v;
        bent[k + 1] = yx * u + yy * v;
      }
      return bent;
    }
  }

  /** A smooth push: its direction is fixed, its size goes up and down across the unit square. */
  private record Wave(double pushX, double pushY, double alongX, double alongY, double phase) {
    static Wave of(SplitMix random, double wildness) {
      return new Wave(
          0.045 * wildness * random.bell(),
          0.04 * wildness * random.bell(),
          random.between(-5, 5),
          random.between(-5, 5),
          random.between(0, 2 * Math.PI));
    }

    double at(double x, double y) {
      return StrictMath.sin(alongX * x + alongY * y + phase);
    }
  }
}
