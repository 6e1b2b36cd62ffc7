package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.erasus.io.Golden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation against loops in Java, or plain DJL, or PyTorch. */
class TorchOpsTest {
  private final SplittableRandom random = new SplittableRandom(5);
  private NDManager manager;
  private GradMode off;

  @BeforeEach
  void open() {
    manager = EngineRuntime.newManager();
    off = GradMode.off();
  }

  @AfterEach
  void close() {
    off.close();
    manager.close();
  }

  private NDArray array(Shape shape, IntToDoubleFunction values) {
    float[] all = new float[(int) shape.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) values.applyAsDouble(i);
    }
    return manager.create(all, shape).duplicate();
  }

  private NDArray random(long... shape) {
    return array(new Shape(shape), i -> random.nextDouble(-2, 2));
  }

  private NDArray labels(long... values) {
    return manager.create(values).duplicate();
  }

  private static double[] doubles(NDArray array) {
    float[] values = array.toFloatArray();
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private static void assertClose(NDArray found, double[] expected, double tolerance) {
    assertThat(doubles(found)).containsExactly(expected, within(tolerance));
  }

  // ---- storage

  /** Java memory goes over in pieces; which, makes no difference. */
  @Test
  void valuesAreWrittenInPiecesOfAnySize() {
    float[] values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    for (int most : new int[] {1, 3, 7, 8, 100}) {
      NDArray target = manager.zeros(new Shape(3, 4));
      TorchOps.writeInPlace(target, 3, values, 1, 8, most);
      assertThat(target.toFloatArray()).containsExactly(0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0);
    }
  }

  @Test
  void aMatrixIsMadeOfPiecesOfAnySize() {
    float[][] rows = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}, {13, 14, 15}};
    for (int most : new int[] {1, 2, 3, 4, 6, 9, 100}) {
      NDArray matrix = TorchOps.matrix(manager, rows, most);
      assertThat(matrix.getShape()).isEqualTo(new Shape(5, 3));
      assertThat(matrix.toFloatArray())
          .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    }
  }

  @Test
  void copyInPlaceWritesIntoTheStorageThatViewsShare() {
    NDArray flat = random(6);
    NDArray view = TorchOps.view(flat, 2, new Shape(3));
    NDArray source = random(3);
    float[] before = flat.toFloatArray();
    TorchOps.copyInPlace(view, source);
    float[] expected = before.clone();
    System.arraycopy(source.toFloatArray(), 0, expected, 2, 3);
    assertThat(flat.toFloatArray()).isEqualTo(expected);
  }

  @Test
  void addInPlaceAddsAMultiple() {
    NDArray y = array(new Shape(3), i -> i);
    TorchOps.addInPlace(y, array(new Shape(3), i -> 10 * i), -0.5);
    assertThat(y.toFloatArray()).containsExactly(0, -4, -8);
  }

  @Test
  void keepInPlacePutsTheFrozenBitsBackNaNIncluded() {
    NDArray y = array(new Shape(4), i -> i);
    NDArray frozen =
        manager.create(new float[] {-0f, Float.intBitsToFloat(0x7fc00123), 7, 8}).duplicate();
    NDArray mask = manager.create(new boolean[] {false, false, true, false}).duplicate();
    TorchOps.keepInPlace(y, mask, frozen);
    float[] found = y.toFloatArray();
    assertThat(Float.floatToRawIntBits(found[0])).isEqualTo(Float.floatToRawIntBits(-0f));
    assertThat(Float.floatToRawIntBits(found[1])).isEqualTo(0x7fc00123);
    assertThat(found[2]).isEqualTo(2);
    assertThat(found[3]).isEqualTo(8);
  }

  @Test
  void aViewSharesStorageBothWaysAndBelongsToTheManagerOfTheBuffer() {
    NDArray flat = manager.zeros(new Shape(10));
    NDArray view = TorchOps.view(flat, 4, new Shape(2, 3));
    view.addi(1);
    assertThat(flat.toFloatArray()).containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 1, 1);
    flat.muli(3);
    assertThat(view.toFloatArray()).containsOnly(3);
    assertThat(view.getManager()).isSameAs(manager);
    NDArray scalar = TorchOps.view(flat, 9, new Shape());
    assertThat(scalar.getFloat()).isEqualTo(3);
  }

  @Test
  void rowsGathersInOrderWithRepetitionIntoTheManagerGiven() {
    NDArray x = array(new Shape(3, 2), i -> i);
    try (NDManager other = manager.newSubManager()) {
      NDArray rows = TorchOps.rows(other, x, labels(2, 0, 2));
      assertThat(rows.toFloatArray()).containsExactly(4, 5, 0, 1, 4, 5);
      assertThat(rows.getManager()).isSameAs(other);
    }
  }

  @Test
  void channelsLastKeepsValuesAndShape() {
    NDArray x = random(2, 3, 4, 5);
    NDArray y = TorchOps.channelsLast(x);
    assertThat(y.getShape()).isEqualTo(x.getShape());
    assertThat(y.toFloatArray()).isEqualTo(x.toFloatArray());
  }

  // ---- gradients

  private NDArray leaf(NDArray array) {
    array.setRequiresGradient(true);
    return array;
  }

  /** y = Σ a²b; ∂a = 2ab, ∂b = a², and nothing for c. */
  @Test
  void gradientsAreLaidEndToEndWithZerosForWhatHasNoInfluence() {
    NDArray a = leaf(random(3));
    NDArray b = leaf(random(3));
    NDArray c = leaf(random(2, 2));
    double[] va = doubles(a);
    double[] vb = doubles(b);
    double[] expected = new double[10];
    for (int i = 0; i < 3; i++) {
      expected[i] = 2 * va[i] * vb[i];
      expected[7 + i] = va[i] * va[i];
    }
    try (NDManager scope = manager.newSubManager();
        GradMode on = GradMode.on();
        TensorList list = TensorList.of(a, c, b)) {
      NDArray inner = a.mul(a).mul(b).sum();
      inner.attach(scope);
      NDArray gradient = TorchOps.flatGradient(inner, list);
      assertClose(gradient, expected, 1e-5);
      assertThat(gradient.getManager()).as("the manager of the loss").isSameAs(scope);
      assertThat(a.getGradient().toFloatArray()).as(".grad is left alone").containsOnly(0);
    }
  }

  /** y = Σ a²b: the part of a is 2ab, that of b, which does not move, zeros in the place of a². */
  @Test
  void aGradientHasZerosForWhatDoesNotMove() {
    NDArray a = leaf(array(new Shape(2), i -> i + 1));
    NDArray b = leaf(array(new Shape(2), i -> 3));
    try (GradMode on = GradMode.on();
        TensorList list = TensorList.of(a, b)) {
      NDArray gradient =
          TorchOps.flatGradient(a.mul(a).mul(b).sum(), list, new boolean[] {true, false});
      assertThat(gradient.toFloatArray()).containsExactly(6, 12, 0, 0);
    }
  }

  /** y = Σ x³: y' = 3x², and with create, (Σ y')' = 6x. */
  @Test
  void gradientsCanBeDifferentiatedAgainAndTheGraphKept() {
    NDArray x = leaf(array(new Shape(3), i -> i + 1));
    NDArray unused = leaf(random(2));
    try (GradMode on = GradMode.on()) {
      NDArray y = x.mul(x).mul(x).sum();
      NDArray[] first = TorchOps.gradients(y, new NDArray[] {x, unused}, false, true);
      assertThat(first[0].toFloatArray()).containsExactly(3, 12, 27);
      assertThat(first[1].toFloatArray()).containsExactly(0, 0);
      NDArray[] second = TorchOps.gradients(first[0].sum(), new NDArray[] {x}, true, false);
      assertThat(second[0].toFloatArray()).containsExactly(6, 12, 18);
      NDArray[] again = TorchOps.gradients(first[0].sum(), new NDArray[] {x}, false, false);
      assertThat(again[0].toFloatArray()).containsExactly(6, 12, 18);
    }
  }

  /** Against autograd of PyTorch in float64, on a perceptron whose parameters are views of one buffer. */
  @Test
  void gradientAndHessianVectorProductAreThoseOfPyTorch() {
    JsonNode golden = Golden.json("optimizers.json").get("smooth");
    NDArray flat = golden(golden, "parameters");
    long[][] shapes = {{3, 4}, {3}, {3, 3}, {3}};
    NDArray[] p = new NDArray[4];
    long offset = 0;
    for (int i = 0; i < 4; i++) {
      p[i] = leaf(TorchOps.view(flat, offset, new Shape(shapes[i])));
      offset += p[i].size();
    }
    try (GradMode on = GradMode.on();
        TensorList list = TensorList.of(p)) {
      NDArray gradient = TorchOps.flatGradient(smoothLoss(golden, p), list);
      assertClose(gradient, numbers(golden.get("gradient")), 1e-6);
      NDArray hv = TorchOps.hessianVector(smoothLoss(golden, p), list, golden(golden, "v"));
      assertClose(hv, numbers(golden.get("hv")), 2e-6);
    }
  }

  private NDArray smoothLoss(JsonNode golden, NDArray[] p) {
    NDArray x = golden(golden, "x").reshape(5, 4);
    NDArray h = TorchOps.linear(x, p[0], p[1], false).tanh();
    NDArray z = TorchOps.linear(h, p[2], p[3], false);
    NDArray y = labels(Arrays.stream(numbers(golden.get("y"))).mapToLong(v -> (long) v).toArray());
    NDArray loss = TorchOps.crossEntropy(z, y);
    assertThat((double) loss.getFloat()).isCloseTo(golden.get("loss").asDouble(), within(1e-6));
    return loss;
  }

  private NDArray golden(JsonNode node, String name) {
    double[] values = numbers(node.get(name));
    return array(new Shape(values.length), i -> values[i]);
  }

  private static double[] numbers(JsonNode list) {
    double[] values = new double[list.size()];
    Arrays.setAll(values, i -> list.get(i).asDouble());
    return values;
  }

  // ---- clipping

  @Test
  void clippingIsThatOfPyTorch() {
    JsonNode clips = Golden.json("optimizers.json").get("clips");
    assertThat(clips).hasSize(4);
    for (JsonNode clip : clips) {
      NDArray g = golden(clip, "gradient");
      TorchOps.clipInPlace(g, clip.get("limit").asDouble());
      assertClose(g, numbers(clip.get("clipped")), 1e-6);
    }
  }

  // ---- losses

  private static double[][] logSoftmax(NDArray z) {
    int classes = (int) z.getShape().get(1);
    double[] flat = doubles(z);
    double[][] rows = new double[flat.length / classes][];
    for (int i = 0; i < rows.length; i++) {
      double[] row = Arrays.copyOfRange(flat, i * classes, (i + 1) * classes);
      double max = Arrays.stream(row).max().getAsDouble();
      double sum = Arrays.stream(row).map(v -> Math.exp(v - max)).sum();
      rows[i] = Arrays.stream(row).map(v -> v - max - Math.log(sum)).toArray();
    }
    return rows;
  }

  @Test
  void crossEntropyIsMinusTheLogProbabilityOfTheClass() {
    NDArray z = random(4, 3);
    long[] y = {2, 0, 1, 2};
    double[][] logs = logSoftmax(z);
    double[] rows = IntStream.range(0, 4).mapToDouble(i -> -logs[i][(int) y[i]]).toArray();
    assertClose(TorchOps.crossEntropyRows(z, labels(y)), rows, 1e-6);
    double sum = Arrays.stream(rows).sum();
    assertClose(TorchOps.crossEntropySum(z, labels(y)), new double[] {sum}, 1e-5);
    assertClose(TorchOps.crossEntropy(z, labels(y)), new double[] {sum / 4}, 1e-6);
  }

  /** Against −Σ_c q_c log softmax(z)_c, and its gradient (softmax(z) − q)/B. */
  @Test
  void crossEntropyOfDistributionsIsTheirMeanOverTheClasses() {
    NDArray z = leaf(random(4, 3));
    NDArray q = random(4, 3).softmax(1);
    double[] vq = doubles(q);
    double[][] logs = logSoftmax(z);
    double[] rows = new double[4];
    double[] slope = new double[12];
    for (int i = 0; i < 12; i++) {
      rows[i / 3] -= vq[i] * logs[i / 3][i % 3];
      slope[i] = (Math.exp(logs[i / 3][i % 3]) - vq[i]) / 4;
    }
    assertClose(TorchOps.crossEntropyRows(z, q), rows, 1e-6);
    try (GradMode on = GradMode.on()) {
      NDArray mean = TorchOps.crossEntropy(z, q);
      assertClose(mean, new double[] {Arrays.stream(rows).sum() / 4}, 1e-6);
      assertClose(TorchOps.gradients(mean, new NDArray[] {z}, false, false)[0], slope, 1e-6);
    }
  }

  /** log p − log(1 − p), and still z_y − z_c where 1 − p is nothing in 32 bits. */
  @Test
  void theMarginIsTheLogOddsOfTheClass() {
    NDArray logits = random(5, 3);
    NDArray classes = labels(0, 2, 1, 1, 0);
    float[] found = TorchOps.marginRows(logits, classes).toFloatArray();
    double[][] logP = logSoftmax(logits);
    long[] y = classes.toLongArray();
    for (int i = 0; i < found.length; i++) {
      double p = Math.exp(logP[i][(int) y[i]]);
      assertThat((double) found[i]).isCloseTo(Math.log(p / (1 - p)), within(1e-5));
    }
    NDArray sure = manager.create(new float[] {90, 10}, new Shape(1, 2)).duplicate();
    assertThat(TorchOps.marginRows(sure, labels(0)).toFloatArray()).containsExactly(80);
  }

  /** ∂/∂z of z_y − log Σ_{c≠y} exp z_c: 1 for the class, minus the softmax among the others. */
  @Test
  void theMarginCanBeDifferentiated() {
    NDArray z = manager.create(new float[] {1, 2, 2}, new Shape(1, 3)).duplicate();
    z.setRequiresGradient(true);
    try (GradMode on = GradMode.on()) {
      NDArray sum = TorchOps.marginRows(z, labels(0)).sum();
      assertThat(TorchOps.gradients(sum, new NDArray[] {z}, false, false)[0].toFloatArray())
          .containsExactly(1, -0.5f, -0.5f);
    }
  }

  @Test
  void crossEntropyOfHugeLogitsIsFinite() {
    NDArray z = array(new Shape(1, 2), i -> i == 0 ? 1e30 : -1e30);
    assertThat(TorchOps.crossEntropy(z, labels(0)).getFloat()).isZero();
    assertThat(TorchOps.crossEntropy(z, labels(1)).getFloat()).isEqualTo(2e30f);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 4, 0.5})
  void klDivergenceIsTheMeanOverRowsOfSoftenedDistributions(double temperature) {
    NDArray p = random(5, 3);
    NDArray q = random(5, 3);
    double[][] lp = logSoftmax(p.div((float) temperature));
    double[][] lq = logSoftmax(q.div((float) temperature));
    double sum = 0;
    for (int i = 0; i < 5; i++) {
      for (int c = 0; c < 3; c++) {
        sum += Math.exp(lp[i][c]) * (lp[i][c] - lq[i][c]);
      }
    }
    assertClose(TorchOps.klDivergence(p, q, temperature), new double[] {sum / 5}, 1e-5);
    assertClose(TorchOps.klDivergence(p, p, temperature), new double[] {0}, 0);
  }

  @Test
  void logSigmoidNeitherOverflowsNorLosesDigits() {
    double[] at = {-1e4, -30, -1, 0, 1, 30};
    NDArray y = TorchOps.logSigmoid(array(new Shape(6), i -> at[i]));
    double[] expected =
        Arrays.stream(at).map(v -> v < -700 ? v : -Math.log1p(Math.exp(-v))).toArray();
    double[] found = doubles(y);
    for (int i = 0; i < at.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-6 * Math.abs(expected[i])));
    }
  }

  // ---- layers

  /** y[b,o,i,j] = bias[o] + Σ w[o,c,k,l]·x[b, c + group, i·stride + k − padding, j·stride + l − padding]. */
  private static double[] convolve(
      NDArray x, NDArray w, double[] bias, int stride, int padding, int groups) {
    int batch = (int) x.getShape().get(0);
    int channels = (int) x.getShape().get(1);
    int size = (int) x.getShape().get(2);
    int filters = (int) w.getShape().get(0);
    int perGroup = (int) w.getShape().get(1);
    int kernel = (int) w.getShape().get(2);
    int out = (size + 2 * padding - kernel) / stride + 1;
    double[] vx = doubles(x);
    double[] vw = doubles(w);
    double[] y = new double[batch * filters * out * out];
    for (int at = 0; at < y.length; at++) {
      int j = at % out;
      int i = at / out % out;
      int o = at / out / out % filters;
      int b = at / out / out / filters;
      double sum = bias[o];
      for (int c = 0; c < perGroup; c++) {
        int channel = o / (filters / groups) * perGroup + c;
        for (int k = 0; k < kernel; k++) {
          for (int l = 0; l < kernel; l++) {
            int r = i * stride + k - padding;
            int s = j * stride + l - padding;
            if (r >= 0 && r < size && s >= 0 && s < size) {
              sum +=
                  vw[((o * perGroup + c) * kernel + k) * kernel + l]
                      * vx[((b * channels + channel) * size + r) * size + s];
            }
          }
        }
      }
      y[at] = sum;
    }
    return y;
  }

  @ParameterizedTest
  @CsvSource({"1,0,1,3", "1,1,1,3", "2,1,1,3", "2,0,1,1", "1,1,2,3", "2,1,4,3"})
  void convolutionIsTheSumOverTheWindow(int stride, int padding, int groups, int kernel) {
    NDArray x = random(2, 4, 5, 5);
    NDArray w = random(4, 4 / groups, kernel, kernel);
    NDArray b = random(4);
    assertClose(
        TorchOps.conv2d(x, w, stride, padding, groups, false),
        convolve(x, w, new double[4], stride, padding, groups),
        1e-4);
    assertClose(
        TorchOps.conv2d(x, w, b, stride, padding, groups, false),
        convolve(x, w, doubles(b), stride, padding, groups),
        1e-4);
    // bf16 has 8 bits: each product is off by at most 2⁻⁸ of itself, and a product is at most 4.
    assertClose(
        TorchOps.float32(TorchOps.conv2d(x, w, b, stride, padding, groups, true)),
        convolve(x, w, doubles(b), stride, padding, groups),
        0.4);
  }

  @Test
  void linearIsAProductPlusABias() {
    NDArray x = random(3, 4);
    NDArray w = random(2, 4);
    NDArray b = random(2);
    NDArray expected = x.dot(w.transpose()).add(b);
    assertClose(TorchOps.linear(x, w, b, false), doubles(expected), 1e-5);
    assertClose(TorchOps.linear(x, w, b, true), doubles(expected), 0.1);
    assertThat(TorchOps.linear(x, w, b, true).toFloatArray())
        .as("rounded to bf16")
        .isNotEqualTo(expected.toFloatArray());
  }

  /** y = γ(x − mean)/√(var + ε) + β per channel, with the biased variance of the batch, or the running one. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void batchNormNormalisesByTheBatchOrTheRunningStatistics(boolean training) {
    NDArray x = random(3, 2, 2, 2);
    NDArray gamma = random(2);
    NDArray beta = random(2);
    NDArray mean = random(2);
    NDArray var = random(2).abs();
    double[] vx = doubles(x);
    double[] oldMean = doubles(mean);
    double[] oldVar = doubles(var);
    NDArray y = TorchOps.batchNorm(x, gamma, beta, mean, var, training, 0.1, 1e-5);
    double[] expected = new double[24];
    for (int c = 0; c < 2; c++) {
      int channel = c;
      double[] of =
          IntStream.range(0, 24)
              .filter(i -> i / 4 % 2 == channel)
              .mapToDouble(i -> vx[i])
              .toArray();
      double m = Arrays.stream(of).average().getAsDouble();
      double v = Arrays.stream(of).map(a -> (a - m) * (a - m)).sum();
      double by = training ? m : oldMean[c];
      double scale = Math.sqrt((training ? v / 12 : oldVar[c]) + 1e-5);
      for (int i = 0; i < 24; i++) {
        if (i / 4 % 2 == c) {
          expected[i] = doubles(gamma)[c] * (vx[i] - by) / scale + doubles(beta)[c];
        }
      }
      double share = training ? 0.1 : 0;
      assertThat(doubles(mean)[c]).isCloseTo((1 - share) * oldMean[c] + share * m, within(1e-6));
      assertThat(doubles(var)[c])
          .as("unbiased: 11, not 12")
          .isCloseTo((1 - share) * oldVar[c] + share * v / 11, within(1e-6));
    }
    assertClose(y, expected, 1e-4);
    if (!training) {
      assertThat(doubles(mean)).containsExactly(oldMean);
      assertThat(doubles(var)).containsExactly(oldVar);
    }
  }

  @Test
  void globalAverageIsTheMeanOverPositions() {
    NDArray x = random(2, 3, 4, 5);
    double[] v = doubles(x);
    double[] expected =
        IntStream.range(0, 6)
            .mapToDouble(i -> Arrays.stream(v, i * 20, (i + 1) * 20).average().getAsDouble())
            .toArray();
    assertClose(TorchOps.globalAverage(x), expected, 1e-6);
    assertThat(TorchOps.globalAverage(x).getShape()).isEqualTo(new Shape(2, 3));
  }

  @Test
  void dropoutKeepsAShareScalesItAndDependsOnTheSeedAlone() {
    NDArray x = manager.ones(new Shape(100, 100));
    float[] once = TorchOps.dropout(x, 0.2, 7).toFloatArray();
    manager.randomUniform(0, 1, new Shape(3)); // draws from the engine's own generator
    assertThat(TorchOps.dropout(x, 0.2, 7).toFloatArray()).isEqualTo(once);
    assertThat(TorchOps.dropout(x, 0.2, 8).toFloatArray()).isNotEqualTo(once);
    for (float value : once) {
      assertThat(value).isIn(0f, 1.25f);
    }
    long kept = IntStream.range(0, once.length).filter(i -> once[i] != 0).count();
    // 10,000 draws, standard deviation √(10⁴·0.2·0.8) = 40
    assertThat(kept).isBetween(8000L - 200, 8000L + 200);
  }

  @Test
  void dropoutLeavesTheEnginesGeneratorAlone() {
    NDArray x = manager.ones(new Shape(50));
    ai.djl.engine.Engine.getEngine("PyTorch").setRandomSeed(3);
    float[] expected = manager.randomUniform(0, 1, new Shape(4)).toFloatArray();
    ai.djl.engine.Engine.getEngine("PyTorch").setRandomSeed(3);
    TorchOps.dropout(x, 0.5, 1);
    assertThat(manager.randomUniform(0, 1, new Shape(4)).toFloatArray()).isEqualTo(expected);
  }

  @Test
  void dropoutPassesGradientsOfWhatItKept() {
    NDArray x = leaf(random(20));
    try (GradMode on = GradMode.on()) {
      NDArray y = TorchOps.dropout(x, 0.5, 3);
      float[] g = TorchOps.gradients(y.sum(), new NDArray[] {x}, false, false)[0].toFloatArray();
      float[] vy = y.toFloatArray();
      for (int i = 0; i < 20; i++) {
        assertThat(g[i]).isEqualTo(vy[i] == 0 ? 0 : 2);
      }
      assertThat(g).contains(0f, 2f);
    }
  }

  // ---- gradients of each row: against one backward pass for each

  private double[] squaredNormOfEachRow(
      NDArray x, java.util.function.UnaryOperator<NDArray> layer, NDArray d, NDArray... p) {
    double[] norms = new double[(int) x.getShape().get(0)];
    try (GradMode on = GradMode.on()) {
      for (int i = 0; i < norms.length; i++) {
        NDArray y = layer.apply(x.get(new NDIndex(i + ":" + (i + 1))));
        NDArray loss = y.mul(d.get(new NDIndex(i + ":" + (i + 1)))).sum();
        for (NDArray g : TorchOps.gradients(loss, p, false, false)) {
          norms[i] += Arrays.stream(doubles(g)).map(v -> v * v).sum();
        }
      }
    }
    return norms;
  }

  private static void assertRelative(NDArray found, double[] expected) {
    double[] values = doubles(found);
    assertThat(values).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(values[i]).isCloseTo(expected[i], within(1e-4 * expected[i]));
    }
  }

  /** Without positions, and with some: as in a network that looks at tokens. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void linearNorms(int positionAxes) {
    NDArray a =
        random(
            List.of(new long[] {4, 5}, new long[] {4, 6, 5}, new long[] {4, 2, 3, 5})
                .get(positionAxes));
    NDArray d =
        random(
            List.of(new long[] {4, 3}, new long[] {4, 6, 3}, new long[] {4, 2, 3, 3})
                .get(positionAxes));
    NDArray w = leaf(random(3, 5));
    NDArray b = leaf(random(3));
    assertRelative(
        TorchOps.linearNorms(a, d),
        squaredNormOfEachRow(a, x -> TorchOps.linear(x, w, b, false), d, w, b));
  }

  /** Few positions and many channels go through Gram matrices, the others through ∂W. */
  @ParameterizedTest
  @CsvSource({"2,2,5,1", "16,16,2,1", "3,4,6,2", "3,4,7,2", "32,16,4,2", "2,3,8,3"})
  void convolutionNormsBothWays(int channels, int filters, int size, int stride) {
    NDArray a = random(3, channels, size, size);
    NDArray w = leaf(random(filters, channels, 3, 3));
    NDArray bias = leaf(random(filters));
    NDArray y = TorchOps.conv2d(a, w, bias, stride, 1, 1, false);
    NDArray d = random(y.getShape().getShape());
    double[] ofWeight =
        squaredNormOfEachRow(a, x -> TorchOps.conv2d(x, w, bias, stride, 1, 1, false), d, w);
    assertRelative(TorchOps.convNorms(a, d, 3, stride, 1), ofWeight);
    assertRelative(
        TorchOps.biasNorms(d),
        squaredNormOfEachRow(a, x -> TorchOps.conv2d(x, w, bias, stride, 1, 1, false), d, bias));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void depthwiseNorms(int stride) {
    NDArray a = random(3, 4, 5, 5);
    NDArray w = leaf(random(4, 1, 3, 3));
    NDArray d = random(TorchOps.conv2d(a, w, stride, 1, 4, false).getShape().getShape());
    assertRelative(
        TorchOps.depthwiseNorms(a, d, 3, stride, 1),
        squaredNormOfEachRow(a, x -> TorchOps.conv2d(x, w, stride, 1, 4, false), d, w));
  }

  @Test
  void batchNormNorms() {
    NDArray a = random(3, 2, 3, 3);
    NDArray d = random(3, 2, 3, 3);
    NDArray gamma = leaf(random(2));
    NDArray beta = leaf(random(2));
    NDArray mean = random(2);
    NDArray var = random(2).abs().add(0.1f);
    assertRelative(
        TorchOps.batchNormNorms(a, d, mean, var, 1e-5),
        squaredNormOfEachRow(
            a,
            x -> TorchOps.batchNorm(x, gamma, beta, mean, var, false, 0.1, 1e-5),
            d,
            gamma,
            beta));
  }

  // ---- statistics

  @Test
  void kthSmallestCountsFromOneWithTies() {
    NDArray x = manager.create(new float[] {3, 1, 2, 1}).duplicate();
    for (int k = 1; k <= 4; k++) {
      assertThat(TorchOps.kthSmallest(x, k)).isEqualTo(new float[] {1, 1, 2, 3}[k - 1]);
    }
  }

  // ---- values of rows

  @Test
  void nearestFirstKeepsTheOrderOfRowsAtEqualDistance() {
    NDArray x = manager.create(new float[] {2, 0, 1, 0, 1}, new Shape(5, 1)).duplicate();
    NDArray asked = manager.create(new float[] {0, 3}, new Shape(2, 1)).duplicate();
    NDArray order = TorchOps.nearestFirst(x, x.square().sum(new int[] {1}), asked);
    assertThat(order.toLongArray()).containsExactly(1, 3, 2, 4, 0, 0, 2, 4, 1, 3);
  }

  /** Means 0 and 3 of classes 0 and 2, class 1 without a chosen row: 2·a·μ − μ². */
  @Test
  void centroidLogitsAreThoseOfTheChosenRows() {
    NDArray x = manager.create(new float[] {-1, 1, 3, 50}, new Shape(4, 1)).duplicate();
    NDArray onehot =
        manager
            .create(new float[] {1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0}, new Shape(4, 3))
            .duplicate();
    NDArray asked = manager.create(new float[] {2}, new Shape(1, 1)).duplicate();
    float[] found = TorchOps.centroidLogits(x, onehot, asked, labels(0, 1, 2)).toFloatArray();
    assertThat(found).containsExactly(0, Float.NEGATIVE_INFINITY, 3);
  }

  // ---- choosing rows

  private static double squaredDistance(float[] x, int i, float[] y, int j, int width) {
    double sum = 0;
    for (int d = 0; d < width; d++) {
      double difference = x[i * width + d] - y[j * width + d];
      sum += difference * difference;
    }
    return sum;
  }

  @Test
  void nearestTakesEveryRowOnceInTheOrderOfDistance() {
    NDArray x = random(9, 3);
    NDArray norms = x.square().sum(new int[] {1});
    NDArray point = random(3);
    float[] rows = x.toFloatArray();
    float[] p = point.toFloatArray();
    List<Integer> expected =
        IntStream.range(0, 9)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> squaredDistance(rows, i, p, 0, 3)))
            .toList();
    for (int t = 0; t < 9; t++) {
      assertThat(TorchOps.nearestInPlace(x, norms, point)).isEqualTo(expected.get(t));
    }
    NDArray same = manager.ones(new Shape(4, 2));
    NDArray two = manager.full(new Shape(4), 2f);
    assertThat(TorchOps.nearestInPlace(same, two, manager.ones(new Shape(2)))).isZero();
    assertThat(TorchOps.nearestInPlace(same, two, manager.ones(new Shape(2)))).isEqualTo(1);
  }

  @Test
  void kMeansCentresAreMeansOfAllRowsThatCame() {
    NDArray x = random(20, 2);
    NDArray centres = random(3, 2);
    NDArray counts = array(new Shape(3), i -> i + 1);
    float[] rows = x.toFloatArray();
    float[] before = centres.toFloatArray();
    double[] sums = new double[6];
    double[] came = {1, 2, 3};
    for (int e = 0; e < 6; e++) {
      sums[e] = before[e] * came[e / 2];
    }
    for (int i = 0; i < 20; i++) {
      int nearest = 0;
      for (int c = 1; c < 3; c++) {
        if (squaredDistance(rows, i, before, c, 2) < squaredDistance(rows, i, before, nearest, 2)) {
          nearest = c;
        }
      }
      came[nearest]++;
      sums[2 * nearest] += rows[2 * i];
      sums[2 * nearest + 1] += rows[2 * i + 1];
    }
    TorchOps.kMeansInPlace(x, centres, counts);
    assertClose(counts, came, 0);
    assertClose(
        centres, IntStream.range(0, 6).mapToDouble(e -> sums[e] / came[e / 2]).toArray(), 1e-5);
  }

  @Test
  void similaritiesOfSomeRowsWithAll() {
    NDArray x = random(7, 3);
    NDArray norms = x.square().sum(new int[] {1});
    float[] rows = x.toFloatArray();
    double[] products = new double[14];
    double[] distances = new double[14];
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 7; j++) {
        for (int d = 0; d < 3; d++) {
          products[7 * i + j] += (double) rows[3 * (i + 4) + d] * rows[3 * j + d];
        }
        distances[7 * i + j] = squaredDistance(rows, i + 4, rows, j, 3);
      }
    }
    assertClose(TorchOps.rowProducts(manager, x, 4, 6), products, 1e-5);
    assertClose(
        TorchOps.negativeDistances(manager, x, norms, 4, 6),
        Arrays.stream(distances).map(d -> -Math.sqrt(d)).toArray(),
        1e-4);
    assertClose(
        TorchOps.gaussian(manager, x, norms, 4, 6, 2.5),
        Arrays.stream(distances).map(d -> Math.exp(-d / 2.5)).toArray(),
        1e-5);
  }

  /** With all rows in an order of choice, c is the Cholesky factor: Σ_t c_ti c_tj = M_ij. */
  @Test
  void choleskyRowsRebuildTheMatrix() {
    NDArray a = random(5, 5);
    NDArray m = a.matMul(a.transpose()).add(manager.eye(5));
    float[] values = m.toFloatArray();
    NDArray c = manager.zeros(new Shape(5, 5));
    NDArray d = array(new Shape(5), i -> values[6 * i]);
    int[] order = {3, 0, 4, 1, 2};
    for (int t = 0; t < 5; t++) {
      TorchOps.choleskyInPlace(m.get(order[t]), c, d, t, order[t]);
    }
    assertClose(c.transpose().matMul(c), doubles(m), 1e-4);
    assertClose(d, new double[5], 1e-4);
  }

  @Test
  void clampRaisesWhatIsBelow() {
    NDArray x = manager.create(new float[] {-1, 0.5f, 2}).duplicate();
    TorchOps.clampInPlace(x, 0.75);
    assertThat(x.toFloatArray()).containsExactly(0.75f, 0.75f, 2);
  }

  // ---- gradients of single rows together

  @Test
  void aCountSketchAddsSignedValuesToTheirPlaces() {
    NDArray x = manager.create(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, new Shape(2, 4)).duplicate();
    NDArray signs = manager.create(new float[] {1, -1, 1, 1}).duplicate();
    NDArray found = TorchOps.countSketch(x, labels(2, 0, 2, 1), signs, 4);
    assertThat(found.getShape()).isEqualTo(new Shape(2, 4));
    assertThat(found.toFloatArray()).containsExactly(-2, 4, 4, 0, -6, 8, 12, 0);
  }

  @Test
  void solvePositiveSolves() {
    NDArray a = manager.create(new double[] {4, 2, 2, 3}, new Shape(2, 2)).duplicate();
    NDArray b = manager.create(new double[] {2, 5}).duplicate();
    assertThat(TorchOps.solvePositive(a, b).toDoubleArray())
        .containsExactly(new double[] {-0.5, 2}, within(1e-12));
    NDArray singular = manager.create(new double[] {1, 1, 1, 1}, new Shape(2, 2)).duplicate();
    assertThatThrownBy(() -> TorchOps.solvePositive(singular, b))
        .isInstanceOf(EngineException.class);
  }

  private static double[][] outerProducts(NDArray r, NDArray h) {
    int n = (int) r.getShape().get(0);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] left = r.get(i).toDoubleArray();
      double[] right = h.get(i).toDoubleArray();
      rows[i] = new double[left.length * right.length];
      for (int c = 0; c < left.length; c++) {
        for (int d = 0; d < right.length; d++) {
          rows[i][c * right.length + d] = left[c] * right[d];
        }
      }
    }
    return rows;
  }

  private static double dot(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
  }

  private NDArray wide(NDArray x) {
    return x.toType(DataType.FLOAT64, true);
  }

  @Test
  void outerProductsAndDistancesAreThoseWrittenOut() {
    NDArray r = wide(random(5, 3));
    NDArray h = wide(random(5, 4));
    r.set(new NDIndex(4), r.get(1));
    h.set(new NDIndex(4), h.get(1));
    double[][] g = outerProducts(r, h);
    double[] squared = Arrays.stream(g).mapToDouble(a -> dot(a, a)).toArray();
    NDArray index = labels(1, 3);
    double[] products = TorchOps.outerProducts(r, h, index).toDoubleArray();
    double[] distances =
        TorchOps.outerDistances(r, h, manager.create(squared).duplicate(), index).toDoubleArray();
    int[] columns = {1, 3};
    for (int i = 0; i < 5; i++) {
      for (int b = 0; b < 2; b++) {
        int j = columns[b];
        assertThat(products[2 * i + b]).isCloseTo(dot(g[i], g[j]), within(1e-12));
        double expected = Math.sqrt(Math.max(0, squared[i] + squared[j] - 2 * dot(g[i], g[j])));
        assertThat(distances[2 * i + b]).isCloseTo(expected, within(1e-7));
      }
    }
    assertThat(distances[2 * 4]).as("rows 4 and 1 are equal").isZero();
    assertThat(distances[2 * 1]).isZero();
  }

  @Test
  void gainsOfCoverCountWhatComesNearer() {
    NDArray nearest = manager.create(new double[] {3, 1}).duplicate();
    NDArray distances = manager.create(new double[] {0, 5, 2, 0.25}, new Shape(2, 2)).duplicate();
    assertThat(TorchOps.gainsOfCover(nearest, distances).toDoubleArray()).containsExactly(3, 0.75);
  }

  /** Against the gradient that autograd finds at the moved layer. */
  @Test
  void gainsOfStepAreProductsWithTheGradientAtTheMovedLayer() {
    NDArray layer = random(3, 4);
    NDArray step = random(3, 4);
    NDArray v = random(5, 4);
    NDArray classes = labels(0, 2, 1, 1, 0);
    NDArray w = random(5).abs();
    NDArray r = random(6, 3);
    NDArray h = random(6, 4);
    NDArray moved = layer.sub(step);
    moved.setRequiresGradient(true);
    NDArray gradient;
    try (GradMode on = GradMode.on()) {
      NDArray logits = v.matMul(moved.transpose());
      NDArray loss = TorchOps.crossEntropyRows(logits, classes).mul(w).sum();
      gradient = TorchOps.gradients(loss, new NDArray[] {moved}, false, false)[0];
    }
    double[] m = wide(gradient).toDoubleArray();
    double[][] g = outerProducts(wide(r), wide(h));
    NDArray found =
        TorchOps.gainsOfStep(
            r,
            h,
            v.matMul(layer.transpose()),
            classes.oneHot(3).toType(DataType.FLOAT32, false),
            v,
            w,
            step);
    for (int i = 0; i < 6; i++) {
      assertThat((double) found.getFloat(i)).isCloseTo(dot(g[i], m), within(1e-4));
    }
  }
}
