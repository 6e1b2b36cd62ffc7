package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Sharp edges of the engine that the library must stay clear of. */
class TrapsTest {
  /** What must not stand in main code, and why. */
  private static final Map<Pattern, String> FORBIDDEN =
      Map.of(
          Pattern.compile("\\.copyTo\\("), "gives the target other storage: views are left behind",
          Pattern.compile("\\.set\\((new float|new long|FloatBuffer|LongBuffer|ByteBuffer)"),
              "gives the array other storage: views are left behind",
          Pattern.compile("DataType\\.(BFLOAT16|UINT16|UINT32|UINT64)"), "aborts the JVM",
          Pattern.compile("getGradientFunctionNames"), "crashes the JVM on a leaf",
          Pattern.compile("GradientCollector|newGradientCollector"), "one for the whole JVM",
          Pattern.compile("optClipGrad"), "clips the positive side only",
          Pattern.compile("use_mkldnn"), "breaks at the first operation",
          Pattern.compile("Math\\.random|new Random\\("), "not from the seed of the recipe",
          Pattern.compile("ObjectInputStream"), "runs what it reads");

  /** Only where gradients are recorded, but what runs there is not to be seen from the text. */
  private static final Pattern NUMBER_IN_GRAPH =
      Pattern.compile("\\.(mul|div|pow)\\((\\(float\\)|-?[0-9])");

  private static List<String> faults(String name, String source) {
    List<String> found = new ArrayList<>();
    FORBIDDEN.forEach(
        (pattern, why) -> {
          if (pattern.matcher(source).find()) {
            found.add(name + " uses " + pattern + ": " + why);
          }
        });
    return found;
  }

