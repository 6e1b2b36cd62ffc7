package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.nn.Precision;
import org.erasus.train.Listener;
import org.erasus.train.Optimizer;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Zoo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains as a user would, and stops between steps to be timed in turns: for every line {@code N} on standard input it takes
 * N steps and answers with milliseconds a step; it ends with the input.
 */
@Command(name = "training-step", mixinStandardHelpOptions = true)
public final class TrainingStep implements Callable<Integer> {
  @Option(names = "--network", required = true, description = "name in the zoo")
  private String network = "";

  @Option(names = "--shape", required = true, split = ",", description = "shape of a row")
  private long[] shape = {};

  @Option(names = "--batch", defaultValue = "128", description = "rows a step")
  private int batch;

  @Option(names = "--layout", defaultValue = "CONTIGUOUS", description = "${COMPLETION-CANDIDATES}")
  private MemoryLayout layout = MemoryLayout.CONTIGUOUS;

  @Option(names = "--precision", defaultValue = "FP32", description = "${COMPLETION-CANDIDATES}")
  private Precision precision = Precision.FP32;

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new TrainingStep())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  @Override
  public Integer call() {
    EngineRuntime.setThreads(threads);
    Shape rowShape = new Shape(shape);
    try (UnlearningDataset data = RandomData.of(batch * 64, rowShape);
        Network student =
            Network.of(Zoo.networks().get(network).block(RandomData.CLASSES), rowShape, 1)) {
      student.compute(new Compute(precision, layout));
      Training training =
          Training.DEFAULTS
              .withMaxEpochs(1_000_000)
              .withBatchSize(batch)
              .withOptimizer(Optimizer.Sgd.DEFAULTS)
              .withLearningRate(0.01);
      Turns turns = new Turns();
      new Supervised(training).train(student, data, 1, RunOptions.DEFAULTS.withListener(turns));
      return 0;
    } catch (EndOfInput end) {
      return 0;
    }
  }

  /** Lets the run go on for as many steps as a line says, and times them. */
  static final class Turns implements Listener {
    private final BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private long wanted;
    private long taken;
    private long start;

    @Override
    public void started(String name, long steps, long done) {
      next();
    }

    @Override
    public void stepped(long steps, double loss) {
      // told when the loss is known, before the weights move: the first call starts the clock
      // within a turn
      if (++taken > wanted) {
        double millis = (System.nanoTime() - start) / 1e6 / wanted;
        System.out.printf(Locale.ROOT, "%.4f%n", millis);
        System.out.flush();
        next();
        taken = 1;
      }
      if (taken == 1) {
        start = System.nanoTime();
      }
    }

    private void next() {
      try {
        String line = in.readLine();
        if (line == null) {
          throw new EndOfInput();
        }
        wanted = Long.parseLong(line.strip());
        taken = 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Ends the run when nobody asks any more. */
  static final class EndOfInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    EndOfInput() {
      super("end of input", null, false, false);
    }
  }
}
