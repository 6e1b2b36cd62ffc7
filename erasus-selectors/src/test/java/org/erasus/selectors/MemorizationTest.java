package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.erasus.Coreset;
import org.erasus.Json;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.SelectorContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;

class MemorizationTest implements SelectorContract {
  private static final Memorization NEIGHBOUR =
      Memorization.DEFAULTS.withModels(
          new Memorization.OnFeatures(new FeatureClassifier.NearestNeighbours(1)));

  @Override
  public Selector selector() {
    return Memorization.DEFAULTS;
  }

  /** Two of three right with the row, one of four without it: 2/3 − 1/4, variances (2/9)/2 and (3/16)/3. */
  @Test
  void theScoreIsTheDifferenceOfTwoShares() {
    Memorization.Tally tally = new Memorization.Tally(1);
    int[] place = {0};
    for (int predicted : new int[] {5, 5, 1}) {
      tally.add(new int[] {predicted}, new int[] {5}, place, new boolean[] {true});
    }
    for (int predicted : new int[] {1, 2, 5, 3}) {
      tally.add(new int[] {predicted}, new int[] {5}, place, new boolean[] {false});
    }
    RowValues found = tally.values(7);
    assertThat(found.values()[0]).isCloseTo(2 / 3.0 - 1 / 4.0, offset(1e-15));
    assertThat(found.standardErrors()[0]).isCloseTo(Math.sqrt(1 / 9.0 + 1 / 16.0), offset(1e-15));
    assertThat(found.samples()).isEqualTo(7);
  }

  /** The mean of the squared standard errors is the variance of the score. */
  @Test
  void standardErrorsAreAsLargeAsTheErrors() {
    SplittableRandom random = new SplittableRandom(1);
    int runs = 4000;
    Memorization.Tally tally = new Memorization.Tally(runs);
    int[] labels = new int[runs];
    int[] places = new int[runs];
    for (int t = 0; t < 20; t++) {
      boolean in = t < 14;
      int[] predicted = new int[runs];
      Arrays.setAll(predicted, i -> random.nextDouble() < (in ? 0.9 : 0.3) ? 0 : 1);
      tally.add(predicted, labels, places, new boolean[] {in});
    }
    RowValues found = tally.values(20);
    double mean = Arrays.stream(found.values()).average().orElseThrow();
    double variance =
        Arrays.stream(found.values()).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    double stated = Arrays.stream(found.standardErrors()).map(e -> e * e).average().orElseThrow();
    assertThat(mean).isCloseTo(0.6, offset(0.02));
    assertThat(stated / variance).isBetween(0.93, 1.07);
  }

  /**
   * One nearest neighbour is right about a row it has, and else when the nearest row it has is of the class: with the others
   * from near to far, each there with probability q, that is Σ_j q·(1−q)^{j−1}·1[class of the j-th].
   */
  @Test
  void aNeighbourRemembersWhatItsOtherNeighboursWouldNotSay() {
    try (UnlearningDataset data = Toys.clouds(2);
        Network network = Planted.identity(Toys.WIDTH, Toys.CLASSES)) {
      Rows rows = data.trained();
      SelectionTask task = new SelectionTask(network, rows, rows.size(), 3);
      int count = 400;
      RowValues found = NEIGHBOUR.withCount(count).withShare(0.5).values(task);
      float[][] h = task.probe().features();
      int[] y = rows.labels();
      List<Double> squares = new ArrayList<>();
      for (int i = 0; i < h.length; i++) {
        int row = i;
        int[] near =
            IntStream.range(0, h.length)
                .filter(j -> j != row)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> distance(h[row], h[j])))
                .mapToInt(Integer::intValue)
                .toArray();
        double right = 0;
        for (int j = near.length - 1; j >= 0; j--) {
          right = 0.5 * right + 0.5 * (y[near[j]] == y[row] ? 1 : 0);
        }
        double variance = right * (1 - right) / (count / 2.0);
        double error = found.values()[i] - (1 - right);
        assertThat(Math.abs(error)).isLessThan(5 * Math.sqrt(variance) + 1e-9);
        if (variance > 0.05 / count) {
          squares.add(error * error / variance);
        }
        assertThat(found.standardErrors()[i])
            .isCloseTo(Math.sqrt(variance), offset(0.3 * Math.sqrt(variance) + 0.02));
      }
      assertThat(squares.stream().mapToDouble(Double::doubleValue).average().orElseThrow())
          .isBetween(0.6, 1.5);
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += (a[d] - b[d]) * (double) (a[d] - b[d]);
    }
    return sum;
  }

  /** Networks that fit everything remember the wrong classes; a random order would not put those first. */
  @Test
  void rowsOfAWrongClassAreRememberedMost() {
    Training thorough =
        Training.DEFAULTS
            .withMaxEpochs(60)
            .withBatchSize(32)
            .withOptimizer(Optimizer.Adam.DEFAULTS)
            .withLearningRate(0.01);
    try (Planted planted = new Planted(160, 20, 5);
        Network network =
            Network.of(
                new Sequential()
                    .add("hidden", new Linear(128))
                    .apply(Activation::relu)
                    .add("head", new Linear(Toys.CLASSES)),
                new Shape(Toys.WIDTH),
                1);
        Network identity = planted.identity()) {
      Memorization trained =
          Memorization.DEFAULTS.withModels(new Memorization.Trained(thorough)).withCount(14);
      Coreset found = trained.select(new SelectionTask(network, planted.data.retain(), 160, 0));
      assertThat(1 - planted.wrongLower(found)).isGreaterThan(0.9);
      assertThat(foundAmongFirst(planted, found)).isGreaterThan(0.6);
      Coreset proxy = NEIGHBOUR.select(new SelectionTask(identity, planted.data.retain(), 160, 0));
      assertThat(1 - planted.wrongLower(proxy)).isGreaterThan(0.9);
      assertThat(proxy.madeBy()).isEqualTo("memorization (proxy on features) top 160");
      Coreset random =
          RandomRows.DEFAULTS.select(new SelectionTask(network, planted.data.retain(), 160, 0));
      assertThat(foundAmongFirst(planted, random)).isLessThan(0.4);
    }
  }

  private static double foundAmongFirst(Planted planted, Coreset all) {
    int wanted = planted.wrong.size();
    return Arrays.stream(all.ids()).limit(wanted).filter(planted.wrong::contains).count()
        / (double) wanted;
  }

  @Test
  void rowsThatWereNotTrainedOnAreRefused() {
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      SelectionTask task = new SelectionTask(network, data.unseen(), 3, 0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> selector().select(task))
          .withMessageStartingWith(
              "memorization asks about rows the network was trained on, but row ")
          .withMessageEndingWith(" is UNSEEN: choose among forget and retain rows");
    }
  }

  @Test
  void aPartWithoutRowsIsRefused() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[2 * 2], new Shape(2), new int[2], 2);
        Network network = Planted.identity(2, 2)) {
      SelectionTask task = new SelectionTask(network, data.retain(), 1, 0);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> selector().select(task))
          .withMessage(
              "memorization needs rows for each of its 20 models, but a part of 2 trained rows was"
                  + " empty: give it more rows");
    }
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memorization.DEFAULTS.withCount(4))
        .withMessage(
            "count must leave every row in at least 2 models and out of 2, but with share 0.7 it was"
                + " 4: take more models");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Memorization.DEFAULTS.withShare(1))
        .withMessage("share must be in (0.0, 1.0), but was 1.0");
    for (Selector other : new Selector[] {NEIGHBOUR, Memorization.DEFAULTS.withCount(9)}) {
      assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
    }
  }
}
