package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.erasus.eval.metrics.Wasserstein;

/** A matrix of classes as a table whose cells are shaded. */
final class MatrixTable {
  /** Beyond this a table cannot be read; the numbers are in the JSON. */
  static final int MOST_CLASSES = 40;

  private MatrixTable() {}

  /**
   * A confusion matrix: rows of the table are true classes that occur, columns predicted classes, shades shares of a row.
   *
   * @param counts (C, C), not more than {@link #MOST_CLASSES}
   */
  static String counts(String caption, List<List<Integer>> counts) {
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < counts.size(); c++) {
      double total = counts.get(c).stream().mapToInt(Integer::intValue).sum();
      if (total > 0) {
        Stream<String> cells =
            counts.get(c).stream()
                .map(count -> cell(count / total, count == 0 ? "·" : Integer.toString(count)));
        rows.add(row(c, cells));
      }
    }
    return table(caption, IntStream.range(0, counts.size()).boxed().toList(), rows);
  }

  /**
   * Distances between classes: rows of the table are classes of the first network, columns those of the second.
   *
   * @param matrix of not more than {@link #MOST_CLASSES} classes
   * @param most the distance of the darkest shade, the same for tables that are compared
   */
  static String distances(String caption, Wasserstein.Matrix matrix, double most) {
    int decimals = most > 0 ? (int) Math.max(0, 2 - Math.floor(Math.log10(most))) : 0;
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < matrix.classes().size(); i++) {
      Stream<String> cells =
          matrix.distances().get(i).stream()
              .map(d -> cell(most > 0 ? d / most : 0, Parts.number(d, decimals)));
      rows.add(row(matrix.classes().get(i), cells));
    }
    return table(caption, matrix.classes(), rows);
  }

  private static List<String> row(int label, Stream<String> cells) {
    return Stream.concat(Stream.of(Integer.toString(label)), cells).toList();
  }

  private static String cell(double share, String number) {
    return String.format(
        Locale.ROOT,
        "<span class=\"share%s\" style=\"--share:%.3f\">%s</span>",
        share > 0.55 ? " dark" : "",
        share,
        number);
  }

  private static String table(String caption, List<Integer> classes, List<List<String>> rows) {
    List<String> header =
        Stream.concat(Stream.of(""), classes.stream().map(c -> Integer.toString(c))).toList();
    return "<section class=\"card matrix\">" + Html.table(caption, header, rows) + "</section>\n";
  }
}
