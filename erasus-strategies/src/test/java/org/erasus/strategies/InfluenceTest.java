package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.erasus.ConjugateGradient;
import org.erasus.InverseHessian;
import org.erasus.Lissa;
import org.erasus.Mask;
import org.erasus.Need;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.WoodFisher;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.strategies.Influence.Curvature;
import org.erasus.testkit.Golden;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class InfluenceTest implements StrategyContract {
  private static final Influence ONE = Influence.DEFAULTS.withScales(List.of(1.0));

  @Override
  public UnlearningStrategy strategy() {
    return Influence.DEFAULTS;
  }

  /**
   * Two rows x = 1 and x = −1 of class 0, weights 0: p = ½, so g = (−½x, ½x, −½, ½) and H = (1/n) Σ ¼ [[1, −1], [−1, 1]] ⊗ (x, 1)ᵀ(x, 1),
   * which on (u, −u, 0, 0) is ½u for either row. Forgetting x = 1: v = ½ (g_f − g_r) = ½ (−1, 1, 0, 0), so (H + λI)⁻¹ v =
   * (−½, ½, 0, 0)/(½ + λ).
   */
  @Test
  void onTwoRowsTheStepIsDerivedByHand() {
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, -1}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      Influence influence =
          new Influence(List.of(2.0), new ConjugateGradient(10, 1e-6, 0.25), Curvature.ALL);
      float[] after = Runs.weightsAfter(influence, network, data);
      double[] expected = {-1 / 0.75, 1 / 0.75, 0, 0};
      for (int i = 0; i < 4; i++) {
        assertThat((double) after[i]).isCloseTo(expected[i], within(1e-6));
      }
    }
  }

  /**
   * The same two rows with weights 3 and 1. v = ¼ (3 g_f − (3/1) g_r) = ¾ (−1, 1, 0, 0). On (u, −u, s, −s) H is ½ Σ w_i [x², x; x, 1]/4
   * of (u, s), which is ½ [1, ½; ½, 1], and [¾, ¼; ¼, ¾] with λ = ¼ on the diagonal; its inverse is [1½, −½; −½, 1½], and twice that
   * of (−¾, 0) is (−2¼, ¾).
   */
  @Test
  void rowsCountByTheirWeights() {
    Influence influence =
        new Influence(List.of(2.0), new ConjugateGradient(10, 1e-6, 0.25), Curvature.ALL);
    try (UnlearningDataset data = Runs.rows(1, new float[] {1, -1}, new int[] {0, 0}, 1);
        Network network = Runs.linear(1, 0, 0, 0, 0)) {
      UnlearningDataset weighted = data.withWeights(data.rows(), new double[] {3, 1});
      assertThat(Runs.weightsAfter(influence, network, weighted))
          .containsExactly(new float[] {-2.25f, 2.25f, 0.75f, -0.75f}, within(1e-5f));
    }
  }

  /** The exact claim: at the optimum of regularised logistic regression the step is Newton's, and nearly retrains. */
  @Test
  void onLogisticRegressionItIsANewtonStep() {
    Golden golden = Golden.load(getClass(), "edits");
    double[] newton = golden.numbers("/logistic/newton");
    double[] retrained = golden.numbers("/logistic/retrained");
    float[] optimum = golden.floats("/logistic/optimum");
    double damping = golden.number("/logistic/lambda");
    try (UnlearningDataset data = GoldenRun.THREE_CLASSES.data();
        Network network = Network.of(new Sequential().add(new Linear(3)), new Shape(8), 1);
        Weights at = Weights.of(network.layout(), optimum, new float[0])) {
      network.restore(at);
      for (InverseHessian inverse :
          List.of(
              new ConjugateGradient(200, 1e-7, damping), new Lissa(4000, 1000, 1, 3, damping))) {
        float[] after =
            Runs.weightsAfter(
                new Influence(List.of(1.0), inverse, Curvature.RETAIN), network, data);
        assertThat(distance(after, newton)).as("%s", inverse).isLessThan(2e-5);
        assertThat(distance(after, retrained)).isLessThan(0.2 * distance(optimum, retrained));
      }
    }
  }

  private static double distance(float[] found, double[] expected) {
    double sum = 0;
    for (int i = 0; i < found.length; i++) {
      sum += Math.pow(found[i] - expected[i], 2);
    }
    return Math.sqrt(sum);
  }

  @Test
  void woodFisherStepsAsNumPy() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Influence(List.of(2.0), new WoodFisher(1000, 0.05), Curvature.ALL),
        "edits",
        "influence-wood-fisher");
  }

  @Test
  void conjugateGradientsStepAsNumPy() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Influence(List.of(2.0), new ConjugateGradient(300, 1e-7, 0.5), Curvature.RETAIN),
        "edits",
        "influence-hessian");
  }

  @Test
  void lissaStepsAsNumPy() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new Influence(List.of(2.0), new Lissa(500, 1000, 1, 6, 0.5), Curvature.RETAIN),
        "edits",
        "influence-hessian");
  }

  /** The control: the step away from a class raises the loss on it; an α of nearly 0 does nothing. */
  @Test
  void theStepForgets() {
    Influence lively = ONE.withInverse(new WoodFisher(1000, 0.01));
    double before = Runs.before((n, data) -> Runs.forgetLoss(n, data.markForgetClasses(0)));
    assertThat(
            Runs.after(
                ONE.withScales(List.of(1e-9)), data -> data.markForgetClasses(0), Runs::forgetLoss))
        .isCloseTo(before, within(1e-5));
    double forgotten =
        Runs.after(
            lively.withScales(List.of(2.0)), data -> data.markForgetClasses(0), Runs::forgetLoss);
    double retained =
        Runs.after(
            lively.withScales(List.of(2.0)), data -> data.markForgetClasses(0), Runs::retainLoss);
    assertThat(forgotten).isGreaterThan(before + 1).isGreaterThan(retained + 1);
  }

  @Test
  void maskedWeightsStay() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Mask head = LastLayers.mask(network, 1);
        Unlearned unlearned = ONE.unlearn(UnlearningTask.of(network, data).withMask(head));
        Weights end = unlearned.network().weights()) {
      assertThat(end.values("hidden.weight")).isEqualTo(start.values("hidden.weight"));
      assertThat(end.values("head.weight")).isNotEqualTo(start.values("head.weight"));
    }
  }

  /** Large random weights, far from a minimum: the Hessian has negative eigenvalues. */
  @Test
  void conjugateGradientsRefuseALossThatBendsDown() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(7)) {
      network.parameters().muli(4);
      assertThatThrownBy(
              () ->
                  ONE.withInverse(new ConjugateGradient(200, 1e-7, 0))
                      .unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("use a larger damping");
    }
  }

  @Test
  void lissaRefusesASeriesThatGrows() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      assertThatThrownBy(
              () ->
                  ONE.withInverse(new Lissa(100, 64, 1, 0.01, 0.1))
                      .unlearn(UnlearningTask.of(network, data)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("use a scale above 0.01");
    }
  }

  @Test
  void asksForValidationRowsOnlyWhenThereIsAChoice() {
    assertThat(Influence.DEFAULTS.needs()).contains(Need.VALIDATION_ROWS);
    assertThat(ONE.needs()).doesNotContain(Need.VALIDATION_ROWS);
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Influence.DEFAULTS.withScales(List.of(-1.0)))
        .withMessage("scale must be > 0 and finite, but was -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new WoodFisher(10, 0))
        .withMessage("damping must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Lissa(0, 1, 1, 1, 0))
        .withMessage("depth must be at least 1, but was 0");
  }

  /** Weights of 0 are refused before any gradient, and too many rows before that. */
  @Test
  void tooManyRowsAreRefusedBeforeGradients() {
    int many = (1 << 14) + 1;
    try (UnlearningDataset all =
            UnlearningDataset.of(new float[many], new Shape(1), new int[many], 2).markForget(0);
        Network network = Runs.linear(1, 1, -1, 0, 0)) {
      UnlearningDataset weightless = all.withWeights(all.forget(), new double[1]);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  ONE.withInverse(new WoodFisher(many, 1))
                      .unlearn(UnlearningTask.of(network, weightless)))
          .withMessageContaining("take at most 16384 rows");
    }
  }

  @Test
  void rowsWhoseWeightsAreAllZeroAreRefused() {
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      for (Rows rows : List.of(data.retain(), data.forget())) {
        UnlearningDataset weightless = data.withWeights(rows, new double[rows.size()]);
        assertThatIllegalArgumentException()
            .isThrownBy(() -> ONE.unlearn(UnlearningTask.of(network, weightless)))
            .withMessageStartingWith(
                "influence needs forget and retain rows of weight above 0, but");
      }
    }
  }
}
