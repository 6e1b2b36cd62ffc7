package org.erasus.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** A confusion matrix as a table whose cells are shaded by their share of the row. */
final class ConfusionTable {
  /** Beyond this a table cannot be read; the counts are in the JSON. */
  private static final int MOST_CLASSES = 40;

  private ConfusionTable() {}

  /**
   * Rows of the table are true classes that occur, columns predicted classes.
   *
   * @param counts (C, C)
   */
  static String of(String caption, List<List<Integer>> counts) {
    int classes = counts.size();
    if (classes > MOST_CLASSES) {
      return "";
    }
    List<String> header = new ArrayList<>(List.of(""));
    IntStream.range(0, classes).forEach(c -> header.add(Integer.toString(c)));
    List<List<String>> rows = new ArrayList<>();
    for (int c = 0; c < classes; c++) {
      int total = counts.get(c).stream().mapToInt(Integer::intValue).sum();
      if (total > 0) {
        rows.add(row(c, counts.get(c), total));
      }
    }
    return "<section class=\"card confusion\">"
        + Html.table(caption, header, rows)
        + "</section>\n";
  }

  private static List<String> row(int label, List<Integer> counts, int total) {
    List<String> row = new ArrayList<>(List.of(Integer.toString(label)));
    for (int count : counts) {
      double share = (double) count / total;
      row.add(
          String.format(
              Locale.ROOT,
              "<span class=\"share%s\" style=\"--share:%.3f\">%s</span>",
              share > 0.55 ? " dark" : "",
              share,
              count == 0 ? "·" : Integer.toString(count)));
    }
    return row;
  }
}
