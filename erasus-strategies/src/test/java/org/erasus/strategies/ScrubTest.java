package org.erasus.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.stream.IntStream;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.RunRecord;
import org.erasus.Unlearned;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.testkit.StrategyContract;
import org.erasus.testkit.Toys;
import org.erasus.train.CancelledRunException;
import org.erasus.train.Checkpoints;
import org.erasus.train.EpochRecord;
import org.erasus.train.Listener;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubTest implements StrategyContract {
  @Override
  public UnlearningStrategy strategy() {
    return Scrub.DEFAULTS.withTraining(Toys.training().withMaxEpochs(3)).withRewind(true);
  }

  /**
   * The student starts as the teacher, where KL is 0 and at its minimum, so that its gradient is 0, too: a plain full-batch
   * step of the first forget pass moves nothing, and the retain step still sees γ CE(θ₀) and no divergence.
   */
  @Test
  void firstForgetLossIsZeroAndFirstRetainLossIsGammaTimesCrossEntropy() {
    Scrub scrub = new Scrub(4, 0.5, 0.75, 1, false, Runs.oneStep());
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      double crossEntropy = Runs.retainLoss(network, data);
      EpochRecord first = Runs.firstEpoch(scrub, network, data);
      assertThat(first.forgetLoss().orElseThrow()).isCloseTo(0, within(1e-6));
      assertThat(first.retainLoss().orElseThrow()).isCloseTo(0.75 * crossEntropy, within(1e-5));
    }
  }

  @Test
  void onlyTheFirstEpochsHaveAForgetPass() {
    RunRecord record =
        Runs.record(new Scrub(4, 0.001, 0.99, 2, false, Runs.oneStep().withMaxEpochs(4)));
    assertThat(record.epochs().stream().map(e -> e.forgetLoss().isPresent()))
        .containsExactly(true, true, false, false);
  }

  /** Mean KL(softmax(z₀/4) ‖ softmax(z/4)) on forget rows, in double precision. */
  private static double divergenceAfter(Scrub scrub) {
    try (UnlearningDataset data = Toys.clouds(1);
        Network teacher = Toys.train(Toys.perceptron(1), data, 1);
        Unlearned student = scrub.unlearn(UnlearningTask.of(teacher, data).withSeed(2))) {
      float[][] before = teacher.logits(data.forget());
      float[][] after = student.network().logits(data.forget());
      return IntStream.range(0, before.length)
          .mapToDouble(i -> divergence(logSoftmax(before[i]), logSoftmax(after[i])))
          .average()
          .orElseThrow();
    }
  }

  private static double divergence(double[] logP, double[] logQ) {
    return IntStream.range(0, logP.length)
        .mapToDouble(c -> Math.exp(logP[c]) * (logP[c] - logQ[c]))
        .sum();
  }

  private static double[] logSoftmax(float[] z) {
    double normaliser =
        Math.log(IntStream.range(0, z.length).mapToDouble(c -> Math.exp(z[c] / 4)).sum());
    return IntStream.range(0, z.length).mapToDouble(c -> z[c] / 4 - normaliser).toArray();
  }

  /** The control: the same run whose forget pass counts nothing. */
  @Test
  void theForgetPassDrivesTheStudentAwayFromTheTeacher() {
    Scrub scrub =
        new Scrub(4, 0.001, 0.99, 6, false, Toys.training().withMaxEpochs(7).withBatchSize(6));
    Scrub off = scrub.withTraining(scrub.training().withForgetWeight(0));
    assertThat(divergenceAfter(scrub)).isGreaterThan(1);
    assertThat(divergenceAfter(off)).isLessThan(0.1);
  }

  /** The control: the same run ended before the epochs that only repair. */
  @Test
  void theLastEpochsRepairTheRetainRows() {
    Training training = Toys.training().withBatchSize(6);
    Scrub repaired = new Scrub(4, 0.001, 0.99, 6, false, training.withMaxEpochs(10));
    Scrub unrepaired = new Scrub(4, 0.001, 0.99, 6, false, training.withMaxEpochs(6));
    assertThat(Runs.after(repaired, Runs::retainLoss))
        .isLessThan(Runs.after(unrepaired, Runs::retainLoss) / 3);
  }

  /** Without class loss, obeying holds the student closer to the teacher. */
  @Test
  void theDivergenceHoldsTheStudentToTheTeacher() {
    Scrub scrub = new Scrub(4, 1, 0, 2, false, Toys.training().withMaxEpochs(6).withBatchSize(6));
    Scrub off = scrub.withDivergenceWeight(0);
    double original = Runs.before(Runs::retainLoss);
    assertThat(Math.abs(Runs.after(scrub, Runs::retainLoss) - original))
        .isLessThan(Math.abs(Runs.after(off, Runs::retainLoss) - original));
  }

  private static Scrub forRewinding(int epochs) {
    return new Scrub(
        4, 0.001, 0.99, 8, true, Toys.training().withMaxEpochs(epochs).withBatchSize(6));
  }

  /** The rule worked out from outside: runs of 1, 2, … epochs give the errors after each. */
  @Test
  void rewindingEndsWithTheFirstEpochWhoseForgetErrorReachesThatOfValidationRows() {
    int epochs = 8;
    double[] errors =
        IntStream.rangeClosed(1, epochs)
            .mapToDouble(
                e ->
                    Runs.after(
                        forRewinding(e).withRewind(false),
                        (n, data) -> 1 - n.accuracy(data.forget())))
            .toArray();
    double reference =
        Runs.after(
            forRewinding(epochs).withRewind(false),
            (n, data) -> 1 - n.accuracy(data.validation())); // D_f holds all classes here
    int first =
        IntStream.range(0, epochs).filter(e -> errors[e] >= reference).findFirst().orElseThrow();
    assertThat(first).as("a case in which there is something to rewind").isLessThan(epochs - 1);
    try (UnlearningDataset data = data();
        Network network = network(data)) {
      assertThat(Runs.weightsAfter(forRewinding(epochs), network, data))
          .isEqualTo(Runs.weightsAfter(forRewinding(first + 1).withRewind(false), network, data));
    }
    assertThat(Runs.record(forRewinding(epochs)).reason())
        .endsWith("went back to the weights after epoch " + first);
  }

  @Test
  void anInterruptedRunRewindsAsAWholeOne(@TempDir Path folder) {
    Listener interruptor =
        new Listener() {
          @Override
          public void stepped(long steps, double loss) {
            if (steps == 70) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (UnlearningDataset data = data();
        Network network = network(data);
        Unlearned whole = forRewinding(8).unlearn(UnlearningTask.of(network, data).withSeed(2))) {
      RunOptions kept = RunOptions.DEFAULTS.withCheckpoints(Checkpoints.in(folder));
      UnlearningTask task = UnlearningTask.of(network, data).withSeed(2).withOptions(kept);
      assertThatThrownBy(
              () -> forRewinding(8).unlearn(task.withOptions(kept.withListener(interruptor))))
          .isInstanceOf(CancelledRunException.class);
      assertThat(Thread.interrupted()).isTrue();
      try (Unlearned resumed = forRewinding(8).unlearn(task)) {
        assertThat(StrategyContract.fingerprint(resumed.network()))
            .isEqualTo(StrategyContract.fingerprint(whole.network()));
      }
    }
  }
}
