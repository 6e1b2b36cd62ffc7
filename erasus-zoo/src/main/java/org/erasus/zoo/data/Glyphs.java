package org.erasus.zoo.data;

import java.util.Arrays;
import java.util.List;

/**
 * How people write the ten digits: strokes of a pen in the unit square, x to the right and y downwards.
 *
 * <p>A stroke is the list of points the pen passes, joined by a smooth curve; a point given twice is a corner. The
 * points were placed by hand for this library.
 */
final class Glyphs {
  /** Ways of writing each digit, by label. */
  private static final List<List<Glyph>> DIGITS =
      List.of(
          List.of(
              // 0: round; narrow; begun with a hook inside
              glyph(
                  ".56,.02 .32,.10 .17,.36 .17,.64 .32,.90 .54,.98 .74,.87 .84,.60 .82,.32 .70,.09 .52,.02"),
              glyph(".54,.00 .37,.12 .28,.50 .36,.88 .52,1.0 .66,.86 .73,.48 .66,.12 .50,.01"),
              glyph(
                  ".66,.16 .50,.03 .28,.14 .16,.48 .27,.86 .50,.98 .74,.84 .83,.48 .72,.16 .54,.05 .42,.12")),
          List.of(
              // 1: a bar; with a flag; with flag and foot
              glyph(".51,.00 .50,.50 .49,1.0"),
              glyph(".32,.24 .44,.13 .53,.00 .53,.00 .53,.50 .52,1.0"),
              glyph(".30,.24 .43,.13 .52,.00 .52,.00 .52,.50 .52,.98", ".28,.99 .52,.99 .76,.98")),
          List.of(
              // 2: with a corner; with a loop; flat like a z
              glyph(
                  ".20,.24 .30,.06 .54,.00 .76,.12 .78,.32 .62,.56 .40,.78 .19,.97 .19,.97 .50,.96 .83,.95"),
              glyph(
                  ".20,.20 .36,.03 .62,.03 .77,.22 .68,.48 .48,.73 .28,.91 .17,.87 .24,.77 .42,.83 .62,.94 .86,.88"),
              glyph(
                  ".22,.12 .42,.03 .66,.05 .75,.20 .66,.42 .42,.72 .20,.96 .20,.96 .50,.97 .80,.99")),
          List.of(
              // 3: round; with a flat top
              glyph(
                  ".22,.14 .40,.01 .64,.03 .76,.20 .66,.39 .44,.47 .44,.47 .68,.53 .80,.72 .68,.92 .44,.99 .19,.88"),
              glyph(
                  ".22,.03 .50,.03 .75,.02 .75,.02 .60,.22 .44,.40 .44,.40 .68,.46 .79,.68 .66,.91 .42,.99 .18,.90")),
          List.of(
              // 4: open; closed; open, with the bar through a long stem
              glyph(".28,.03 .22,.30 .18,.55 .18,.55 .50,.56 .84,.53", ".70,.05 .68,.50 .65,1.0"),
              glyph(".84,.66 .50,.66 .12,.67 .12,.67 .36,.34 .62,.01 .62,.01 .62,.50 .61,1.0"),
              glyph(".24,.06 .20,.30 .24,.46 .44,.50 .72,.44", ".74,.02 .70,.35 .68,.66 .64,.99")),
          List.of(
              // 5: roof drawn last; in one go
              glyph(
                  ".28,.04 .25,.24 .23,.44 .23,.44 .44,.37 .68,.43 .79,.66 .68,.90 .44,.99 .18,.90",
                  ".28,.04 .52,.04 .78,.02"),
              glyph(
                  ".78,.04 .52,.03 .32,.06 .32,.06 .28,.24 .26,.42 .26,.42 .54,.42 .76,.58 .72,.84 .50,.98 .20,.94")),
          List.of(
              // 6: curved; with a straight back
              glyph(
                  ".70,.03 .45,.16 .26,.42 .20,.70 .32,.93 .54,.98 .74,.86 .76,.66 .60,.52 .40,.56 .23,.72"),
              glyph(
                  ".58,.00 .42,.24 .27,.52 .21,.76 .36,.97 .60,.96 .73,.80 .66,.62 .46,.60 .25,.76")),
          List.of(
              // 7: plain; with a bar; with a serif
              glyph(".18,.05 .50,.04 .80,.03 .80,.03 .64,.40 .50,.70 .40,1.0"),
              glyph(".18,.06 .50,.05 .82,.03 .82,.03 .62,.44 .42,1.0", ".34,.52 .52,.50 .74,.48"),
              glyph(".19,.20 .19,.06 .19,.06 .50,.07 .78,.03 .78,.03 .70,.28 .56,.60 .48,1.0")),
          List.of(
              // 8: in one go; two rings
              glyph(
                  ".72,.14 .54,.01 .32,.07 .28,.26 .44,.43 .66,.56 .78,.76 .66,.95 .44,.99 .24,.89 .24,.70 .40,.54 .60,.42 .74,.24 .66,.08"),
              glyph(
                  ".52,.46 .34,.38 .28,.20 .40,.03 .60,.02 .73,.18 .67,.37 .50,.46",
                  ".52,.47 .30,.58 .22,.78 .36,.96 .58,.99 .78,.86 .76,.62 .50,.46")),
          List.of(
              // 9: straight stem; curved tail
              glyph(
                  ".74,.16 .56,.01 .33,.06 .24,.27 .33,.47 .54,.48 .73,.26 .75,.14 .75,.14 .73,.50 .69,1.0"),
              glyph(
                  ".73,.20 .58,.02 .34,.07 .26,.28 .38,.47 .60,.43 .73,.20 .77,.46 .72,.76 .54,.96 .28,.95")));

  /**
   * One way of writing one digit.
   *
   * @param strokes each a list of x, y, x, y, … of the points it passes
   */
  record Glyph(List<List<Double>> strokes) {}

  private Glyphs() {}

  /** The ways of writing a digit, the most common first. */
  static List<Glyph> of(int digit) {
    return DIGITS.get(digit);
  }

  private static Glyph glyph(String... strokes) {
    return new Glyph(Arrays.stream(strokes).map(Glyphs::points).toList());
  }

  private static List<Double> points(String stroke) {
    return Arrays.stream(stroke.split("[ ,]", -1)).map(Double::valueOf).toList();
  }
}
