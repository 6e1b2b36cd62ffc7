package org.erasus.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelsLastTest {
  private static final String STRIDE =
      """
        def stride(self, x: Tensor, axis: int) -> int:
          return torch.stride(x, axis)
      """;

  /** A neighbour in a row is C values away and a neighbouring channel 1, which for C = 1 must be made so. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void channelsLieInnermostHoweverManyThereAre(int channels) {
    try (NDManager manager = EngineRuntime.newManager()) {
      Script script = Script.compile(manager, STRIDE);
      NDArray x = manager.arange(2f * channels * 4 * 5).reshape(new Shape(2, channels, 4, 5));
      NDArray y = TorchOps.channelsLast(x);
      assertThat(stride(script, x, 1)).isEqualTo(20);
      assertThat(stride(script, y, 1)).isEqualTo(1);
      assertThat(stride(script, y, 3)).isEqualTo(channels);
      assertThat(y.toFloatArray()).isEqualTo(x.toFloatArray());
    }
  }

  private static long stride(Script script, NDArray x, long axis) {
    try (IValue value = IValue.from((PtNDArray) x);
        IValue at = IValue.from(axis);
        IValue result = script.run("stride", value, at)) {
      return result.toLong();
    }
  }
}
