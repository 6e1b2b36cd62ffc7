package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.erasus.Network;
import org.erasus.RunOptions;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.train.Listener;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.erasus.zoo.Zoo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Resident memory and open native arrays along a run of the small CNN. */
@Command(name = "memory", mixinStandardHelpOptions = true)
public final class Memory implements Callable<Integer> {
  @Option(names = "--steps", split = ",", defaultValue = "200,1000,2000,5000,10000")
  private long[] marks = {};

  public static void main(String[] args) {
    System.exit(new CommandLine(new Memory()).execute(args));
  }

  @Override
  public Integer call() {
    Shape rowShape = new Shape(1, 28, 28);
    long last = marks[marks.length - 1];
    try (UnlearningDataset data = RandomData.of(6400, rowShape);
        Network network =
            Network.of(Zoo.networks().get("small-cnn").block(RandomData.CLASSES), rowShape, 1)) {
      Listener watch =
          new Listener() {
            @Override
            public void stepped(long steps, double loss) {
              for (long mark : marks) {
                if (steps == mark) {
                  System.out.printf(
                      Locale.ROOT,
                      "{\"steps\": %d, \"resident_mib\": %.1f, \"open_arrays\": %d}%n",
                      steps,
                      mebibytes("VmRSS"),
                      EngineRuntime.openArrays());
                }
              }
            }
          };
      Training training = Training.DEFAULTS.withBatchSize(64).withMaxEpochs((int) (last / 100 + 1));
      new Supervised(training).train(network, data, 1, RunOptions.DEFAULTS.withListener(watch));
    }
    return 0;
  }

  /** A line of what the kernel says about the process. */
  static double mebibytes(String line) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(found -> found.startsWith(line + ":"))
          .mapToDouble(found -> Double.parseDouble(found.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
