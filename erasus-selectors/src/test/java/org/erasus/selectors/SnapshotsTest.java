package org.erasus.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.erasus.Json;
import org.erasus.Mark;
import org.erasus.Network;
import org.erasus.SelectionTask;
import org.erasus.Selector;
import org.erasus.UnlearningDataset;
import org.erasus.testkit.Toys;
import org.erasus.train.Listener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SnapshotsTest {
  @TempDir Path folder;

  static List<Selector> selectors() {
    List<Path> none = List.of();
    return List.of(
        new El2n(none),
        GradientNorm.DEFAULTS.withCheckpoints(none),
        new Grand(none),
        new TracIn(Mark.VALIDATION, TracIn.Gradients.LAST_LAYER, none, List.of()),
        Trak.DEFAULTS);
  }

  private static Selector with(Selector selector, List<Path> files) {
    if (selector instanceof El2n s) {
      return s.withCheckpoints(files);
    }
    if (selector instanceof GradientNorm s) {
      return s.withCheckpoints(files);
    }
    if (selector instanceof Grand s) {
      return s.withCheckpoints(files);
    }
    if (selector instanceof TracIn s) {
      return s.withCheckpoints(files, List.of());
    }
    return ((Trak) selector).withCheckpoints(files);
  }

  /** A missing file, one of another network, and one that is none: all are named before any row is looked at. */
  @ParameterizedTest
  @MethodSource("selectors")
  void filesThatDoNotFitAreNamedBeforeAnyWork(Selector selector) throws IOException {
    Path missing = folder.resolve("missing.safetensors");
    Path other = folder.resolve("other.safetensors");
    Path broken = folder.resolve("broken.safetensors");
    Path good = folder.resolve("good.safetensors");
    Files.write(broken, new byte[] {1, 2, 3});
    try (UnlearningDataset data = Toys.clouds(1);
        Network network = Toys.perceptron(1);
        Network convolution = Toys.convolution(1)) {
      network.save(good);
      convolution.save(other);
      SelectionTask task =
          new SelectionTask(network, data.retain(), 5, 1)
              .withListener(
                  new Listener() {
                    @Override
                    public void progressed(String what, long done, long total) {
                      throw new AssertionError("worked on " + what);
                    }
                  });
      assertThatThrownBy(() -> with(selector, List.of(good, missing, other, broken)).select(task))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "checkpoints of "
                  + selector.displayName()
                  + " must be safetensors files of the network's weights, but "
                  + missing
                  + ": there is no such file; "
                  + other
                  + ": the tensors are not those of this network: ")
          .hasMessageContaining(broken.toString())
          .hasMessageNotContaining(good.toString());
    }
  }

  /** The network at hand is one thing, its checkpoints are another: given files, it does not count. */
  @ParameterizedTest
  @MethodSource("selectors")
  void theNetworkAtHandDoesNotCountBesideCheckpoints(Selector selector) throws IOException {
    Path file = folder.resolve("trained.safetensors");
    try (UnlearningDataset data = Toys.clouds(1);
        Network untrained = Toys.perceptron(2);
        Network trained = Toys.train(Toys.perceptron(1), data, 1)) {
      trained.save(file);
      SelectionTask task = new SelectionTask(untrained, data.retain(), 20, 1);
      assertThat(with(selector, List.of(file)).select(task))
          .isEqualTo(selector.select(new SelectionTask(trained, data.retain(), 20, 1)))
          .isNotEqualTo(selector.select(task));
    }
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void settingsComeBackFromJson(Selector selector) throws IOException {
    Selector changed = with(selector, List.of(Path.of("a b.safetensors"), folder.resolve("c")));
    assertThat(Json.read(Json.write(changed), Selector.class)).isEqualTo(changed);
  }

  @Test
  void pathsBecomeAbsolute() {
    assertThat(new El2n(List.of(Path.of("a.safetensors"))).checkpoints().get(0)).isAbsolute();
  }
}
