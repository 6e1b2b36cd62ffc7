package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.erasus.Arnoldi;
import org.erasus.DataInf;
import org.erasus.EkFac;
import org.erasus.InverseHessian;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Compute;
import org.erasus.nn.MemoryLayout;
import org.erasus.selectors.Influence;
import org.erasus.zoo.Zoo;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Influences over all parameters of a ResNet-9: time by stage, and the most memory the process ever held. */
@Command(name = "influences", mixinStandardHelpOptions = true)
public final class Influences implements Callable<Integer> {
  @Option(names = "--solver", defaultValue = "ek-fac", description = "ek-fac, data-inf or arnoldi")
  private String solver = "";

  @Option(names = "--rows", defaultValue = "10000", description = "rows to score")
  private int rows;

  @Option(names = "--hessian-rows", defaultValue = "500", description = "rows of the Hessian")
  private int hessianRows;

  @Option(names = "--targets", defaultValue = "200", description = "rows whose loss is meant")
  private int targets;

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  public static void main(String[] args) {
    System.exit(new CommandLine(new Influences()).execute(args));
  }

  @Override
  public Integer call() {
    EngineRuntime.setThreads(threads);
    Shape rowShape = new Shape(3, 32, 32);
    Influence influence =
        Influence.DEFAULTS
            .withInverse(solver())
            .withTarget(Mark.FORGET)
            .withHessianRows(hessianRows);
    try (UnlearningDataset all = RandomData.of(rows, rowShape);
        Network network =
            Network.of(Zoo.networks().get("resnet9").block(RandomData.CLASSES), rowShape, 1)) {
      UnlearningDataset data = all.markForget(all.rows().first(targets));
      network.compute(Compute.DEFAULTS.withLayout(MemoryLayout.CHANNELS_LAST));
      double before = memory("VmRSS");
      long start = System.nanoTime();
      Stages stages = new Stages();
      influence.choose(new SelectionTask(network, data.rows(), rows, 1).withListener(stages));
      System.out.printf(
          Locale.ROOT,
          "{\"solver\": \"%s\", \"rows\": %d, \"hessian_rows\": %d, \"parameters\": %d, \"seconds\": %.1f,"
              + " \"resident_before_mib\": %.0f, \"peak_mib\": %.0f, \"stages\": %s}%n",
          solver,
          rows,
          hessianRows,
          network.layout().parameters(),
          (System.nanoTime() - start) / 1e9,
          before,
          memory("VmHWM"),
          stages.json());
    }
    return 0;
  }

  private InverseHessian solver() {
    return switch (solver) {
      case "ek-fac" -> EkFac.DEFAULTS;
      case "data-inf" -> DataInf.DEFAULTS;
      case "arnoldi" -> new Arnoldi(20, 10, 0.1);
      default -> throw new IllegalArgumentException("no solver named " + solver);
    };
  }

  private static double memory(String field) {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(field))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
