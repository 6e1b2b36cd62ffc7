package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
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
import org.erasus.train.EarlyStopping;
import org.erasus.train.LearningRate;
import org.erasus.train.Monitor;
import org.erasus.train.Training;
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

  /** Rows of a wrong class come low; not so by a network as it was made, or one taught by targets with classes by chance. */
  @Test
  void rowsOfAWrongClassAreWorthLeastToTargetsOfTheRightOnes() {
    double untaught = 0;
    double misled = 0;
    for (int seed = 0; seed < 3; seed++) {
      try (Planted planted = new Planted(160, 80, seed);
          UnlearningDataset chance = byChance(planted.data, planted.data.validation(), seed);
          Network network = planted.identity()) {
        SelectionTask task = new SelectionTask(network, planted.data.retain(), 160, seed);
        assertThat(planted.wrongLower(passes(500).select(task))).isGreaterThan(0.9);
        untaught += planted.wrongLower(passes(1).select(task)) / 3;
        SelectionTask other = new SelectionTask(network, chance.retain(), 160, seed);
        misled += planted.wrongLower(passes(500).select(other)) / 3;
      }
    }
    assertThat(untaught).isLessThan(0.75);
    assertThat(misled).isLessThan(0.75);
  }

  private static UnlearningDataset byChance(UnlearningDataset data, Rows rows, long seed) {
    float[] inputs;
    try (var batch = rows.load(ai.djl.Device.cpu())) {
      inputs = batch.inputs().singletonOrThrow().toFloatArray();
    }
    int[] classes = new SplittableRandom(seed).ints(rows.size(), 0, data.classes()).toArray();
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
    Training training = ValuationNetwork.DEFAULTS.training();
    for (LearningRate rate :
        List.of(
            new LearningRate.Step(0.1, 2, 0.5),
            new LearningRate.WarmUp(3, new LearningRate.Step(0.1, 2, 0.5)))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ValuationNetwork.DEFAULTS.withTraining(training.withLearningRate(rate)))
          .withMessage(
              "valuation-network goes through all its passes in one epoch, in which the rate "
                  + rate
                  + " would never drop: use \"cosine\" or \"linear\", which go by steps");
    }
    EarlyStopping rule = new EarlyStopping(Monitor.VALIDATION_ACCURACY, EarlyStopping.Mode.MAX, 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ValuationNetwork.DEFAULTS.withTraining(training.withEarlyStopping(rule)))
        .withMessage(
            "valuation-network trains without validations, by which early stopping on"
                + " VALIDATION_ACCURACY would end it: leave it out and choose maxEpochs");
    assertThat(
            ValuationNetwork.DEFAULTS
                .withTraining(
                    training.withLearningRate(
                        new LearningRate.WarmUp(3, new LearningRate.Cosine(0.1, 0))))
                .hidden())
        .isEqualTo(100);
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
