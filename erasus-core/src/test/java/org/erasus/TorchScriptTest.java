package org.erasus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.Model;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.erasus.train.Supervised;
import org.erasus.train.Training;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and logits come from {@code src/test/golden/torchscript.py}. */
class TorchScriptTest {
  private static final Shape ROW = new Shape(2, 4, 4);

  private static Path file(String kind) {
    return Path.of("src/test/resources/golden/torchscript_" + kind + ".pt");
  }

  private static JsonNode golden() throws IOException {
    try (InputStream in = TorchScriptTest.class.getResourceAsStream("/golden/torchscript.json")) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** The input of the script: sin of 0, 1, 2, … */
  private static UnlearningDataset data() {
    float[] x = new float[3 * 2 * 4 * 4];
    IntStream.range(0, x.length).forEach(i -> x[i] = (float) Math.sin(i));
    return UnlearningDataset.of(x, ROW, new int[] {0, 1, 2}, 3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"scripted", "traced"})
  void aLoadedModuleGivesTheLogitsOfPyTorch(String kind) throws IOException {
    try (UnlearningDataset data = data();
        Network network = Network.fromTorchScript(file(kind), ROW);
        Network copy = network.copy()) {
      for (Network each : new Network[] {network, copy}) {
        float[][] logits = each.logits(data.rows());
        for (int i = 0; i < 3; i++) {
          for (int c = 0; c < 3; c++) {
            assertThat((double) logits[i][c])
                .isCloseTo(golden().get("logits").get(i).get(c).asDouble(), offset(1e-5));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"scripted", "traced"})
  void parametersAndRunningStatisticsHaveTheNamesAndValuesOfTheStateDict(String kind)
      throws IOException {
    try (Network network = Network.fromTorchScript(file(kind), ROW);
        Weights weights = network.weights()) {
      JsonNode state = golden().get("state");
      assertThat(network.layout().tensors().stream().map(WeightLayout.Tensor::name))
          .containsExactlyInAnyOrderElementsOf(() -> state.fieldNames());
      for (WeightLayout.Tensor tensor : network.layout().tensors()) {
        float[] values = weights.values(tensor.name());
        for (int i = 0; i < values.length; i++) {
          assertThat(values[i]).isEqualTo((float) state.get(tensor.name()).get(i).asDouble());
        }
      }
    }
  }

  /** 2z − z = z, and modules are loaded anew for every part of every copy. */
  @Test
  void modulesCombine() throws IOException {
    try (UnlearningDataset data = data();
        Network network = Network.fromTorchScript(file("scripted"), ROW);
        Network whole =
            Network.combined(
                Combination.WeightedLogits.of(Map.of("a", 2.0, "b", -1.0)),
                Map.of("a", network, "b", network));
        Network copy = whole.copy()) {
      new Supervised(Training.DEFAULTS.withMaxEpochs(3)).train(whole, data, 1);
      float[][] logits = network.logits(data.rows());
      assertThat(whole.logits(data.rows())).isNotEqualTo(logits);
      try (Network part = copy.part("b")) {
        assertThat(part.logits(data.rows())).isDeepEqualTo(logits);
      }
      for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 3; c++) {
          assertThat(copy.logits(data.rows())[i][c]).isCloseTo(logits[i][c], offset(1e-5f));
        }
      }
      assertThatThrownBy(() -> network.adapted(1, 1, 1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("TorchScript");
    }
  }

  @Test
  void trainingMovesACopyAndItsRunningStatisticsOnly() throws IOException {
    try (UnlearningDataset data = data();
        Network network = Network.fromTorchScript(file("scripted"), ROW);
        Weights start = network.weights();
        Network copy = network.copy()) {
      new Supervised(Training.DEFAULTS.withMaxEpochs(30).withLearningRate(0.1))
          .train(copy, data, 1);
      try (Weights moved = copy.weights();
          Weights same = network.weights()) {
        assertThat(same.fingerprint()).isEqualTo(start.fingerprint());
        assertThat(moved.distance(start)).isGreaterThan(0.1);
        assertThat(moved.values("bn.running_mean")).isNotEqualTo(start.values("bn.running_mean"));
      }
    }
  }

  @Test
  void aSavedModuleLoadsWithTheTrainedWeightsAndWithoutOurMethod(@TempDir Path folder)
      throws IOException {
    Path saved = folder.resolve("unlearned.pt");
    try (UnlearningDataset data = data();
        Network network = Network.fromTorchScript(file("scripted"), ROW)) {
      new Supervised(Training.DEFAULTS.withMaxEpochs(3)).train(network, data, 1);
      float[][] logits = network.logits(data.rows());
      network.saveTorchScript(saved);
      assertThat(network.logits(data.rows())).isDeepEqualTo(logits);
      try (Network again = Network.fromTorchScript(saved, ROW);
          Weights one = network.weights();
          Weights two = again.weights()) {
        assertThat(again.logits(data.rows())).isDeepEqualTo(logits);
        assertThat(two.fingerprint()).isEqualTo(one.fingerprint());
      }
      new Supervised(Training.DEFAULTS.withMaxEpochs(1)).train(network, data, 1);
      assertThat(network.logits(data.rows())).isNotEqualTo(logits);
    }
    assertThat(new String(Files.readAllBytes(saved), java.nio.charset.StandardCharsets.ISO_8859_1))
        .doesNotContain("erasus_buffers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"scripted", "traced"})
  void freshWeightsAreThoseOfTheSeed(String kind) throws IOException {
    try (Network network = Network.fromTorchScript(file(kind), ROW);
        Network one = network.fresh(1);
        Network same = network.fresh(1);
        Network two = network.fresh(2);
        Weights w1 = one.weights();
        Weights w1Again = same.weights();
        Weights w2 = two.weights()) {
      assertThat(w1Again.fingerprint()).isEqualTo(w1.fingerprint());
      assertThat(w2.fingerprint()).isNotEqualTo(w1.fingerprint());
      assertThat(w1.values("bn.running_var")).containsOnly(1f);
      // 18 inputs of a unit
      for (float value : w1.values("conv.weight")) {
        assertThat((double) value).isBetween(-1 / Math.sqrt(18), 1 / Math.sqrt(18));
      }
    }
  }

  /**
   * torch.nn draws linear layers from U(±1/√8), in-projections from U(±√(6/(24 + 8))), an LSTM of 16 units from U(±1/√16) =
   * U(±¼); their largest of many values is near the bound. What is frozen, and a buffer, are of the function: they stay.
   */
  @Test
  void freshWeightsOfEveryLayerAreDrawnAsPyTorchDraws() throws IOException {
    try (UnlearningDataset data = data();
        Network network = Network.fromTorchScript(file("layers"), ROW);
        Network fresh = network.fresh(1);
        Weights old = network.weights();
        Weights drawn = fresh.weights()) {
      float[][] logits = network.logits(data.rows());
      for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 3; c++) {
          assertThat((double) logits[i][c])
              .isCloseTo(golden().get("layers").get(i).get(c).asDouble(), offset(1e-5));
        }
      }
      assertThat(fresh.logits(data.rows())).isNotEqualTo(logits);
      for (String kept : new String[] {"frozen.weight", "frozen.bias", "scale"}) {
        assertThat(network.layout().find(kept).orElseThrow().trainable()).isFalse();
        assertThat(drawn.values(kept)).isEqualTo(old.values(kept));
      }
      assertReaches(drawn.values("attn.in_proj_weight"), Math.sqrt(6.0 / 32));
      assertReaches(drawn.values("attn.out_proj.weight"), 1 / Math.sqrt(8));
      assertReaches(drawn.values("lstm.weight_ih_l0"), 0.25);
      assertReaches(drawn.values("lstm.weight_hh_l0"), 0.25);
      assertReaches(drawn.values("lstm.bias_hh_l0"), 0.25);
      assertReaches(drawn.values("head.weight"), 0.25);
      assertThat(drawn.values("attn.in_proj_bias")).containsOnly(0f);
      assertThat(drawn.values("attn.out_proj.bias")).containsOnly(0f);
      assertThat(drawn.values("norm.weight")).containsOnly(1f);
      assertThat(drawn.values("act.weight")).containsOnly(0.25f);
      new Supervised(Training.DEFAULTS.withMaxEpochs(2)).train(fresh, data, 1);
      try (Weights trained = fresh.weights()) {
        assertThat(trained.values("frozen.weight")).isEqualTo(old.values("frozen.weight"));
        assertThat(trained.values("lstm.weight_ih_l0"))
            .isNotEqualTo(drawn.values("lstm.weight_ih_l0"));
      }
    }
  }

  private static void assertReaches(float[] values, double bound) {
    double largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(largest).isBetween(0.9 * bound, bound);
  }

  @Test
  void freshWeightsOfAParameterOfItsOwnAreRefusedByName() throws IOException {
    try (Network network = Network.fromTorchScript(file("scaled"), ROW)) {
      assertThatThrownBy(() -> network.fresh(1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("cannot be drawn for logit_scale: ");
    }
  }

  /** DJL's block of such a file computes with its own tensors: nothing done to a network of it would be seen. */
  @Test
  void aModuleThatDjlLoadedIsRefusedAloneAndWithinAnotherBlock() throws Exception {
    try (Model model = Model.newInstance("torchscript")) {
      model.load(Path.of("src/test/resources/golden"), "torchscript_traced");
      assertThatThrownBy(() -> Network.from(model, ROW))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Network.fromTorchScript(file, rowShape)");
      assertThatThrownBy(() -> Network.of(new SequentialBlock().add(model.getBlock()), ROW, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Network.fromTorchScript(file, rowShape)");
    }
  }

  @Test
  void aFileThatIsNoModuleIsNamed(@TempDir Path folder) throws IOException {
    Path text = Files.writeString(folder.resolve("model.pt"), "not a zip");
    assertThatThrownBy(() -> Network.fromTorchScript(text, ROW)).isInstanceOf(IOException.class);
    assertThatThrownBy(
            () -> Network.fromTorchScript(Path.of("src/test/resources/golden/model.pt"), ROW))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("TorchScript");
  }

  @Test
  void aModuleThatDoesNotTakeTheRowsLeavesNothingOpen() {
    assertThatThrownBy(() -> Network.fromTorchScript(file("scripted"), new Shape(3, 4, 4)))
        .isInstanceOf(RuntimeException.class);
  }
}
