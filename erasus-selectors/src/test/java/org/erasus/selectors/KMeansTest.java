package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;

class KMeansTest implements SelectorContract {
  private final Golden golden = Golden.load(KMeansTest.class, "subsets");

  @Override
  public Selector selector() {
    return KMeans.DEFAULTS;
  }

  /** Clouds of 2, 3 and 4 rows far from each other: the row in the middle of each, or nearest to it. */
  @Test
  void everyCloudGivesTheRowInItsMiddle() {
    float[][] rows = {{0}, {1}, {100}, {102}, {104}, {200}, {201}, {202}, {204}};
    int[] chosen = Given.rows(Given.choose(KMeans.DEFAULTS.withEpochs(20), 3, rows));
    Arrays.sort(chosen);
    assertThat(chosen[0]).isBetween(0, 1);
    assertThat(chosen[1]).isEqualTo(3);
    assertThat(chosen[2])
        .isBetween(6, 7); // the mean is 201.75, and the first row drags it a little
  }

  /** All centres lie on one spot: they take the rows in the order of the data. */
  @Test
  void rowsThatCoincideAreTakenInOrder() {
    assertThat(Given.choose(KMeans.DEFAULTS, 3, new float[][] {{2}, {2}, {2}, {2}, {2}}).ids())
        .containsExactly(0, 1, 2);
  }

  /** Where clusters are clear the inertia is that of scikit-learn's full k-means, and little more where they are not. */
  @Test
  void inertiaIsThatOfFullKMeans() {
    float[][] rows = rows();
    double clear = inertia(rows, 5, KMeans.DEFAULTS.withEpochs(30).withBatchSize(50));
    assertThat(clear).isBetween(0.9999, 1.02);
    double unclear = inertia(rows, 20, KMeans.DEFAULTS.withEpochs(30).withBatchSize(50));
    assertThat(unclear).isBetween(0.9999, 1.15);
    SplittableRandom random = new SplittableRandom(2);
    double[][] chance =
        IntStream.range(0, 20)
            .mapToObj(i -> widened(rows[random.nextInt(rows.length)]))
            .toArray(double[][]::new);
    assertThat(inertia(rows, chance) / golden.number("/k-means/inertia of 20")).isGreaterThan(1.4);
  }

  private float[][] rows() {
    double[][] table = golden.table("/k-means/rows");
    float[][] rows = new float[table.length][table[0].length];
    for (int i = 0; i < rows.length; i++) {
      for (int d = 0; d < rows[i].length; d++) {
        rows[i][d] = (float) table[i][d];
      }
    }
    return rows;
  }

  private static double[] widened(float[] row) {
    return IntStream.range(0, row.length).mapToDouble(d -> row[d]).toArray();
  }

  /** As a share of the golden one. */
  private double inertia(float[][] rows, int k, KMeans kMeans) {
    return Given.with(
        rows,
        (network, data) -> {
          try (NDManager manager = EngineRuntime.newManager();
              GradMode off = GradMode.off()) {
            NDArray h = Matrices.of(manager, rows);
            NDArray squaredNorms = h.square().sum(new int[] {1});
            SelectionTask task = new SelectionTask(network, data.rows(), k, 3);
            float[] flat = kMeans.centres(manager, h, squaredNorms, k, task).toFloatArray();
            int width = rows[0].length;
            double[][] centres =
                IntStream.range(0, k)
                    .mapToObj(t -> widened(Arrays.copyOfRange(flat, t * width, (t + 1) * width)))
                    .toArray(double[][]::new);
            return inertia(rows, centres) / golden.number("/k-means/inertia of " + k);
          }
        });
  }

  private static double inertia(float[][] rows, double[][] centres) {
    double sum = 0;
    for (float[] row : rows) {
      double least = Double.POSITIVE_INFINITY;
      for (double[] centre : centres) {
        double distance = 0;
        for (int d = 0; d < centre.length; d++) {
          distance += (row[d] - centre[d]) * (row[d] - centre[d]);
        }
        least = Math.min(least, distance);
      }
      sum += least;
    }
    return sum;
  }

  @Test
  void settingsOutsideTheirRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KMeans.DEFAULTS.withEpochs(0))
        .withMessage("epochs must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KMeans.DEFAULTS.withBatchSize(0))
        .withMessage("batchSize must be at least 1, but was 0");
  }
}
