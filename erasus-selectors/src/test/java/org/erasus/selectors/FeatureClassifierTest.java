package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.UnlearningDataset;
import org.erasus.nn.Linear;
import org.erasus.testkit.Golden;
import org.erasus.train.Listener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The small classifiers against those of scikit-learn. */
class FeatureClassifierTest {
  private final Golden golden = Golden.load(getClass(), "valuation");

  private float[][] table(String pointer) {
    float[] flat = golden.floats(pointer);
    float[][] rows = new float[flat.length / 3][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, 3 * i, 3 * i + 3));
    return rows;
  }

  private int[] ints(String pointer) {
    return Arrays.stream(golden.numbers(pointer)).mapToInt(v -> (int) v).toArray();
  }

  private int[] predicted(FeatureClassifier classifier, int... chosen) {
    try (FeatureClassifier.Trials trials =
        classifier.on(table("/rows"), ints("/labels"), table("/targets"), 3)) {
      int[] first = trials.predict(chosen);
      assertThat(trials.predict(chosen)).isEqualTo(first);
      return first;
    }
  }

  @Test
  void nearestCentroid() {
    assertThat(predicted(new FeatureClassifier.NearestCentroid(), ints("/chosen")))
        .isEqualTo(ints("/centroid"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void nearestNeighbours(int k) {
    assertThat(predicted(new FeatureClassifier.NearestNeighbours(k), ints("/chosen")))
        .isEqualTo(ints("/neighbours/" + k));
  }

  @Test
  void logisticRegressionAtItsEnd() {
    try (EngineTrials trials =
        EngineTrials.logisticRegression(
            table("/rows"), ints("/labels"), table("/targets"), 3, golden.number("/decay"), 2000)) {
      double[] expected = golden.numbers("/logistic");
      float[][] logits = trials.logits(ints("/chosen"));
      for (int i = 0; i < logits.length; i++) {
        double sum = 0;
        for (float z : logits[i]) {
          sum += Math.exp(z);
        }
        for (int c = 0; c < 3; c++) {
          assertThat(Math.exp(logits[i][c]) / sum).isCloseTo(expected[3 * i + c], offset(2e-5));
        }
      }
    }
  }

  @Test
  void theOrderOfTheChosenRowsIsNothingToTheBit() {
    try (EngineTrials trials =
        EngineTrials.logisticRegression(
            table("/rows"), ints("/labels"), table("/targets"), 3, 0.01, 5)) {
      assertThat(trials.logits(new int[] {0, 4, 2, 9, 1, 8}))
          .isDeepEqualTo(trials.logits(new int[] {8, 9, 4, 2, 1, 0}));
    }
  }

  /** A class without a chosen row is not predicted; with one class alone it is all there is. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void onlyClassesThatWereSeenAreKnown(int place) {
    int label = ints("/labels")[place];
    for (FeatureClassifier classifier :
        new FeatureClassifier[] {
          new FeatureClassifier.NearestCentroid(),
          new FeatureClassifier.NearestNeighbours(5),
          FeatureClassifier.LogisticRegression.DEFAULTS
        }) {
      assertThat(predicted(classifier, place)).containsOnly(label);
    }
  }

  /** The spread of a constant feature is rounding and must not be blown up. */
  @Test
  void constantFeaturesBecomeNought() {
    float[][] rows = new float[7][];
    Arrays.setAll(rows, i -> new float[] {0.1f, i});
    for (float[] row : Scaling.of(rows).apply(rows, 1)) {
      assertThat(row[0]).isZero();
      assertThat(row[2]).isZero();
    }
    assertThat(Scaling.of(rows).apply(rows, 0)[0][1]).isCloseTo(-1.5f, offset(1e-6f));
  }

  /** What scikit-learn makes of the same 32-bit features, but for the one whose spread is the rounding of 32 bits. */
  @Test
  void featuresAreScaledAsByScikitLearn() {
    Golden scaling = Golden.load(getClass(), "scaling");
    double[][] expected = scaling.table("/scaled");
    float[][] rows = new float[expected.length][];
    Arrays.setAll(rows, i -> scaling.floats("/rows/" + i));
    int noise = 4;
    double blownUp = 0;
    for (float[][] now : new float[][][] {rows, Scaling.centring(rows).apply(rows, 0)}) {
      float[][] scaled = Scaling.of(now).apply(now, 0);
      for (int i = 0; i < rows.length; i++) {
        for (int d = 0; d < noise; d++) {
          assertThat((double) scaled[i][d]).isCloseTo(expected[i][d], offset(2e-4));
        }
        assertThat(scaled[i][noise]).isZero();
        blownUp = Math.max(blownUp, Math.abs(expected[i][noise]));
      }
    }
    assertThat(blownUp).isGreaterThan(1);
  }

  /** As the selectors do, which take the mean off before they scale: what is left of 1000.1 must not be taken for a feature. */
  @Test
  void centringLeavesNothingOfAConstantFeature() {
    float[][] rows = new float[7][];
    Arrays.setAll(rows, i -> new float[] {1000.1f + (i % 2) * Math.ulp(1000f), 1000 + i});
    float[][] centred = Scaling.centring(rows).apply(rows, 0);
    for (int i = 0; i < rows.length; i++) {
      assertThat(centred[i][0]).isZero();
      assertThat(centred[i][1]).isEqualTo(i - 3);
    }
  }

  @Test
  void tooManyNeighboursAreRefusedBeforeFeaturesAreRead() {
    try (UnlearningDataset data =
            UnlearningDataset.of(new float[20_000], new Shape(1), new int[20_000], 2)
                .withUnseen(new float[20_000], new int[20_000])
                .cutValidation(0.5, 1);
        Network network = Network.of(new Linear(2), new Shape(1), 1)) {
      List<String> told = new ArrayList<>();
      SelectionTask task =
          new SelectionTask(
              network,
              data.retain(),
              10,
              1,
              new Listener() {
                @Override
                public void progressed(String what, long done, long total) {
                  told.add(what);
                }
              });
      FeatureClassifier neighbours = new FeatureClassifier.NearestNeighbours(1);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  DataShapley.DEFAULTS
                      .withUtility(TargetAccuracy.DEFAULTS.withClassifier(neighbours))
                      .select(task))
          .withMessageStartingWith(
              "data-shapley: nearest-neighbours remembers the order of all rows");
      assertThat(told).isEmpty();
    }
  }

  @Test
  void settingsAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FeatureClassifier.NearestNeighbours(0))
        .withMessage("k must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureClassifier.LogisticRegression.DEFAULTS.withDecay(0))
        .withMessage("decay must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureClassifier.LogisticRegression.DEFAULTS.withSteps(0))
        .withMessage("steps must be at least 1, but was 0");
    float[][] many = new float[20_000][1];
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new FeatureClassifier.NearestNeighbours(1).on(many, new int[20_000], many, 2))
        .withMessageStartingWith("nearest-neighbours remembers the order of all rows");
  }
}
