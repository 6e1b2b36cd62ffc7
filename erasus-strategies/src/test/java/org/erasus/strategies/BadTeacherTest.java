package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.Probe;
import org.erasus.RunLog;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.Weights;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.Optimizer;
import org.erasus.train.Sweep;
import org.erasus.train.Teacher;
import org.erasus.train.Training;
import org.erasus.train.UnlearningModule;
import org.junit.jupiter.api.Test;

class BadTeacherTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return BadTeacher.DEFAULTS.withTraining(Toys.training().withMaxEpochs(2));
  }

  /** The strategy with an incompetent teacher of one's own, who stays open. */
  private record Believing(BadTeacher settings, Network incompetent) implements UnlearningModule {
    @Override
    public Training training() {
      return settings.training();
    }

    @Override
    public List<Sweep> sweeps(int epoch) {
      return settings.sweeps(epoch);
    }

    @Override
    public UnlearningModule prepared(UnlearningTask task, RunLog log) {
      Teacher teacher = Teacher.of("incompetent teacher", incompetent, task, log);
      return new BadTeacher.Lesson(settings, teacher, incompetent.copy());
    }
  }

  /**
   * One forget and two retain rows with logits (log 3, 0), p = (¾, ¼); the incompetent teacher says (½, ½). The student starts
   * as the original, so only the forget row counts: KL((½, ½) ‖ (¾, ¼)) = ½ log 4/3, a third of it in the mean.
   */
  @Test
  void theMeanIsOverRowsAndRetainRowsStartAtZero() {
    BadTeacher settings = new BadTeacher(1, 1, Runs.oneStep());
    try (UnlearningDataset data = Runs.rows(1, new float[] {0, 0, 0}, new int[] {0, 1, 0}, 1);
        Network network = Runs.linear(1, 0, 0, (float) Math.log(3), 0);
        Network uniform = Runs.linear(1, 0, 0, 0, 0)) {
      double union =
          Runs.firstEpoch(new Believing(settings, uniform), network, data)
              .retainLoss()
              .orElseThrow();
      assertThat(union).isCloseTo(Math.log(4 / 3.0) / 6, within(1e-6));
    }
  }

  @Test
  void stepsAsPyTorch() {
    try (Network incompetent = GoldenRun.THREE_CLASSES.network()) {
      float[] values = new float[(int) incompetent.layout().parameters()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.5 * Math.cos(2.3 * (i + 1)));
      }
      try (Weights weights = Weights.of(incompetent.layout(), values, new float[0])) {
        incompetent.restore(weights);
      }
      GoldenRun.THREE_CLASSES.assertEqualToPyTorch(
          new Believing(new BadTeacher(2, 1, GoldenRun.training(5, 0.05)), incompetent),
          "losses",
          "bad-teacher");
    }
  }

  /** The control: a student whose incompetent teacher is the original stays where it is. */
  @Test
  void theIncompetentTeacherIsWhatMakesItForget() {
    BadTeacher settings =
        new BadTeacher(
            1,
            1,
            Runs.fewEpochs()
                .withMaxEpochs(20)
                .withOptimizer(Optimizer.Sgd.plain())
                .withLearningRate(0.2));
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.train(Toys.perceptron(1), data, 1);
        Weights start = network.weights();
        Unlearned same =
            new Believing(settings, network).unlearn(UnlearningTask.of(network, data).withSeed(2));
        Weights stayed = same.network().weights();
        Unlearned forgot = settings.unlearn(UnlearningTask.of(network, data).withSeed(2))) {
      assertThat(stayed.distance(start)).isLessThan(1e-3 * start.norm());
      double before = Probe.of(network, data.forget()).meanLoss();
      assertThat(Probe.of(forgot.network(), data.forget()).meanLoss()).isGreaterThan(2 * before);
    }
  }

  @Test
  void drawsTheShareOfRetainRowsUnlessTheTaskHasACoreset() {
    BadTeacher third = new BadTeacher(1, 1 / 3.0, Runs.oneStep());
    try (UnlearningDataset clouds = Toys.clouds(1);
        Network network = Toys.perceptron(1)) {
      double[] heavy = new double[clouds.retain().size()];
      Arrays.fill(heavy, 2);
      UnlearningDataset data = clouds.withWeights(clouds.retain(), heavy);
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(2);
      try (Unlearned unlearned = third.unlearn(task)) {
        long[] drawn = unlearned.record().recipe().retainCoreset().orElseThrow().ids();
        assertThat(drawn).hasSize(Math.round(data.retain().size() / 3f));
        assertThat(unlearned.record().recipe().marks())
            .as("weights stay")
            .isEqualTo(data.marksFingerprint());
      }
      Coreset own = Coreset.of(data.retain().first(5).ids(), "test");
      try (Unlearned unlearned = third.unlearn(task.withRetainCoreset(own))) {
        assertThat(unlearned.record().recipe().retainCoreset().orElseThrow().ids())
            .isEqualTo(own.ids());
      }
    }
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BadTeacher.DEFAULTS.withTemperature(0))
        .withMessage("temperature must be > 0 and finite, but was 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BadTeacher.DEFAULTS.withRetainShare(1.5))
        .withMessageStartingWith("retainShare must be in [");
  }
}
