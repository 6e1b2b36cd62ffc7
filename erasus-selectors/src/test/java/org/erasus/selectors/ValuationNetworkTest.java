package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.SplittableRandom;
import org.erasus.Coreset;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.Rows;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.erasus.engine.TorchOps;
import org.erasus.testkit.Golden;
import org.erasus.testkit.SelectorContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuationNetworkTest implements SelectorContract {
  private static ValuationNetwork passes(int passes) {
    return ValuationNetwork.DEFAULTS.withTraining(
        ValuationNetwork.DEFAULTS.training().withMaxEpochs(passes));
  }

  @Override
  public Selector selector() {
    return passes(20);
  }

  /** Value network and gradient of REINFORCE with the bound on the mean, from PyTorch's own differentiation. */
  @ParameterizedTest
  @ValueSource(strings = {"middle", "many", "few"})
  void theGradientOfAStepIsThatOfThePaper(String which) {
    Golden golden = Golden.load(getClass(), "valuation");
    String at = "/objective/" + which;
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      NDArray logits = manager.create(golden.floats(at + "/logits"), new Shape(6, 2)).duplicate();
      logits.setRequiresGradient(true);
      NDArray loss =
          ValuationNetwork.objective(
              logits, new int[] {1, 0, 0, 1, 1, 0}, golden.number(at + "/advantage"), 0.9);
      float[] found =
          TorchOps.gradients(loss, new NDArray[] {logits}, false, false)[0].toFloatArray();
      double[] expected = golden.numbers(at + "/gradient");
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i])
            .isCloseTo((float) expected[i], offset((float) (1e-5 + 1e-4 * Math.abs(expected[i]))));
      }
    }
  }

  /** Rows of a wrong class come low; not so when the target rows have classes by chance and teach nothing. */
  @Test
  void rowsOfAWrongClassAreWorthLeastToTargetsOfTheRightOnes() {
    try (Planted planted = new Planted(160, 80, 3);
        Network network = planted.identity()) {
      Coreset found = passes(400).select(new SelectionTask(network, planted.data.retain(), 160, 0));
      assertThat(planted.wrongLower(found)).isGreaterThan(0.9);
      Rows targets = planted.data.validation();
      try (UnlearningDataset misled = byChance(planted.data, targets)) {
        Coreset control = passes(400).select(new SelectionTask(network, misled.retain(), 160, 0));
        assertThat(planted.wrongLower(control)).isLessThan(0.75);
      }
    }
  }

  private static UnlearningDataset byChance(UnlearningDataset data, Rows rows) {
    float[] inputs;
    try (var batch = rows.load(ai.djl.Device.cpu())) {
      inputs = batch.inputs().singletonOrThrow().toFloatArray();
    }
    int[] classes = new SplittableRandom(1).ints(rows.size(), 0, data.classes()).toArray();
    return data.withRows(rows, inputs, classes);
  }

  @Test
  void settingsAreCheckedAndKept() throws IOException {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ValuationNetwork.DEFAULTS.withHidden(0))
        .withMessage("hidden must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ValuationNetwork.DEFAULTS.withWindow(0))
        .withMessage("window must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ValuationNetwork.DEFAULTS.withExploration(0.4))
        .withMessage("exploration must be in (0.5, 1.0), but was 0.4");
    Selector other =
        passes(7)
            .withHidden(5)
            .withWindow(3)
            .withExploration(0.8)
            .withTarget(Mark.UNSEEN)
            .withPredictor(FeatureClassifier.LogisticRegression.DEFAULTS.withDecay(0.1));
    assertThat(Json.read(Json.write(other), Selector.class)).isEqualTo(other);
  }
}
