package org.erasus.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.erasus.zoo.data.DrawnDigits.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DrawnDigitsTest {
  private static final int SIDE = 28;
  private static final DrawnDigits DIGITS = DrawnDigits.of(11);

  /**
   * Pins that a seed gives these very bytes on every machine and Java version; whether the bytes are good drawings is
   * shown by the other tests. Half of the rows are hard, so that every way of drawing is in it. A change of the drawing
   * must change this number, and is a change of every experiment on the data.
   */
  @Test
  void sameSeedGivesTheSameBytesEverywhere() throws Exception {
    DrawnDigits digits = DrawnDigits.of(2024).withHardFraction(0.5);
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    for (Part part : Part.values()) {
      Images rows = digits.rows(part, 90, 190);
      sha.update(rows.pixels());
      for (int label : rows.labels()) {
        sha.update((byte) label);
      }
    }
    assertThat(HexFormat.of().formatHex(sha.digest()))
        .isEqualTo("514eac43f8b52a154b4baea93512c1eb642e97a705d209baa2fc8ec8a8202014");
  }

  @Test
  void everyTenRowsHoldEachDigitOnce() {
    Images data = DIGITS.train(1000);

    for (int from = 0; from < data.count(); from += 10) {
      assertThat(data.slice(from, from + 10).classCounts()).containsOnly(1);
    }
    assertThat(data.slice(0, 10).labels()).isNotEqualTo(data.slice(10, 20).labels());
    assertThat(data.shape()).isEqualTo(new Images.Shape(1, SIDE, SIDE));
    assertThat(data.classNames()).isEqualTo(Idx.DIGITS);
  }

  /** One row at a time is drawn by one thread; the range is drawn by as many as there are. */
  @Test
  void aRangeIsItsRowsDrawnAloneByOneThread() {
    for (Part part : Part.values()) {
      List<Images> alone =
          IntStream.range(35, 435).mapToObj(row -> DIGITS.rows(part, row, row + 1)).toList();
      assertThat(Images.concat(alone)).isEqualTo(DIGITS.rows(part, 35, 435));
    }
    assertThat(DIGITS.train(100).slice(40, 90)).isEqualTo(DIGITS.rows(Part.TRAIN, 40, 90));
    assertThat(DIGITS.test(100).slice(40, 90)).isEqualTo(DIGITS.rows(Part.TEST, 40, 90));
  }

  @Test
  void noTwoRowsAreAlike() {
    Images train = DIGITS.train(2000);
    Images test = DIGITS.test(1000);
    Images otherSeed = DIGITS.withSeed(12).train(1000);
    Set<String> seen = new HashSet<>();
    for (Images part : List.of(train, test, otherSeed)) {
      for (int row = 0; row < part.count(); row++) {
        seen.add(Arrays.toString(part.pixels(row)));
      }
    }
    assertThat(seen).hasSize(4000);
  }

  /**
   * If a share q of the drawings did not show their digit, an image and its nearest neighbour would both be sound only
   * about (1 − q)² of the time, and else agree by chance, 1 in 10. More than 80 % agreement therefore leaves q < 12 %,
   * and labels drawn at random would give 10 % ± 1.3 %.
   */
  @Test
  void picturesThatLookAlikeHaveTheSameLabel() {
    Images known = DIGITS.train(2000);
    Images unknown = DIGITS.test(500);

    assertThat(agreement(Neighbours.classify(known, unknown), unknown)).isGreaterThan(0.8);
  }

  /** Otherwise the rows called hard would not be. */
  @Test
  void hardRowsAreMissedMoreOften() {
    DrawnDigits half = DIGITS.withHardFraction(0.5);
    Images known = DIGITS.withHardFraction(0).train(2000);
    int[] hard = IntStream.range(0, 600).filter(row -> half.isHard(Part.TEST, row)).toArray();
    int[] easy = IntStream.range(0, 600).filter(row -> !half.isHard(Part.TEST, row)).toArray();
    Images rows = half.test(600);

    double onHard = agreement(Neighbours.classify(known, rows.take(hard)), rows.take(hard));
    double onEasy = agreement(Neighbours.classify(known, rows.take(easy)), rows.take(easy));

    assertThat(onHard).isBetween(0.2, onEasy - 0.15);
  }

  /** The count of hard rows among n is n f ± √(n f (1 − f)); six deviations are allowed. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.03, 0.5, 1})
  void theFractionOfHardRowsIsTheOneAskedFor(double fraction) {
    DrawnDigits digits = DIGITS.withHardFraction(fraction);
    int n = 20_000;
    double expected = n * fraction;

    long hard = IntStream.range(0, n).filter(row -> digits.isHard(Part.TRAIN, row)).count();

    assertThat(Math.abs(hard - expected))
        .isLessThanOrEqualTo(6 * Math.sqrt(expected * (1 - fraction)));
  }

  @Test
  void easyRowsDoNotDependOnTheFractionOfHardOnes() {
    DrawnDigits some = DIGITS.withHardFraction(0.3);
    Images mixed = some.train(200);
    Images plain = DIGITS.withHardFraction(0).train(200);

    for (int row = 0; row < 200; row++) {
      boolean same = Arrays.equals(mixed.pixels(row), plain.pixels(row));
      assertThat(same).as("row %d", row).isEqualTo(!some.isHard(Part.TRAIN, row));
    }
  }

  /** What makes a figure the digit it is: how many holes it has, and whether they lie high or low. */
  @Test
  void neatDigitsHaveTheHolesOfTheirFigure() {
    DrawnDigits neat = new DrawnDigits(3, 0, 0);
    Images data = neat.train(300);
    List<Set<Integer>> holes =
        List.of(
            Set.of(1),
            Set.of(0),
            Set.of(0, 1), // with or without a loop
            Set.of(0),
            Set.of(0, 1), // open or closed
            Set.of(0),
            Set.of(1),
            Set.of(0),
            Set.of(2),
            Set.of(1));
    for (int row = 0; row < data.count(); row++) {
      int digit = data.label(row);
      List<Double> heights = holeHeights(data.pixels(row));
      assertThat(heights.size()).as("holes of %d", digit).isIn(holes.get(digit));
      if (digit == 6) {
        assertThat(heights.get(0)).isGreaterThan(16);
      } else if (digit == 9) {
        assertThat(heights.get(0)).isLessThan(12);
      }
    }
  }

  @Test
  void everyDigitIsWrittenInMoreThanOneWay() {
    Images data = new DrawnDigits(3, 0, 0).train(300);
    for (int digit = 0; digit < 10; digit++) {
      int wanted = digit;
      long ways =
          IntStream.range(0, data.count())
              .filter(row -> data.label(row) == wanted)
              .mapToObj(row -> Arrays.toString(data.pixels(row)))
              .distinct()
              .count();
      assertThat(ways).as("ways of writing %d", digit).isEqualTo(Glyphs.of(digit).size());
    }
  }

  @Test
  void inkLiesOnThePictureAndGroundIsDark() {
    Images data = DIGITS.withHardFraction(0).train(500);
    for (int row = 0; row < data.count(); row++) {
      byte[] image = data.pixels(row);
      int ink = 0;
      int inkAtEdge = 0;
      for (int i = 0; i < image.length; i++) {
        boolean inked = (image[i] & 0xFF) > 100;
        boolean edge = i % SIDE == 0 || i % SIDE == SIDE - 1 || i < SIDE || i >= SIDE * (SIDE - 1);
        ink += inked ? 1 : 0;
        inkAtEdge += inked && edge ? 1 : 0;
      }
      assertThat(ink).as("ink of row %d", row).isBetween(10, SIDE * SIDE / 2);
      assertThat(inkAtEdge).as("ink of row %d at the edge", row).isLessThan(SIDE / 2);
    }
  }

  @Test
  void badNumbersAreNamed() {
    assertThatThrownBy(() -> new DrawnDigits(0, -1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("distortion must be >= 0 and finite, but was -1.0");
    assertThatThrownBy(() -> DIGITS.withDistortion(Double.POSITIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DIGITS.withHardFraction(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hardFraction must be 0 to 1, but was NaN");
    assertThatThrownBy(() -> DIGITS.train(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DIGITS.train(Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2739137");
    assertThat(DIGITS.train(0).count()).isZero();
  }

  private static double agreement(int[] given, Images truth) {
    return IntStream.range(0, given.length).filter(i -> given[i] == truth.label(i)).count()
        / (double) given.length;
  }

  /** The mean row of each patch of ground that ink cuts off; lines are wide, so ground touches at corners too. */
  private static List<Double> holeHeights(byte[] image) {
    boolean[] visited = new boolean[image.length];
    List<Double> heights = new ArrayList<>();
    flood(image, visited, 0);
    for (int start = 0; start < image.length; start++) {
      if (!visited[start] && ground(image, start)) {
        heights.add(
            flood(image, visited, start).stream().mapToInt(i -> i / SIDE).average().orElseThrow());
      }
    }
    return heights;
  }

  private static List<Integer> flood(byte[] image, boolean[] visited, int start) {
    List<Integer> patch = new ArrayList<>();
    ArrayDeque<Integer> open = new ArrayDeque<>(List.of(start));
    visited[start] = true;
    while (!open.isEmpty()) {
      int i = open.remove();
      patch.add(i);
      int column = i % SIDE;
      for (int dy = -1; dy <= 1; dy++) {
        for (int dx = -1; dx <= 1; dx++) {
          int next = i + dy * SIDE + dx;
          boolean inside =
              column + dx >= 0 && column + dx < SIDE && next >= 0 && next < image.length;
          if (inside && !visited[next] && ground(image, next)) {
            visited[next] = true;
            open.add(next);
          }
        }
      }
    }
    return patch;
  }

  private static boolean ground(byte[] image, int i) {
    return (image[i] & 0xFF) < 128;
  }
}
