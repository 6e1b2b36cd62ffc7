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
import java.util.concurrent.Callable;
import org.erasus.Coreset;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.UnlearningDataset;
import org.erasus.engine.EngineRuntime;
import org.erasus.nn.Linear;
import org.erasus.nn.Sequential;
import org.erasus.selectors.KnnShapley;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * KNN-Shapley of rows read from a folder, to be timed in turns: for every line {@code N} on standard input N selections, and as
 * answer milliseconds each. Leaves the values in {@code ours.f64} in the folder.
 */
@Command(name = "knn-shapley-time", mixinStandardHelpOptions = true)
public final class KnnShapleyTime implements Callable<Integer> {
  private static final int CLASSES = 10;

  @Option(names = "--folder", required = true, description = "with x.f32, y.i32, tx.f32, ty.i32")
  private Path folder = Path.of("");

  @Option(names = "--width", required = true, description = "features of a row")
  private int width;

  @Option(names = "--k", defaultValue = "5", description = "neighbours")
  private int k;

  @Option(names = "--threads", defaultValue = "2", description = "threads in one operation")
  private int threads;

  /** Runs with options from the command line. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new KnnShapleyTime()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    EngineRuntime.setThreads(threads);
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (UnlearningDataset data =
            UnlearningDataset.of(floats("x"), new Shape(width), ints("y"), CLASSES)
                .withUnseen(floats("tx"), ints("ty"));
        Network network =
            Network.of(new Sequential().add("head", new Linear(CLASSES)), new Shape(width), 1)) {
      int rows = data.retain().size();
      SelectionTask task = new SelectionTask(network, data.retain(), rows, 1);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int runs = Integer.parseInt(line.strip());
        long start = System.nanoTime();
        Coreset found = new KnnShapley(k, Mark.UNSEEN).choose(task);
        for (int i = 1; i < runs; i++) {
          found = new KnnShapley(k, Mark.UNSEEN).choose(task);
        }
        double millis = (System.nanoTime() - start) / 1e6 / runs;
        write(found);
        System.out.printf(Locale.ROOT, "%.4f%n", millis);
        System.out.flush();
      }
    }
    return 0;
  }

  private ByteBuffer read(String name) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(name))).order(ByteOrder.LITTLE_ENDIAN);
  }

  private float[] floats(String name) throws IOException {
    ByteBuffer bytes = read(name + ".f32");
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  private int[] ints(String name) throws IOException {
    ByteBuffer bytes = read(name + ".i32");
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  private void write(Coreset all) throws IOException {
    double[] values = new double[all.size()];
    for (int i = 0; i < values.length; i++) {
      values[(int) all.id(i)] = all.score(i).orElseThrow();
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    Files.write(folder.resolve("ours.f64"), bytes.array());
  }
}