  @Test
  void noMainCodeUsesWhatBreaks() throws IOException {
    List<String> found = new ArrayList<>();
    int files = 0;
    try (Stream<Path> modules = Files.list(Path.of("..").toAbsolutePath().normalize())) {
      for (Path module :
          modules.filter(p -> Files.isDirectory(p.resolve("src/main/java"))).toList()) {
        try (Stream<Path> sources = Files.walk(module.resolve("src/main/java"))) {
          for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
            found.addAll(faults(source.toString(), Files.readString(source)));
            files++;
          }
        }
      }
    }
    assertThat(files).isGreaterThan(60);
    assertThat(found).isEmpty();
  }

  @Test
  void noCodeOfTheLoopOrOfALayerMultipliesByANumberOfDjls() throws IOException {
    for (String part : List.of("train", "nn", "engine")) {
      try (Stream<Path> sources = Files.walk(Path.of("src/main/java/org/erasus", part))) {
        for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
          assertThat(Files.readString(source))
              .as(source.toString())
              .doesNotContainPattern(NUMBER_IN_GRAPH);
        }
      }
    }
    assertThat("loss.mul((float) weight)").containsPattern(NUMBER_IN_GRAPH);
  }

  /** DJL closes the array of the number before the engine has read it for the gradient: 40 of 40 wrong when measured. */
  @Test
  void aGradientThroughScaleOutlivesAGarbageCollectionWhileDjlsNumberDoesNot() throws Exception {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      for (int i = 0; i < 5; i++) {
        assertThat(gradientAfterCollection(manager, x -> TorchOps.scale(x, 2))).isEqualTo(2);
      }
      int wrong = 0;
      for (int i = 0; i < 20 && wrong == 0; i++) {
        wrong += gradientAfterCollection(manager, x -> x.mul(2f)) == 2 ? 0 : 1;
      }
      assertThat(wrong).as("if this is 0, DJL has mended it: scale may go").isPositive();
    }
  }

  private static float gradientAfterCollection(NDManager manager, UnaryOperator<NDArray> times)
      throws InterruptedException {
    NDArray x = manager.ones(new Shape(3));
    x.setRequiresGradient(true);
    NDArray y = times.apply(x).sum();
    System.gc();
    Thread.sleep(20);
    List<ByteBuffer> reused = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      reused.add(ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder()).putFloat(0, 77));
    }
    float gradient = TorchOps.gradients(y, new NDArray[] {x}, false, false)[0].toFloatArray()[0];
    assertThat(reused).hasSize(2000);
    return gradient;
  }

  /**
   * Why values from Java are duplicated at the border: DJL's array is a window on memory of the JVM that nobody holds any more
   * once the array is closed, while a graph may still read it for a gradient.
   */
  @Test
  void
      aGradientThroughADuplicateOutlivesTheClosingOfWhatItWasMadeFromWhileOneThroughTheArrayDoesNot()
          throws Exception {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      for (int i = 0; i < 5; i++) {
        assertThat(gradientAfterClosing(manager, NDArray::duplicate)).containsOnly(2);
      }
      boolean wrong = false;
      for (int i = 0; i < 50 && !wrong; i++) {
        for (float value : gradientAfterClosing(manager, made -> made)) {
          wrong |= value != 2;
        }
      }
      assertThat(wrong).as("if it is right always, DJL has mended it: duplicate may go").isTrue();
    }
  }

  /** d sum(x·c)/dx is c, here 2. */
  private static float[] gradientAfterClosing(NDManager manager, UnaryOperator<NDArray> border)
      throws InterruptedException {
    int values = 256;
    try (NDManager scope = manager.newSubManager()) {
      float[] twos = new float[values];
      Arrays.fill(twos, 2);
      NDArray x = scope.ones(new Shape(values));
      x.setRequiresGradient(true);
      NDArray made = scope.create(twos);
      NDArray c = border.apply(made);
      NDArray sum = x.mul(c).sum();
      made.close();
      c.close();
      System.gc();
      Thread.sleep(20);
      List<ByteBuffer> reused = new ArrayList<>();
      for (int i = 0; i < 2000; i++) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4 * values).order(ByteOrder.nativeOrder());
        buffer.asFloatBuffer().put(new float[values]);
        reused.add(buffer);
      }
      NDArray gradient = TorchOps.gradients(sum, new NDArray[] {x}, false, false)[0];
      assertThat(reused).hasSize(2000);
      return gradient.toFloatArray();
    }
  }

  /** Why short-lived arrays come first: a result lives as long as its first operand. */
  @Test
  void aResultStaysOpenWithItsFirstOperandAndNotWithItsSecond() {
    try (NDManager run = EngineRuntime.newManager()) {
      NDArray weight = run.ones(new Shape(3));
      int before = EngineRuntime.openArrays();
      for (int i = 0; i < 3; i++) {
        try (NDManager step = run.newSubManager()) {
          NDArray row = step.ones(new Shape(3));
          assertThat(row.mul(weight).sum().getFloat()).isEqualTo(3);
        }
      }
      assertThat(EngineRuntime.openArrays()).isEqualTo(before);
      for (int i = 0; i < 3; i++) {
        try (NDManager step = run.newSubManager()) {
          NDArray row = step.ones(new Shape(3));
          assertThat(weight.mul(row).sum().getFloat()).isEqualTo(3);
        }
      }
      assertThat(EngineRuntime.openArrays())
          .as("a product and a sum a step; if none, DJL has mended it")
          .isEqualTo(before + 6);
    }
  }

  /** The search finds what it looks for. */
  @Test
  void whatBreaksIsFound() {
    assertThat(faults("a", "x.copyTo(y); manager.create(s, DataType.BFLOAT16)")).hasSize(2);
    assertThat(faults("a", "view.set(new float[] {1})")).hasSize(1);
    assertThat(faults("a", "view.set(new NDIndex(0), 1)")).isEmpty();
  }

  /** Why {@code set} and {@code copyTo} are forbidden: what is written does not arrive. */
  @Test
  void djlsSetDoesNotWriteThroughAViewButCopyInPlaceDoes() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray flat = manager.zeros(new Shape(4));
      NDArray view = TorchOps.view(flat, 1, new Shape(2));
      TorchOps.copyInPlace(view, manager.create(new float[] {5, 6}).duplicate());
      assertThat(flat.toFloatArray()).containsExactly(0, 5, 6, 0);
      view.set(new float[] {7, 8});
      assertThat(flat.toFloatArray()).containsExactly(0, 5, 6, 0);

      NDArray other = TorchOps.view(flat, 1, new Shape(2));
      manager.ones(new Shape(2)).copyTo(other);
      assertThat(flat.toFloatArray()).containsExactly(0, 5, 6, 0);
      other.set(new NDIndex(0), 9);
      assertThat(other.getFloat(0)).isEqualTo(9);
    }
  }

  /** Arrays in bf16 come from the bridge alone; DJL does not know their format, and the bridge leads back. */
  @Test
  void bf16IsUnknownToDjlAndComesBackThroughTheBridge() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode off = GradMode.off()) {
      NDArray x = manager.arange(0f, 16f, 1f).reshape(1, 1, 4, 4);
      NDArray w = manager.ones(new Shape(1, 1, 1, 1)).mul(1.5f);
      NDArray half = TorchOps.conv2d(x, w, 1, 0, 1, true);
      assertThat(half.getDataType()).isEqualTo(DataType.UNKNOWN);
      NDArray wide = TorchOps.float32(half);
      assertThat(wide.getDataType()).isEqualTo(DataType.FLOAT32);
      // 1.5·n for n < 16 has at most 6 significant bits of bf16's 8, so it is exact.
      assertThat(wide.toFloatArray()).isEqualTo(x.mul(1.5f).toFloatArray());
      NDArray linear =
          TorchOps.linear(
              manager.ones(new Shape(1, 3)),
              manager.ones(new Shape(2, 3)),
              manager.zeros(new Shape(2)),
              true);
      assertThat(linear.getDataType()).isEqualTo(DataType.FLOAT32);
    }
  }

  /** A change between forward and backward is seen by the engine, through the flat buffer too. */
  @Test
  void aChangeOfTheFlatBufferBeforeTheGradientIsAnError() {
    try (NDManager manager = EngineRuntime.newManager();
        GradMode on = GradMode.on()) {
      NDArray flat = manager.ones(new Shape(4));
      NDArray view = view(flat);
      NDArray loss = view.mul(view).sum();
      try (GradMode off = GradMode.off()) {
        flat.addi(1);
      }
      try (TensorList list = TensorList.of(view)) {
        assertThatThrownBy(() -> TorchOps.flatGradient(loss, list))
            .hasMessageContaining("modified by an inplace operation");
      }
      NDArray again = view.mul(view).sum();
      try (TensorList list = TensorList.of(view)) {
        assertThatCode(() -> TorchOps.flatGradient(again, list)).doesNotThrowAnyException();
      }
    }
  }

  private static NDArray view(NDArray flat) {
    try (GradMode off = GradMode.off()) {
      NDArray view = TorchOps.view(flat, 0, new Shape(2, 2));
      view.setRequiresGradient(true);
      return view;
    }
  }

  @Test
  void aClosedArrayIsAnErrorAndNoCrash() {
    NDManager manager = EngineRuntime.newManager();
    NDArray x = manager.ones(new Shape(2));
    manager.close();
    assertThatThrownBy(() -> TorchOps.logSigmoid(x)).isInstanceOf(IllegalStateException.class);
  }
}
