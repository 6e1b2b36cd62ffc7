package org.erasus.eval.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.erasus.eval.Golden.array;
import static org.erasus.eval.Golden.close;
import static org.erasus.eval.Golden.number;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.Weights;
import org.erasus.eval.Golden;
import org.erasus.eval.stats.Interval;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RepresentationTest {
  static List<JsonNode> kernels() {
    return cases("kernels");
  }

  static List<JsonNode> clouds() {
    return cases("clouds");
  }

  private static List<JsonNode> cases(String what) {
    return StreamSupport.stream(Golden.cases("representation").get(what).spliterator(), false)
        .toList();
  }

  static float[][] rows(JsonNode c, String field) {
    return StreamSupport.stream(c.get(field).spliterator(), false)
        .map(
            row -> {
              float[] values = new float[row.size()];
              for (int d = 0; d < values.length; d++) {
                values[d] = (float) row.get(d).doubleValue();
              }
              return values;
            })
        .toArray(float[][]::new);
  }

  private static float[][] random(int rows, int width, double shift, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] x = new float[rows][width];
    for (float[] row : x) {
      for (int d = 0; d < width; d++) {
        row[d] = (float) (shift + random.nextGaussian());
      }
    }
    return x;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void ckaIsThatOfNumPy(JsonNode c) {
    Interval found = LinearCka.of(rows(c, "x"), rows(c, "y"), 0.95);

    assertThat(found.estimate()).isCloseTo(number(c, "cka"), within(1e-5));
    assertThat(found.low()).isLessThan(found.estimate()).isGreaterThanOrEqualTo(0);
    assertThat(found.high()).isGreaterThan(found.estimate()).isLessThanOrEqualTo(1);
  }

  /** A rotation, a factor and a shift leave the kernel as it is; unrelated features share nothing. */
  @Test
  void ckaDoesNotSeeRotationsAndSeesUnrelatedFeatures() {
    float[][] x = random(400, 2, 0, 1);
    float[][] turned = new float[400][];
    for (int i = 0; i < 400; i++) {
      turned[i] = new float[] {5 - 3 * x[i][1], 3 * x[i][0] - 7};
    }

    assertThat(LinearCka.of(x, turned, 0.95).estimate()).isCloseTo(1, within(1e-5));
    assertThat(LinearCka.of(x, random(400, 2, 0, 2), 0.95).high()).isLessThan(0.1);
  }

  /**
   * One feature each, centred (−1, 0, 1, 0) and (0, −1, 0, 1) + (−1, 0, 1, 0): the product is 2 of norms 2 and 4, so 2²/(2·4).
   */
  @Test
  void ckaOfOneFeatureIsTheSquaredCorrelation() {
    float[][] x = {{-1}, {0}, {1}, {0}};
    float[][] y = {{-1}, {-1}, {1}, {1}};
    assertThat(LinearCka.value(x, y)).isCloseTo(0.5, within(1e-7));
  }

  @Test
  void ckaNamesWhatItCannotCompare() {
    float[][] x = random(6, 2, 0, 1);
    float[][] same = new float[6][2];
    Arrays.stream(same).forEach(row -> Arrays.fill(row, 0.1f));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearCka.of(x, same, 0.95))
        .withMessageContaining("those of y are the same for all");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearCka.of(x, random(5, 2, 0, 1), 0.95))
        .withMessageContaining("at least 4, but hold 6 and 5");
    x[3][1] = Float.POSITIVE_INFINITY;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearCka.of(random(6, 2, 0, 3), x, 0.95))
        .withMessageContaining("feature 1 of y is Infinity");
  }

  @ParameterizedTest
  @MethodSource("clouds")
  void wassersteinIsThatOfScipy(JsonNode c) {
    float[][] a = rows(c, "a");
    float[][] b = rows(c, "b");
    double[] u = array(c, "direction");

    assertThat(Wasserstein.exact(a, b)).isCloseTo(number(c, "w1"), close(number(c, "w1")));
    assertThat(Wasserstein.exact(b, a)).isCloseTo(number(c, "w1"), close(number(c, "w1")));
    assertThat(Wasserstein.onLine(Wasserstein.projected(a, u), Wasserstein.projected(b, u)))
        .isCloseTo(number(c, "onLine"), close(number(c, "onLine")));
    assertThat(Wasserstein.DEFAULTS.sliced(a, b)).isLessThanOrEqualTo(number(c, "w1") + 1e-12);
  }

  /**
   * One heap at 0 and two holes at −1 and 3: half goes 1 far, half 3. On a line sliced and exact are the same. Points 0 and 1
   * against 1 and 2: each 1, in whatever pairs.
   */
  @Test
  void smallTransportsAreDoneByHand() {
    float[][] heap = {{0}};
    float[][] holes = {{-1}, {3}};

    assertThat(Wasserstein.exact(heap, holes)).isEqualTo(2);
    assertThat(Wasserstein.DEFAULTS.sliced(heap, holes)).isCloseTo(2, within(1e-12));
    assertThat(Wasserstein.exact(new float[][] {{0}, {1}}, new float[][] {{1}, {2}})).isEqualTo(1);
    assertThat(Wasserstein.exact(new float[][] {{0, 0}}, new float[][] {{3, 4}})).isEqualTo(5);
    assertThat(Wasserstein.exact(holes, holes)).isZero();
  }

  /** In the plane a shift by s moves every projection by s |cos|, whose mean over directions is 2/π. */
  @Test
  void slicesOfAShiftAreItsMeanShadow() {
    float[][] a = random(50, 2, 0, 1);
    float[][] b = new float[50][];
    for (int i = 0; i < 50; i++) {
      b[i] = new float[] {a[i][0] + 10, a[i][1]};
    }

    assertThat(Wasserstein.DEFAULTS.withDirections(4000).sliced(a, b))
        .isCloseTo(10 * 2 / Math.PI, within(0.15));
    assertThat(Wasserstein.exact(a, b)).isCloseTo(10, within(1e-5));
    assertThat(Wasserstein.DEFAULTS.sliced(a, b)).isEqualTo(Wasserstein.DEFAULTS.sliced(a, b));
    assertThat(Wasserstein.DEFAULTS.withSeed(1).sliced(a, b))
        .isNotEqualTo(Wasserstein.DEFAULTS.sliced(a, b));
  }

  /** Class 4 of the second network lies where class 1 of the first does; no class is far from itself. */
  @Test
  void theMatrixShowsWhereAClassWent() {
    float[][] a = {{0, 0}, {0, 1}, {9, 9}, {9, 8}, {9, 9}};
    float[][] b = {{0, 0}, {0, 1}, {0, 0}, {0, 1}, {0, 0}};
    int[] labels = {1, 1, 4, 4, 4};
    Wasserstein.Matrix exact = Wasserstein.DEFAULTS.between(a, b, labels);
    Wasserstein.Matrix sliced = Wasserstein.DEFAULTS.withExactUpTo(2).between(a, b, labels);

    assertThat(exact.method()).isEqualTo(Wasserstein.Method.EXACT);
    assertThat(exact.classes()).containsExactly(1, 4);
    assertThat(exact.distance(1, 1)).isZero();
    assertThat(exact.distance(4, 4)).isGreaterThan(11);
    assertThat(exact.distance(1, 4)).isCloseTo(1 / 6.0, within(1e-12));
    assertThat(sliced.method()).isEqualTo(Wasserstein.Method.SLICED);
    assertThat(sliced.distance(4, 4)).isLessThan(exact.distance(4, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> exact.distance(1, 2))
        .withMessageContaining("class 2 has no rows; there are some of [1, 4]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wasserstein.DEFAULTS.between(a, b, new int[2]))
        .withMessageContaining("there are 5, 5 and 2");
    b[1][1] = Float.NaN;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wasserstein.DEFAULTS.between(a, b, labels))
        .withMessageContaining("feature must be finite, but was NaN");
  }

  @Test
  void networksAreComparedByWhatGoesIntoTheirHeads() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network one = Toys.train(Toys.perceptron(1), data, 1);
        Network other = Toys.perceptron(2)) {
      assertThat(LinearCka.of(one, one, data.unseen(), 0.95).estimate()).isCloseTo(1, within(1e-5));
      assertThat(LinearCka.of(one, other, data.unseen(), 0.95).estimate()).isLessThan(0.99);
      Wasserstein.Matrix self = Wasserstein.DEFAULTS.between(one, one, data.unseen());
      assertThat(self.classes()).containsExactly(0, 1, 2);
      assertThat(self.distance(1, 1)).isZero();
      assertThat(self.distance(0, 1)).isGreaterThan(self.distance(1, 1));
    }
  }

  private static Network linear(float... parameters) {
    Network network = Network.of(new Sequential().add("head", new Linear(2)), new Shape(2), 1);
    try (Weights weights = Weights.of(network.layout(), parameters, new float[0])) {
      network.restore(weights);
    }
    return network;
  }

  /** Weights (3, 0, 0, 4) against zeros: 5, all of it; biases (1, 1) against (1, 0): 1 of √2 + 1. */
  @Test
  void layerDistancesAreDoneByHand() {
    try (Network a = linear(3, 0, 0, 4, 1, 1);
        Network b = linear(0, 0, 0, 0, 1, 0);
        Network other = Toys.perceptron(1)) {
      LayerDistance found = LayerDistance.between(a, b);

      assertThat(found.layers().stream().map(LayerDistance.Distance::tensor))
          .containsExactly("head.weight", "head.bias");
      assertThat(found.layers().get(0).distance()).isEqualTo(5);
      assertThat(found.layers().get(0).relative()).isEqualTo(1);
      assertThat(found.layers().get(1).relative()).isCloseTo(1 / (Math.sqrt(2) + 1), within(1e-12));
      assertThat(found.total().distance()).isCloseTo(Math.sqrt(26), within(1e-12));
      assertThat(LayerDistance.between(a, a).total().relative()).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> LayerDistance.between(a, other))
          .withMessageContaining("the same tensors");
    }
  }

  /**
   * All logits are 0, so p = ½ and ∂L/∂W = Σ (p − y) xᵀ. A retain row (1, 0) of class 0 gives rows (−½, 0), (½, 0); a forget
   * row (1, 1) of class 0 gives (−½, −½), (½, ½): cosine ½ / (√½ · 1) = √½ of the weights. Biases agree: 1. Together
   * (½ + ½) / (1 · √1.5) = √⅔.
   */
  @Test
  void gradientCosinesAreDoneByHand() {
    float[] inputs = {1, 0, 1, 1, 1, 1};
    try (UnlearningDataset data =
            UnlearningDataset.of(inputs, new Shape(2), new int[] {0, 0, 1}, 2);
        Network network = linear(0, 0, 0, 0, 0, 0)) {
      UnlearningDataset marked = data.markForget(1).markForget(2);
      GradientCosine same = GradientCosine.of(network, marked.withIds(0), marked.withIds(1));
      GradientCosine opposite = GradientCosine.of(network, marked.withIds(1), marked.withIds(2));

      assertThat(same.layers().get(0).cosine())
          .hasValueSatisfying(c -> assertThat(c).isCloseTo(Math.sqrt(0.5), within(1e-6)));
      assertThat(same.layers().get(1).cosine())
          .hasValueSatisfying(c -> assertThat(c).isCloseTo(1, within(1e-6)));
      assertThat(same.global())
          .hasValueSatisfying(c -> assertThat(c).isCloseTo(Math.sqrt(2 / 3.0), within(1e-6)));
      assertThat(opposite.global())
          .hasValueSatisfying(c -> assertThat(c).isCloseTo(-1, within(1e-6)));
      assertThat(GradientCosine.of(network, marked).global())
          .as("forget gradients cancel")
          .isEqualTo(Optional.empty());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> GradientCosine.of(network, data))
          .withMessageContaining("split \"forget\" must have rows");
    }
  }
}
