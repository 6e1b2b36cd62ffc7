package org.erasus.benchmarks;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.erasus.Catalog;
import org.erasus.Coreset;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.selectors.FacilityLocation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Chooses rows by given features to be timed in turns: for every line on standard input one selection, and as answer a line of
 * JSON with its milliseconds, the sum of its scores and the most memory the process has had so far.
 */
@Command(name = "selection-time", mixinStandardHelpOptions = true)
public final class SelectionTime implements Callable<Integer> {
  @Option(names = "--selector", required = true, description = "name in the catalogue")
  private String selector = "";

  @Option(names = "--features", required = true, description = "file of 32-bit floats, row by row")
  private Path features = Path.of("");

  @Option(names = "--width", defaultValue = "512", description = "features of a row")
  private int width;

  @Option(names = "--wanted", required = true, description = "rows to choose")
  private int wanted;

  @Option(names = "--neighbours", description = "of facility location; all pairs without")
  private Optional<Integer> neighbours = Optional.empty();

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new SelectionTime()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    EngineRuntime.setThreads(threads);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Selector timed =
        neighbours.isPresent()
            ? FacilityLocation.DEFAULTS.withNeighbours(neighbours.get())
            : Catalog.selectors().get(selector);
    Shape rowShape = new Shape(width);
    try (UnlearningDataset data = read(rowShape);
        Network network = Network.of(new Sequential().add("head", new Linear(2)), rowShape, 1)) {
      SelectionTask task = new SelectionTask(network, data.rows(), wanted, 1);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        long start = System.nanoTime();
        Coreset chosen = timed.choose(task);
        double millis = (System.nanoTime() - start) / 1e6;
        System.out.printf(
            Locale.ROOT,
            "{\"ms\": %.1f, \"scores\": %.6f, \"peak_mib\": %.1f}%n",
            millis,
            IntStream.range(0, chosen.size()).mapToDouble(i -> chosen.score(i).orElse(0.0)).sum(),
            Memory.mebibytes("VmHWM"));
      }
    }
    return 0;
  }

  private UnlearningDataset read(Shape rowShape) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(features)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    int[] labels = new int[values.length / width];
    return UnlearningDataset.of(values, rowShape, labels, 2);
  }
}
