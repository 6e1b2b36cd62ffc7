package org.erasus.eval.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.erasus.eval.metrics.Wasserstein;
import org.junit.jupiter.api.Test;

class MatrixTableTest {
  /** Class 1 does not occur, so it has a column and no row. */
  @Test
  void countsAreShadedByTheirShareOfTheRow() {
    String table =
        MatrixTable.counts("counts", List.of(List.of(3, 1, 0), List.of(0, 0, 0), List.of(0, 2, 0)));

    assertThat(table)
        .contains("<span class=\"share dark\" style=\"--share:0.750\">3</span>")
        .contains("<span class=\"share\" style=\"--share:0.250\">1</span>")
        .contains("<span class=\"share dark\" style=\"--share:1.000\">2</span>")
        .contains("<th scope=\"col\">1</th>", "<th scope=\"row\">2</th>", ">·</span>")
        .doesNotContain("<th scope=\"row\">1</th>");
  }

  /** The most is 20, so a decimal says a two-hundredth of it. */
  @Test
  void distancesAreShadedByTheLargestOfAllTables() {
    Wasserstein.Matrix matrix =
        new Wasserstein.Matrix(
            Wasserstein.Method.EXACT,
            List.of(2, 7),
            List.of(List.of(0.0, 5.04), List.of(10.0, 0.26)));

    assertThat(MatrixTable.distances("distances", matrix, 20))
        .contains("--share:0.000\">0.0</span>", "--share:0.252\">5.0</span>")
        .contains("--share:0.500\">10.0</span>", "--share:0.013\">0.3</span>")
        .contains("<th scope=\"col\">7</th>", "<th scope=\"row\">7</th>");
    assertThat(MatrixTable.distances("nothing moved", matrix, 0)).contains("--share:0.000");
  }
}
