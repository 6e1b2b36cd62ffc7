package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.erasus.Network;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.junit.jupiter.api.Test;

class NegMergeTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return new NegMerge(List.of(0.5, 1.0), List.of(0.05, 0.1), 1, Toys.training().withMaxEpochs(2));
  }

  /** After one plain step τ_k = −r_k g, all of one sign, so θ = θ₀ + λ·(0.1 + 0.3)/2·g: ascent with rate 2·0.2. */
  @Test
  void ofOneStepItIsGradientAscent() {
    NegMerge merge = new NegMerge(List.of(2.0), List.of(0.1, 0.3), 1, Runs.oneStep());
    GradientAscent ascent =
        GradientAscent.DEFAULTS
            .withoutGuard()
            .withTarget(0)
            .withTraining(Runs.oneStep().withLearningRate(0.4));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      float[] merged = Runs.weightsAfter(merge, network, data);
      float[] climbed = Runs.weightsAfter(ascent, network, data);
      for (int i = 0; i < merged.length; i++) {
        assertThat(merged[i]).isCloseTo(climbed[i], within(2e-6f));
      }
    }
  }

  /**
   * Two steps in 64 bits, at rates 0.5 and 20, on rows (1, 0) of either class and (0, 1) of class 0. Weights of class 1 are the
   * negatives of those of class 0, so the gap is 2(v₁x₁ + v₂x₂ + c). The long steps of the second expert carry v₁ past where
   * it started: the experts disagree, and it stays. On v₂ and c they agree.
   */
  @Test
  void takesBackTheMeanOfWhatTheExpertsAgreeOn() {
    NegMerge merge =
        new NegMerge(List.of(0.1), List.of(0.5, 20.0), 1, Runs.oneStep().withMaxEpochs(2));
    double[] start = {0.4, 0.1, 0};
    double[] slow = expert(start, 0.5);
    double[] fast = expert(start, 20);
    assertThat(slow[0]).isLessThan(start[0]);
    assertThat(fast[0]).isGreaterThan(start[0]);
    float[] expected = new float[6];
    for (int i = 0; i < 3; i++) {
      boolean agreed = (slow[i] > start[i]) == (fast[i] > start[i]);
      assertThat(agreed).isEqualTo(i > 0);
      double end = start[i] - (agreed ? 0.1 * ((slow[i] + fast[i]) / 2 - start[i]) : 0);
      int place = i < 2 ? i : 4; // of class 0: W₀ first, b last
      expected[place] = (float) end;
      expected[place + (i < 2 ? 2 : 1)] = (float) -end;
    }
    try (UnlearningDataset data =
            Runs.rows(2, new float[] {1, 0, 1, 0, 0, 1, 7, 7}, new int[] {0, 1, 0, 1}, 3);
        Network network = Runs.linear(2, 0.4f, 0.1f, -0.4f, -0.1f, 0, 0)) {
      assertThat(Runs.weightsAfter(merge, network, data)).containsExactly(expected, within(1e-5f));
    }
  }

  private static double[] expert(double[] start, double rate) {
    double[][] rows = {{1, 0, 1}, {1, 0, 1}, {0, 1, 1}};
    int[] labels = {0, 1, 0};
    double[] v = start.clone();
    for (int step = 0; step < 2; step++) {
      double[] gradient = new double[3];
      for (int n = 0; n < 3; n++) {
        double gap = 0;
        for (int i = 0; i < 3; i++) {
          gap += 2 * v[i] * rows[n][i];
        }
        double error = 1 / (1 + Math.exp(-gap)) - (labels[n] == 0 ? 1 : 0);
        for (int i = 0; i < 3; i++) {
          gradient[i] += error * rows[n][i] / 3;
        }
      }
      for (int i = 0; i < 3; i++) {
        v[i] -= rate * gradient[i];
      }
    }
    return v;
  }

  /** The control: with next to nothing taken back the forget loss is what it was. */
  @Test
  void whatIsTakenBackRaisesTheForgetLoss() {
    NegMerge merge = new NegMerge(List.of(3.0), List.of(0.05, 0.1), 1, Runs.fewEpochs());
    double before = Runs.before(Runs::forgetLoss);
    assertThat(Runs.after(merge, Runs::forgetLoss)).isGreaterThan(before + 0.1);
    assertThat(Runs.after(merge.withScales(List.of(1e-6)), Runs::forgetLoss))
        .isCloseTo(before, within(1e-3));
  }

  @Test
  void endsWhereItDoesInPyTorch() {
    GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
        new NegMerge(List.of(1.5), List.of(0.05, 0.4), 1, GoldenRun.training(4, 1)),
        "losses",
        "neg-merge");
  }

  /** The control: what the experts disagree on stays, and orders make them disagree. */
  @Test
  void onlyWhatAllExpertsAgreeOnMoves() {
    NegMerge merge = new NegMerge(List.of(1.0), List.of(0.05, 0.1), 3, Runs.fewEpochs());
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Unlearned unlearned = merge.unlearn(UnlearningTask.of(network, data).withSeed(2));
        Weights end = unlearned.network().weights()) {
      Matcher said =
          Pattern.compile("(\\d+) of (\\d+) parameters had one sign in all 6 experts")
              .matcher(unlearned.record().reason());
      assertThat(said.find()).isTrue();
      int all = Integer.parseInt(said.group(2));
      int agreed = Integer.parseInt(said.group(1));
      assertThat(agreed).isBetween(1, all - 1);
      assertThat(Runs.equalEntries(start.toFloats(), end.toFloats())).isEqualTo(all - agreed);
    }
  }

  @Test
  void refusesAScaleOfZeroAndNoRates() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NegMerge.DEFAULTS.withScales(List.of(0.0)))
        .withMessage("scale must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> NegMerge.DEFAULTS.withRates(List.of()))
        .withMessage("number of rates must be at least 1, but was 0");
  }
}
