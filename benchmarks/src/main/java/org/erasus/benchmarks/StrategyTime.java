package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.erasus.Network;
import org.erasus.UnlearningDataset;
import org.erasus.UnlearningStrategy;
import org.erasus.UnlearningTask;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.strategies.BadTeacher;
import org.erasus.strategies.Distillation;
import org.erasus.strategies.FineTune;
import org.erasus.strategies.NegativeGradient;
import org.erasus.strategies.Npo;
import org.erasus.strategies.RandomLabel;
import org.erasus.strategies.Salun;
import org.erasus.strategies.Scrub;
import org.erasus.strategies.Ssd;
import org.erasus.train.Optimizer;
import org.erasus.train.Pairing;
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
      case "npo" -> Npo.DEFAULTS.withTraining(training.withPairing(Pairing.JOINT));
      case "ssd" -> Ssd.DEFAULTS;
      default -> throw new IllegalArgumentException("no counterpart of " + strategy);
    };
  }
}
