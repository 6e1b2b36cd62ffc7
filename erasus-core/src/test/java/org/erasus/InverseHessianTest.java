package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.junit.jupiter.api.Test;

/** What golden values do not reach; those are in the tests of the selector and the strategy that use the solvers. */
class InverseHessianTest {
  private static final Shape ROW = new Shape(5);

  private static UnlearningDataset data() {
    var random = new Seeds(4).stream("rows");
    float[] x = new float[40 * (int) ROW.size()];
    int[] y = new int[40];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-1, 1);
    }
    for (int i = 0; i < y.length; i++) {
      y[i] = random.nextInt(3);
    }
    return UnlearningDataset.of(x, ROW, y, 3);
  }

  private static Network network() {
    return Network.of(
        new Sequential().add(new Linear(4)).apply(Activation::tanh).add(new Linear(3)), ROW, 1);
  }

  /** Counts the rows. */
  private static final class Counted implements Effort {
    private long rows;

    @Override
    public void forwardBackward(long more) {
      rows += more;
    }

    @Override
    public void remark(String text) {}
  }

  /** Blocks of 7 rows at a time, recomputed for each other, or all 40 at once. */
  @Test
  void woodFisherInBlocksGivesTheSameSolution() {
    try (UnlearningDataset data = data();
        Network network = network();
        NDManager scope = EngineRuntime.newManager()) {
      Counted effort = new Counted();
      NDArray v = network.lossGradient(data.rows().first(3), scope);
      WoodFisher solver = new WoodFisher(40, 0.1);
      long p = v.size();
      float[] whole = solver.times(network, data.rows(), v, scope, effort, 1L << 25).toFloatArray();
      assertThat(effort.rows).isEqualTo(40);
      float[] blocks =
          solver.times(network, data.rows(), v, scope, effort, 7 * p + 3).toFloatArray();
      // 40 once, 7 for each of 15 pairs of six blocks, and all but the last 5 again
      assertThat(effort.rows).isEqualTo(40 + 40 + 15 * 7 + 35);
      for (int i = 0; i < whole.length; i++) {
        assertThat(blocks[i]).isCloseTo(whole[i], within(1e-4f * Math.abs(whole[i]) + 1e-6f));
      }
    }
  }

  /** The products of two blocks lie in one array of Java, which has no room for those of 16,384 rows. */
  @Test
  void blocksOfWoodFisherAreBoundedForFewParameters() {
    assertThat(WoodFisher.held(1 << 14, 15, 1 << 25)).isEqualTo(4096);
    assertThat(WoodFisher.held(1000, 15, 1 << 25)).isEqualTo(1000);
    assertThat(WoodFisher.held(1000, 1 << 20, 1 << 25)).isEqualTo(32);
    assertThat(WoodFisher.held(1000, 1 << 26, 1 << 25)).isEqualTo(1);
  }

  @Test
  void woodFisherRefusesMoreRowsThanItsProductsHaveRoomForBeforeAnyWork() {
    int many = (1 << 14) + 1;
    try (UnlearningDataset data = UnlearningDataset.of(new float[many * 5], ROW, new int[many], 3);
        Network network = network();
        NDManager scope = EngineRuntime.newManager()) {
      Counted effort = new Counted();
      assertThatThrownBy(
              () ->
                  new WoodFisher(20_000, 1)
                      .times(
                          network, data.rows(), network.parameters(), new Seeds(1), scope, effort))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "wood-fisher keeps the products of every two rows, 2048 MiB for 16385 of them: take at"
                  + " most 16384 rows");
      assertThat(effort.rows).isZero();
    }
  }

  /** The mean of two series of samples of their own is neither of them, and their stream goes on from one to the next. */
  @Test
  void lissaAveragesItsRepeats() {
    try (UnlearningDataset data = data();
        Network network = network();
        NDManager scope = EngineRuntime.newManager()) {
      NDArray v = network.lossGradient(data.rows().first(3), scope);
      float[] once = lissa(1, network, data.rows(), v, scope);
      float[] twice = lissa(2, network, data.rows(), v, scope);
      float[] many = lissa(40, network, data.rows(), v, scope);
      float[] exact =
          new ConjugateGradient(200, 1e-7, 1)
              .times(network, data.rows(), v, new Seeds(1), scope, new Counted())
              .toFloatArray();
      assertThat(twice).isNotEqualTo(once);
      assertThat(distance(many, exact)).isLessThan(0.5 * distance(once, exact));
    }
  }

  private static float[] lissa(
      int repeats, Network network, Rows rows, NDArray v, NDManager scope) {
    return new Lissa(60, 4, repeats, 3, 1)
        .times(network, rows, v, new Seeds(1), scope, new Counted())
        .toFloatArray();
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(sum);
  }

  @Test
  void aVectorOfZerosHasASolutionOfZeros() {
    try (UnlearningDataset data = data();
        Network network = network();
        NDManager scope = EngineRuntime.newManager()) {
      NDArray v = scope.zeros(new Shape(network.layout().parameters()));
      for (InverseHessian way :
          new InverseHessian[] {
            ConjugateGradient.DEFAULTS, new Lissa(5, 4, 1, 9, 0.1), WoodFisher.DEFAULTS
          }) {
        NDArray x = way.times(network, data.rows(), v, new Seeds(1), scope, new Counted());
        assertThat(x.toFloatArray()).as("%s", way).containsOnly(0f);
      }
    }
  }

  @Test
  void choleskySolves() {
    double[][] a = {{4, 2, 0}, {2, 5, 2}, {0, 2, 5}}; // L = {2}, {1, 2}, {0, 1, 2}
    assertThat(Cholesky.solve(a, new double[] {4, 8, 7})).containsExactly(0.5, 1, 1);
    assertThatThrownBy(() -> Cholesky.solve(new double[][] {{1, 2}, {2, 1}}, new double[] {1, 1}))
        .isInstanceOf(ArithmeticException.class)
        .hasMessage("the matrix is not positive definite: pivot 1 is -3.0");
  }

  /** Half of the rows weigh 0, so that samples of 4 weigh much or nothing: the series tends to the Hessian of all the same. */
  @Test
  void lissaCountsRowsByTheirWeights() {
    double[] weights = new double[40];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = i % 4 == 3 ? 3 : i % 4 == 2 ? 0.5 : 0;
    }
    try (UnlearningDataset alike = data();
        Network network = Network.of(new Sequential().add(new Linear(3)), ROW, 1);
        NDManager scope = EngineRuntime.newManager()) {
      UnlearningDataset data = alike.withWeights(alike.rows(), weights);
      NDArray v = network.lossGradient(alike.rows().first(3), scope);
      ConjugateGradient exact = new ConjugateGradient(200, 1e-7, 0.2);
      float[] expected =
          exact.times(network, data.rows(), v, new Seeds(1), scope, new Counted()).toFloatArray();
      float[] unweighted =
          exact.times(network, alike.rows(), v, new Seeds(1), scope, new Counted()).toFloatArray();
      float[] found =
          new Lissa(150, 4, 60, 10, 0.2)
              .times(network, data.rows(), v, new Seeds(1), scope, new Counted())
              .toFloatArray();
      System.out.printf(
          "lissa by weights: %.2e from its matrix, %.2e from that of rows alike, which is %.2e away%n",
          distance(found, expected), distance(found, unweighted), distance(expected, unweighted));
      assertThat(distance(found, expected)).isLessThan(0.5 * distance(found, unweighted));
    }
  }

  @Test
  void aVectorThatIsNotFiniteIsRefused() {
    try (UnlearningDataset data = data();
        Network network = network();
        NDManager scope = EngineRuntime.newManager()) {
      NDArray v = scope.ones(new Shape(network.layout().parameters())).muli(Float.NaN);
      for (InverseHessian way :
          new InverseHessian[] {ConjugateGradient.DEFAULTS, Lissa.DEFAULTS, Arnoldi.DEFAULTS}) {
        assertThatThrownBy(
                () -> way.times(network, data.rows(), v, new Seeds(1), scope, new Counted()))
            .as("%s", way)
            .isInstanceOf(ArithmeticException.class)
            .hasMessageStartingWith("v must be finite, but ‖v‖² is NaN");
      }
    }
  }
}
