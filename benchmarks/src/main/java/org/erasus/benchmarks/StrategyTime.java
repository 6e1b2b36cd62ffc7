package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.strategies.AltPo;
import org.erasus.strategies.BadTeacher;
import org.erasus.strategies.BoundaryExpand;
import org.erasus.strategies.BoundaryShrink;
import org.erasus.strategies.CfK;
import org.erasus.strategies.Distillation;
import org.erasus.strategies.EuK;
import org.erasus.strategies.FineTune;
import org.erasus.strategies.FisherForgetting;
import org.erasus.strategies.GradientAscent;
import org.erasus.strategies.L1Sparse;
import org.erasus.strategies.MuMis;
import org.erasus.strategies.NegativeGradient;
import org.erasus.strategies.Npo;
import org.erasus.strategies.RandomLabel;
import org.erasus.strategies.Salun;
import org.erasus.strategies.Scrub;
import org.erasus.strategies.SimNpo;
import org.erasus.strategies.Ssd;
import org.erasus.strategies.TaskArithmetic;
import org.erasus.strategies.Uam;
import org.erasus.strategies.Undial;
import org.erasus.strategies.Wga;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
import org.erasus.train.Statistics;
import org.erasus.train.Training;
import org.erasus.zoo.Zoo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs a strategy on ResNet-18 to be timed in turns: for every line {@code N} on standard input N runs from the same weights,
 * and as answer milliseconds a run.
 */
@Command(name = "strategy-time", mixinStandardHelpOptions = true)
public final class StrategyTime implements Callable<Integer> {
  @Option(names = "--strategy", required = true, description = "name in the catalogue")
  private String strategy = "";

  @Option(names = "--forget", defaultValue = "128", description = "forget rows")
  private int forget;

  @Option(names = "--retain", defaultValue = "512", description = "retain rows")
  private int retain;

  @Option(names = "--epochs", defaultValue = "3", description = "of strategies that have any")
  private int epochs;

  @Option(names = "--batch", defaultValue = "128", description = "rows a step")
  private int batch;

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new StrategyTime()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    EngineRuntime.setThreads(threads);
    Shape rowShape = new Shape(3, 32, 32);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (UnlearningDataset data =
            RandomData.of(forget + retain, rowShape)
                .markForget(LongStream.range(0, forget).toArray());
        Network original =
            Network.of(Zoo.networks().get("resnet18").block(RandomData.CLASSES), rowShape, 1)
                .compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST))) {
      UnlearningTask task = UnlearningTask.of(original, data);
      UnlearningStrategy timed = strategy();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int runs = Integer.parseInt(line.strip());
        long start = System.nanoTime();
        for (int i = 0; i < runs; i++) {
          timed.unlearn(task).close();
        }
        System.out.printf(Locale.ROOT, "%.4f%n", (System.nanoTime() - start) / 1e6 / runs);
        System.out.flush();
      }
    }
    return 0;
  }

  private UnlearningStrategy strategy() {
    Training training = Training.DEFAULTS.withMaxEpochs(epochs).withBatchSize(batch);
    Training joint = training.withPairing(Pairing.JOINT);
    return switch (strategy) {
      case "fine-tune" -> new FineTune(training);
      case "negative-gradient" -> NegativeGradient.DEFAULTS.withTraining(training);
      case "random-label" -> RandomLabel.DEFAULTS.withTraining(training);
      case "salun" -> Salun.DEFAULTS.withTraining(training);
      case "scrub" -> Scrub.DEFAULTS.withForgetEpochs(2).withTraining(training);
      case "bad-teacher" ->
          BadTeacher.DEFAULTS
              .withRetainShare(1)
              .withTraining(training.withOptimizer(Optimizer.Adam.DEFAULTS).withLearningRate(1e-4));
      case "distillation" -> Distillation.DEFAULTS.withTemperature(4).withTraining(training);
      case "npo" -> Npo.DEFAULTS.withTraining(joint);
      case "simnpo" -> SimNpo.DEFAULTS.withTraining(joint);
      case "wga" -> Wga.DEFAULTS.withTraining(joint);
      case "undial" -> Undial.DEFAULTS.withTraining(joint);
      case "alt-po" -> AltPo.DEFAULTS.withTraining(joint);
      case "gradient-ascent" ->
          new GradientAscent(Optional.of(0.0), Optional.empty(), OptionalInt.empty(), training);
      case "l1-sparse" -> L1Sparse.DEFAULTS.withTraining(training);
      case "cf-k" -> CfK.DEFAULTS.withTraining(training);
      case "eu-k" -> EuK.DEFAULTS.withTraining(training.withStatistics(Statistics.UPDATE));
      case "boundary-shrink" -> BoundaryShrink.DEFAULTS.withTraining(training);
      case "boundary-expand" -> BoundaryExpand.DEFAULTS.withTraining(training);
      case "mu-mis" ->
          MuMis.DEFAULTS.withTraining(
              training.withClipNorm(1).withStatistics(Statistics.FREEZE).withLearningRate(0.001));
      case "uam" -> Uam.DEFAULTS.withTraining(joint.withClipNorm(1).withLearningRate(0.003));
      case "task-arithmetic" ->
          TaskArithmetic.DEFAULTS
              .withFixed(-1, 0.9)
              .withTraining(
                  training
                      .withOptimizer(Optimizer.AdamW.DEFAULTS)
                      .withLearningRate(1e-4)
                      .withStatistics(Statistics.FREEZE));
      case "ssd" -> Ssd.DEFAULTS;
      case "fisher-forgetting" -> FisherForgetting.DEFAULTS.withFixed(1e-8);
      default -> throw new IllegalArgumentException("no counterpart of " + strategy);
    };
  }
}
