package org.erasus.engine;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Arrays that meet a network's are made on its device. There is no device but the CPU here, so the sources are asked: who makes
 * arrays on the CPU whatever the device, or in 64 bits, which not every device has, is listed with the reason why no array of a
 * network's device comes near.
 */
class DeviceRuleTest {
  /** Files and how many managers on the CPU they open. */
  private static final Map<String, Integer> ON_THE_CPU =
      Map.ofEntries(
          // rows stay in memory, batches of them go to the device
          entry("RowStorage", 4),
          entry("UnlearningDataset", 1),
          // a block's own arrays are never computed with; weights are drawn on the CPU, so that
          // they are alike everywhere
          entry("BlockArchitecture", 3),
          entry("ScriptArchitecture", 1),
          // from Java memory, copied where it is needed
          entry("Weights", 1),
          // a matrix as large as the number of iterations, which becomes Java memory
          entry("Arnoldi", 1),
          // rows are Java memory, the result is, too
          entry("Coverage", 1),
          entry("Craig", 2),
          entry("EngineTrials", 2),
          entry("FacilityLocation", 1),
          entry("Glister", 2),
          entry("GradMatch", 2),
          entry("GraphCut", 1),
          entry("Herding", 1),
          entry("KCenter", 1),
          entry("KMeans", 1),
          entry("KnnShapley", 1),
          entry("LogDeterminant", 1),
          entry("Representer", 1),
          entry("SaturatedCoverage", 1),
          entry("TracIn", 1));

  /** Files that name 64-bit floats. */
  private static final List<String> IN_64_BITS =
      List.of(
          // arrays of managers on the CPU, above
          "GradMatch",
          "Glister",
          "LastLayer",
          "UnlearningDataset",
          // on EngineRuntime.wideDevice
          "Bald",
          "Trak");

  private static Map<String, String> sources() throws IOException {
    Map<String, String> found = new TreeMap<>();
    for (String module : List.of("erasus-core", "erasus-selectors", "erasus-strategies")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
        for (Path file :
            files
                .filter(f -> f.toString().endsWith(".java"))
                .filter(f -> !f.toString().contains("/org/erasus/engine/"))
                .toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          found.merge(name, Files.readString(file), String::concat);
        }
      }
    }
    return found;
  }

  private static Map<String, Integer> counts(String pattern) throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    sources()
        .forEach(
            (name, text) -> {
              int n = (int) Pattern.compile(pattern).matcher(text).results().count();
              if (n > 0) {
                counts.put(name, n);
              }
            });
    return counts;
  }

  @Test
  void arraysThatMeetANetworksAreMadeOnItsDevice() throws IOException {
    assertThat(counts("EngineRuntime\\s*\\.newManager\\(\\)")).isEqualTo(new TreeMap<>(ON_THE_CPU));
    assertThat(counts("NDManager\\.newBaseManager")).isEmpty();
  }

  @Test
  void arraysIn64BitsAreMadeWhereThereAreSuch() throws IOException {
    assertThat(counts("DataType\\.FLOAT64").keySet())
        .containsExactlyInAnyOrderElementsOf(IN_64_BITS);
  }

  @Test
  void mpsHasNo64BitFloats() {
    assertThat(EngineRuntime.wideDevice(Device.fromName("mps"))).isEqualTo(Device.cpu());
    assertThat(EngineRuntime.wideDevice(Device.gpu(1))).isEqualTo(Device.gpu(1));
    assertThat(EngineRuntime.wideDevice(Device.cpu())).isEqualTo(Device.cpu());
  }

  /** What a manager makes is on its device, and the copy in 64 bits is its own. */
  @Test
  void aCopyIn64BitsBelongsToTheManagerThatWasAsked() {
    try (NDManager mine = EngineRuntime.newManager();
        NDManager wide = EngineRuntime.newManager(Device.cpu())) {
      assertThat(wide.getDevice()).isEqualTo(Device.cpu());
      NDArray x = mine.create(new float[] {1.5f, -2});
      NDArray copy = TorchOps.float64(wide, x);
      assertThat(copy.getManager()).isSameAs(wide);
      assertThat(copy.getDataType()).isEqualTo(DataType.FLOAT64);
      x.close();
      assertThat(copy.toDoubleArray()).containsExactly(1.5, -2);
    }
  }
}
