package org.erasus.nd4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.erasus.engine.EngineRuntime;
import org.erasus.engine.GradMode;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What ND4J and libtorch cost beside each other: start, threads, OpenMP libraries in the process, and the time of matrix
 * products alone and in turns, for either order of loading. Each case is a JVM of its own.
 *
 * <p>{@code ./mvnw -q -pl erasus-nd4j -am -Pnd4j -Dnd4j.program=LoadOrder}, on an otherwise idle machine.
 */
public final class LoadOrder {
  private static final int SIZE = 1024;
  private static final int TIMES = 30;
  private static final int ROUNDS = 3;

  private LoadOrder() {}

  /** Without arguments all cases; with one of their names that case. */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 0) {
      for (int round = 0; round < ROUNDS; round++) {
        for (String oneThread : List.of("", "1")) {
          for (String which : List.of("libtorch", "nd4j", "libtorch,nd4j", "nd4j,libtorch")) {
            inOwnProcess(which, oneThread);
          }
        }
      }
    } else {
      System.out.println(measure(args[0].split(",", -1)));
    }
  }

  private static void inOwnProcess(String which, String ompThreads)
      throws IOException, InterruptedException {
    ProcessBuilder child =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx2g",
            "-cp",
            System.getProperty("java.class.path"),
            LoadOrder.class.getName(),
            which);
    child.environment().remove("OMP_NUM_THREADS");
    if (!ompThreads.isEmpty()) {
      child.environment().put("OMP_NUM_THREADS", ompThreads);
    }
    int code = child.inheritIO().start().waitFor();
    if (code != 0) {
      System.out.println(which + ": the JVM ended with " + code);
    }
  }

  private static String measure(String... order) {
    List<String> facts = new ArrayList<>();
    facts.add(String.join(" then ", order));
    facts.add("OMP_NUM_THREADS " + System.getenv().getOrDefault("OMP_NUM_THREADS", "unset"));
    List<Product> products = new ArrayList<>();
    for (String name : order) {
      long began = System.nanoTime();
      Product product = name.equals("nd4j") ? new OfNd4j() : new OfLibtorch();
      product.run();
      facts.add(String.format(Locale.ROOT, "%s start %.0f ms", name, millisSince(began)));
      products.add(product);
    }
    for (int i = 0; i < order.length; i++) {
      facts.add(order[i] + " alone " + times(products.subList(i, i + 1)));
    }
    if (products.size() == 2) {
      facts.add("in turns " + times(products));
      facts.add(
          String.format(
              Locale.ROOT,
              "largest difference %.1e",
              difference(products.get(0).result(), products.get(1).result())));
    }
    facts.add("threads " + line("/proc/self/status", "Threads:\\s*([0-9]+)"));
    facts.add("resident kB " + line("/proc/self/status", "VmRSS:\\s*([0-9]+)"));
    facts.add("libraries " + line("/proc/self/maps", "/([^/\\n]*(?:omp|openblas|mkl)[^/\\n]*)\\n"));
    products.forEach(Product::close);
    return String.join("; ", facts);
  }

  /** The shortest and the median time that one product of each takes. */
  private static String times(List<Product> products) {
    double[] millis = new double[TIMES];
    for (int i = -TIMES / 3; i < TIMES; i++) {
      long began = System.nanoTime();
      products.forEach(Product::run);
      if (i >= 0) {
        millis[i] = millisSince(began);
      }
    }
    Arrays.sort(millis);
    return String.format(Locale.ROOT, "%.1f, median %.1f ms", millis[0], millis[TIMES / 2]);
  }

  private static double millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  private static double difference(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  /** What a regular expression finds in a file of the kernel, all different, or a dash where there is no such file. */
  private static String line(String file, String expression) {
    try {
      Matcher matcher = Pattern.compile(expression).matcher(Files.readString(Path.of(file)));
      TreeSet<String> found = new TreeSet<>();
      while (matcher.find()) {
        found.add(matcher.group(1));
      }
      return String.join(" ", found);
    } catch (IOException e) {
      return "–";
    }
  }

  /** The same values on both sides, between −1 and 1. */
  private static float[] values(int seed) {
    float[] values = new float[SIZE * SIZE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i * 0.7 + seed);
    }
    return values;
  }

  /** A product of two square matrices. */
  private interface Product extends AutoCloseable {
    void run();

    float[] result();

    @Override
    default void close() {}
  }

  private static final class OfNd4j implements Product {
    private final INDArray a = Nd4j.createFromArray(values(1)).reshape(SIZE, SIZE);
    private final INDArray b = Nd4j.createFromArray(values(2)).reshape(SIZE, SIZE);

    @Override
    public void run() {
      a.mmul(b).close();
    }

    @Override
    public float[] result() {
      return a.mmul(b).dup('c').data().asFloat();
    }
  }

  private static final class OfLibtorch implements Product {
    private final NDManager manager = EngineRuntime.newManager();
    private final NDArray a = manager.create(values(1), new Shape(SIZE, SIZE)).duplicate();
    private final NDArray b = manager.create(values(2), new Shape(SIZE, SIZE)).duplicate();

    @Override
    public void run() {
      try (GradMode off = GradMode.off()) {
        a.matMul(b).close();
      }
    }

    @Override
    public float[] result() {
      try (GradMode off = GradMode.off();
          NDArray product = a.matMul(b)) {
        return product.toFloatArray();
      }
    }

    @Override
    public void close() {
      manager.close();
    }
  }
}
