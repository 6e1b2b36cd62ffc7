package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineRuntimeTest {
  @ParameterizedTest
  @ValueSource(strings = {"2.7.1", "2.7.1+cu128", "2.7.1-cpu"})
  void theVersionWeAreBuiltForIsAccepted(String version) {
    assertThatCode(() -> EngineRuntime.requireVersion(version)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.13.0", "2.7.10", "2.7", "1.13.1", "12.7.1", "2.7.1.1", ""})
  void anyOtherVersionIsRefusedWithBothVersionsAndTheRemedy(String version) {
    assertThatIllegalStateException()
        .isThrownBy(() -> EngineRuntime.requireVersion(version))
        .withMessage(
            "Erasus needs libtorch 2.7.1 but the engine loaded "
                + version
                + ": put ai.djl.pytorch:pytorch-native-cpu:2.7.1 on the class path, or set PYTORCH_VERSION to match"
                + " PYTORCH_LIBRARY_PATH");
  }

  @Test
  void aLibraryThatComputesNonsenseIsRefused() {
    assertThatCode(() -> EngineRuntime.requireProducts(new float[] {4, 9}))
        .doesNotThrowAnyException();
    for (float[] wrong : new float[][] {{0, 9}, {4, 8}, {Float.NaN, 9}, {4, Float.NaN}}) {
      assertThatIllegalStateException()
          .isThrownBy(() -> EngineRuntime.requireProducts(wrong))
          .withMessageContaining("2·2 = " + wrong[0])
          .withMessageContaining("3·3 = " + wrong[1]);
    }
  }

  /** What a program without natives says; DJL alone would ask publish.djl.ai for some. */
  static final class WithoutNatives {
    private WithoutNatives() {}

    public static void main(String[] args) {
      try {
        EngineRuntime.start();
      } catch (ExceptionInInitializerError e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
          System.out.println(cause);
        }
        System.out.println("offline afterwards: " + System.getProperty("ai.djl.offline"));
      }
    }
  }

  @Test
  void withoutNativesNothingIsDownloadedAndTheJarIsNamed(@TempDir Path cache) throws Exception {
    String classPath =
        Stream.of(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))
                    .split(Pattern.quote(File.pathSeparator), -1))
            .filter(entry -> !entry.contains("pytorch-native"))
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder java =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                WithoutNatives.class.getName())
            .redirectErrorStream(true);
    java.environment().keySet().removeIf(name -> name.matches("PYTORCH_.*|.*OFFLINE"));
    java.environment().put("DJL_CACHE_DIR", cache.toString());
    java.environment().put("ENGINE_CACHE_DIR", cache.toString());
    Process process = java.start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("put ai.djl.pytorch:pytorch-native-cpu:2.7.1:", "on the class path")
        .contains("Offline mode is enabled")
        .contains("offline afterwards: null");
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void theEngineInUseIsTheOneWeAreBuiltFor() {
    EngineRuntime.EngineInfo info = EngineRuntime.info();
    assertThat(info.engine()).isEqualTo("PyTorch");
    assertThat(info.torch()).startsWith(EngineRuntime.TORCH_VERSION);
    assertThat(info.djl()).isEqualTo("0.35.1");
    assertThat(info.threads()).isPositive();
  }

  @Test
  void arraysAreCountedInManagersOfEveryDepth() {
    int before = EngineRuntime.openArrays();
    try (NDManager manager = EngineRuntime.newManager()) {
      NDManager deep = manager.newSubManager().newSubManager();
      NDArray a = manager.ones(new Shape(2));
      NDArray b = deep.ones(new Shape(2));
      assertThat(EngineRuntime.openArrays()).isEqualTo(before + 2);
      NDArray c = b.add(a);
      assertThat(EngineRuntime.openArrays()).isEqualTo(before + 3);
      assertThat(c.getManager()).as("a result is its first operand's").isSameAs(deep);
      assertThat(a.add(b).getManager()).isSameAs(manager);
      b.close();
      deep.close();
      assertThat(EngineRuntime.openArrays()).isEqualTo(before + 2);
    }
    assertThat(EngineRuntime.openArrays()).isEqualTo(before);
  }

  @Test
  void arraysOfOtherThreadsAreCountedToo() {
    int before = EngineRuntime.openArrays();
    NDManager manager =
        CompletableFuture.supplyAsync(
                () -> {
                  NDManager made = EngineRuntime.newManager();
                  made.ones(new Shape(2));
                  return made;
                })
            .join();
    assertThat(EngineRuntime.openArrays()).isEqualTo(before + 1);
    manager.close();
    assertThat(EngineRuntime.openArrays()).isEqualTo(before);
  }

  @Test
  void threadsAreSetForTheWholeProcess() {
    int before = EngineRuntime.info().threads();
    try {
      EngineRuntime.setThreads(1);
      assertThat(EngineRuntime.info().threads()).isEqualTo(1);
      assertThat(CompletableFuture.supplyAsync(JniUtils::getNumThreads).join()).isEqualTo(1);
      EngineRuntime.setThreads(2);
      assertThat(EngineRuntime.info().threads()).isEqualTo(2);
    } finally {
      EngineRuntime.setThreads(before);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EngineRuntime.setThreads(0))
        .withMessage("threads must be at least 1, but was 0");
  }
}
